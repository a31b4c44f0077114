"""Requests and responses of the uploads capability; its OpenAPI document is generated from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic.config import JsonDict

from ddp.fields import WHOLE, Account, Flag, Request, Time, one_line, stored_as
from ddp.pagination import NextCursor

UploadStatus = Literal["pending", "live", "rejected", "aborted", "expired"]
UploadMethod = Literal["single", "multipart"]
ActionType = Literal["VIEW", "DOWNLOAD", "SHARE", "EDIT"]
FileType = Literal["image", "video", "pdf", "document", "audio", "other"]


def _short(limit: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=limit, strip_whitespace=True)


# In the API's document alone: the route itself says what is wrong, with a code.
_HASH: JsonDict = {"pattern": "^[0-9A-Fa-f]{64}$"}
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]

Metadata = Annotated[
    dict[str, Any], Field(description="Free-form JSON object, stored as given.", max_length=100)
]
Name = Annotated[str, _short(500), AfterValidator(one_line)]


class PresignedRequest(BaseModel):
    """A request to send to S3. Every header is signed: send them all unchanged."""

    method: Literal["PUT"] = Field("PUT", description="The HTTP method.")
    url: Url = Field(description="Presigned, for this request alone.")
    headers: dict[str, str] = Field(
        description="Browsers set Content-Length themselves.",
        examples=[{"Content-Length": "1024", "Content-Type": "image/png", "If-None-Match": "*"}],
    )


class UploadRequest(Request):
    """The file to upload."""

    file_name: str = Field(
        description="1 to 500 characters, without a path.", examples=["Spring campaign.png"]
    )
    content_type: str = Field(
        description="MIME type. The uploaded bytes are checked against it.", examples=["image/png"]
    )
    file_size: Annotated[int, WHOLE] = Field(
        description="In bytes: 1 to 5,368,709,120 (5 GiB). Some types have a lower limit.",
        json_schema_extra={"minimum": 1, "maximum": 5_368_709_120},
        examples=[482133],
    )
    sha256: str = Field(
        description="SHA-256 of the whole file, as 64 hexadecimal digits.",
        json_schema_extra=_HASH,
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class Rejection(BaseModel):
    """Why an upload did not become a file."""

    code: str = Field(description="Stable, for programs.", examples=["content-mismatch"])
    reason: str = Field(description="A sentence for people.")
    duplicate_of_file_id: UUID | None = Field(None, description="The file that already has this content.")


class Upload(BaseModel):
    """An upload and its status."""

    upload_id: UUID
    status: UploadStatus = Field(
        validation_alias=stored_as("status", "state"),
        description="`pending` until the bytes have arrived and been verified; `live` once the file exists.",
    )
    method: UploadMethod
    file_name: str
    content_type: str
    file_type: FileType
    file_size: int = Field(description="In bytes.")
    part_size: int | None = Field(
        None, description="Multipart only: bytes per part. The last part may be smaller."
    )
    part_count: int | None = Field(None, description="Multipart only: number of parts.")
    file_id: UUID | None = Field(None, description="Set once the status is `live`.")
    rejection: Rejection | None = None
    created_at: datetime
    expires_at: datetime = Field(
        description="The bytes must arrive before this time. After it, ask for another upload; a live file stays."
    )


class Uploads(BaseModel):
    """A page of uploads."""

    items: list[Upload]
    next_cursor: NextCursor


class NewUpload(Upload):
    """A new upload. `request` is the request to send to S3; null for multipart uploads (use POST …/parts)."""

    request: PresignedRequest | None = Field(
        None, description="The request to send; null for multipart uploads."
    )


class Part(Request):
    """One part to upload."""

    part_number: Annotated[int, Field(ge=1), WHOLE] = Field(description="Counted from 1.")
    sha256: str = Field(description="SHA-256 of the part, as 64 hexadecimal digits.", json_schema_extra=_HASH)


class PartsRequest(Request):
    """The parts to upload next."""

    parts: list[Part] = Field(min_length=1, max_length=1000)


class PartRequest(BaseModel):
    """The request that sends one part."""

    part_number: int
    size: int = Field(description="In bytes.")
    request: PresignedRequest = Field(description="The request to send.")


class PartRequests(BaseModel):
    """The requests that send the parts asked for."""

    items: list[PartRequest]


class UploadedPart(BaseModel):
    """A part that has arrived."""

    part_number: int
    size: int = Field(description="In bytes.")


class UploadedParts(BaseModel):
    """The parts that have arrived and the numbers of those that are missing."""

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
    file_url: Url | None = Field(
        None,
        description="Public address of a smaller copy, for e-mails, while the image is hosted: at most 1,200 pixels"
        " wide and 1 MB, without metadata.",
    )
    is_brand_asset: bool
    is_public: bool = Field(description="Whether the file is in a public collection.")
    created_by_user_id: UUID
    created_by: Account | None = None
    created_at: datetime
    deleted_at: datetime | None


class Hosting(BaseModel):
    """Whether an image is hosted at a public address."""

    file_id: UUID
    state: Literal["wanted", "live", "failed"] | None = Field(
        description="`wanted`: it is made within a minute or two; `live`: it is at `file_url`; `failed`: it cannot be"
        " made; null: it is not hosted."
    )
    reason: str | None = Field(
        description="Why it failed: `image-too-large`, `damaged-image`, or `not-made`."
    )
    file_url: Url | None = Field(description="Its public address.")


class Files(BaseModel):
    """A page of files."""

    items: list[File]
    next_cursor: NextCursor


class Thumbnail(BaseModel):
    """A preview in WebP."""

    width: int = Field(description="Pixels.")
    url: Url = Field(description="Valid for five minutes.")


class FileDetail(File):
    """A file with its previews."""

    thumbnails: list[Thumbnail]
    metadata: dict[str, Any] = Field(
        description="Of a video, `video` says what it is made of: width and height as displayed, rotation, seconds,"
        " codec, frames_per_second, bit_rate, scan, audio, is_complete; or unknown, the reason why that is not known."
    )


class Download(BaseModel):
    """Where to download the file."""

    url: Url = Field(description="Valid for five minutes. Browsers save the file instead of displaying it.")
    file_name: str
    expires_at: datetime = Field(description="Until when the URL works. After that, ask for another one.")


class ActionRequest(Request):
    """An action on a file."""

    action_type: ActionType = Field(
        description="Only the owner can record EDIT. Uploads and deletions are recorded automatically."
    )
    session_id: UUID | None = Field(None, description="The session in which it happened.")
    metadata: Metadata = Field({})


class Action(BaseModel):
    """A recorded action."""

    action_id: UUID


class ShareRequest(Request):
    """Share with a user or by public link; give exactly one of the two."""

    shared_with_user_id: UUID | None = Field(None, description="The user who may read the file.")
    public_link: Flag = Field(
        default=False, description="Create a link that anyone who has it can open.", examples=[True]
    )
    expires_at: Time = Field(
        description="When the share ends; each one does. A time with an offset, at most 90 days from now. Later, share "
        "the file again.",
        examples=["2027-03-01T09:00:00Z"],
    )


class Share(BaseModel):
    """A share of a file, valid until it expires or is revoked."""

    share_id: UUID
    file_id: UUID
    shared_with_user_id: UUID | None = Field(description="Null for a public link.")
    shared_with: Account | None = None
    expires_at: datetime
    revoked_at: datetime | None
    created_at: datetime


class NewShare(Share):
    """A new share. `token` and `url` of a public link are shown only once: the system keeps only a hash."""

    token: str | None = Field(
        None, description="The secret of a public link; null when the answer is repeated."
    )
    url: str | None = Field(None, description="Where a public link leads; null when the answer is repeated.")


class Shares(BaseModel):
    """A page of shares."""

    items: list[Share]
    next_cursor: NextCursor


class SharedFile(BaseModel):
    """The file behind a public link."""

    file_name: str
    content_type: str | None
    file_size: int = Field(description="In bytes.")
    expires_at: datetime = Field(description="When the link expires.")
    shared_by: str = Field(description="The name of the user who shares it.")
    thumbnails: list[Thumbnail]
