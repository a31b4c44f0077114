"""Requests and responses of the uploads slice; together they are its OpenAPI document."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

FileType = Literal["image", "video", "pdf", "document", "audio", "other"]


def _printable(text: str) -> str:
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in text):
        raise ValueError("control characters are not allowed")
    return text


def _short(limit: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=limit, strip_whitespace=True)


Metadata = Annotated[
    dict[str, Any], Field(description="Anything of your own: a JSON object.", max_length=100)
]
Name = Annotated[str, _short(500), AfterValidator(_printable)]
Kind = Annotated[str, _short(50), AfterValidator(_printable)]


class Request(BaseModel):
    """What callers send: unknown members are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class PresignedRequest(BaseModel):
    """A request to send to S3 as it stands. Every header is signed: send each exactly so."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str] = Field(
        description="Browsers set Content-Length themselves, from the body.",
        examples=[{"Content-Length": "1024", "Content-Type": "image/png", "If-None-Match": "*"}],
    )


class UploadRequest(Request):
    """A file that the caller wants to upload."""

    file_name: str = Field(description="1 to 500 characters, no path.", examples=["Spring campaign.png"])
    content_type: str = Field(
        description="MIME type; the bytes are checked against it.", examples=["image/png"]
    )
    file_size: int = Field(
        description="In bytes: 1 to 5,368,709,120 (5 GiB); less for some types.", examples=[482133]
    )
    sha256: str = Field(
        description="SHA-256 of the whole file, as 64 hexadecimal digits.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class Rejection(BaseModel):
    """Why an upload did not become a file."""

    code: str = Field(description="Stable word for programs.", examples=["content-mismatch"])
    reason: str = Field(description="A sentence for people.")
    duplicate_of_file_id: UUID | None = Field(None, description="The file that has this content already.")


class Upload(BaseModel):
    """An upload and how far it is."""

    upload_id: UUID
    state: Literal["pending", "live", "rejected", "aborted", "expired"] = Field(
        description="pending until the bytes have arrived and were verified; live: the file exists."
    )
    method: Literal["single", "multipart"]
    file_name: str
    content_type: str
    file_type: FileType
    file_size: int = Field(description="In bytes.")
    part_size: int | None = Field(None, description="Multipart: bytes of every part but the last.")
    part_count: int | None = Field(None, description="Multipart: the number of parts, numbered from 1.")
    file_id: UUID | None = Field(None, description="The file, once the state is live.")
    rejection: Rejection | None = None
    created_at: datetime
    expires_at: datetime = Field(description="Until then the bytes must have arrived.")


class NewUpload(Upload):
    """A new upload: `request` says how to send the bytes; null where they go in parts (POST …/parts)."""

    request: PresignedRequest | None = None


class Part(Request):
    """One part to upload."""

    part_number: int = Field(ge=1, description="From 1.")
    sha256: str = Field(description="SHA-256 of the part, as 64 hexadecimal digits.")


class PartsRequest(Request):
    """Parts to upload next."""

    parts: list[Part] = Field(min_length=1, max_length=1000)


class PartRequest(BaseModel):
    """How to send one part."""

    part_number: int
    size: int = Field(description="In bytes.")
    request: PresignedRequest


class PartRequests(BaseModel):
    """How to send the parts asked for."""

    items: list[PartRequest]


class UploadedPart(BaseModel):
    """A part that has arrived."""

    part_number: int
    size: int = Field(description="In bytes.")


class UploadedParts(BaseModel):
    """What has arrived and what has not: where an interrupted upload goes on."""

    items: list[UploadedPart]
    missing: list[int] = Field(description="Numbers of the parts that have not arrived.")


class File(BaseModel):
    """A verified file."""

    file_id: UUID
    file_name: str
    file_type: FileType
    content_type: str | None
    file_size: int = Field(description="In bytes.")
    sha256: str | None = Field(description="Hexadecimal.")
    image_width: int | None = Field(description="Pixels, as displayed.")
    image_height: int | None = Field(description="Pixels, as displayed.")
    is_brand_asset: bool
    is_public: bool = Field(description="In a public collection.")
    created_by_user_id: UUID
    created_at: datetime
    deleted_at: datetime | None


class Files(BaseModel):
    """A page of files."""

    items: list[File]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


class Thumbnail(BaseModel):
    """A preview in WebP."""

    width: int = Field(description="Pixels.")
    url: str = Field(description="Works for five minutes.")


class FileDetail(File):
    """A file with its previews."""

    thumbnails: list[Thumbnail]
    metadata: dict[str, Any]


class Download(BaseModel):
    """Where to fetch the bytes."""

    url: str = Field(description="Works for five minutes; the browser saves what it gets.")
    file_name: str
    expires_at: datetime


class ActionRequest(Request):
    """Something that was done with a file."""

    action_type: Literal["VIEW", "DOWNLOAD", "SHARE", "EDIT"] = Field(
        description="EDIT only by the owner. Uploads and deletions record themselves."
    )
    session_id: UUID | None = None
    metadata: Metadata = {}


class Action(BaseModel):
    """A recorded action."""

    action_id: UUID


class ShareRequest(Request):
    """Share with a user, or make a public link: one of the two."""

    shared_with_user_id: UUID | None = Field(None, description="The user who may read the file.")
    public_link: bool = Field(default=False, description="Make a link for whoever has it.")
    expires_at: AwareDatetime = Field(description="In the future, 90 days from now at most.")


class Share(BaseModel):
    """A share of a file. It works while it is neither revoked nor expired."""

    share_id: UUID
    file_id: UUID
    shared_with_user_id: UUID | None = Field(description="Null: a public link.")
    expires_at: datetime
    revoked_at: datetime | None
    created_at: datetime


class NewShare(Share):
    """A new share. Token and URL of a public link are shown this once: only a hash of them is kept."""

    token: str | None = None
    url: str | None = None


class Shares(BaseModel):
    """A page of shares."""

    items: list[Share]
    next_cursor: str | None


class SharedFile(BaseModel):
    """What a public link shows."""

    file_name: str
    content_type: str | None
    file_size: int = Field(description="In bytes.")
    expires_at: datetime = Field(description="When the link ends.")


class BrandAssetRequest(Request):
    """Publish a file as a brand asset."""

    file_id: UUID = Field(description="An own file.")
    asset_name: Name = Field(examples=["Spring campaign, key visual"])
    asset_type: Kind = Field(description="A category of your own.", examples=["key-visual"])
    is_featured: bool = False
    metadata: Metadata = {}


class BrandAsset(BaseModel):
    """A file that a brand has published."""

    asset_id: UUID
    asset_name: str
    asset_type: str
    file_id: UUID
    download_count: int
    is_featured: bool
    metadata: dict[str, Any]
    created_by_user_id: UUID
    created_at: datetime
    updated_at: datetime


class BrandAssetDetail(BrandAsset):
    """A brand asset with its file."""

    file: FileDetail


class BrandAssets(BaseModel):
    """A page of brand assets."""

    items: list[BrandAsset]
    next_cursor: str | None
