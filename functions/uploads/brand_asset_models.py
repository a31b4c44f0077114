"""Requests and responses about brand assets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from ddp.fields import Account, Change, Flag, Request, Text, Time, one_line
from ddp.pagination import NextCursor
from functions.uploads.models import FileDetail, Metadata, Name

# What public.change_asset_terms() takes.
TERMS = {"available_from", "available_until", "licence", "group_ids"}

Kind = Annotated[
    str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True), AfterValidator(one_line)
]


class Licence(Request):
    """What an account accepts before its first download."""

    version: Kind = Field(
        description="The publisher's name for it. A version that somebody accepted keeps its text.",
        examples=["2027-01"],
    )
    text: Annotated[Text, Field(min_length=1, max_length=20_000, description="What the account accepts.")]


From = Annotated[Time | None, Field(description="Retailers see and download it from then on; null: at once.")]
Until = Annotated[
    Time | None, Field(description="Retailers see and download it until then; null: until it is withdrawn.")
]


GroupIds = Annotated[
    list[UUID] | None,
    Field(
        min_length=1,
        max_length=50,
        description="Groups of the caller's whose members see it; null: all retailers.",
    ),
]


class BrandAssetRequest(Request):
    """A file to publish as a brand asset."""

    file_id: UUID = Field(description="One of the caller's files.")
    asset_name: Name = Field(examples=["Spring campaign, key visual"])
    asset_type: Kind = Field(description="A category that you choose.", examples=["key-visual"])
    is_featured: Flag = False
    metadata: Metadata = Field({})
    available_from: From = None
    available_until: Until = None
    licence: Licence | None = Field(None, description="To accept before the first download; null: none.")
    group_ids: GroupIds = None

    def terms(self) -> dict[str, Any]:
        """The terms that were given."""
        return self.model_dump(mode="json", include=TERMS & self.model_fields_set)


class BrandAssetChange(Change):
    """The terms to change. Omitted ones keep their values."""

    available_from: From = None
    available_until: Until = None
    licence: Licence | None = Field(None, description="To accept before the first download; null: none.")
    group_ids: GroupIds = None

    def terms(self) -> dict[str, Any]:
        """The terms that were given."""
        return self.model_dump(mode="json", include=TERMS & self.model_fields_set)


class AssetUse(BaseModel):
    """A draft, an open send or a post that is not out yet, and uses the asset."""

    kind: Literal["email_campaign", "send", "social_post"]
    id: UUID
    name: str = Field(description="The beginning of the subject or text.")
    status: str = Field(description="Of a post; `draft` or `requested` of an e-mail.")
    goes_at: datetime | None = Field(description="When it goes out; null: not decided.")
    created_by_user_id: UUID


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
    created_by: Account | None = None
    created_at: datetime
    updated_at: datetime
    available_from: datetime | None = Field(
        description="Since, or from, when retailers see it; null: since it was published."
    )
    available_until: datetime | None = Field(
        description="Until when retailers see it; null: until it is withdrawn."
    )
    licence_version: str | None = Field(
        description="The version of the licence to accept; null: it has none."
    )
    group_ids: list[UUID] | None = Field(
        description="The publisher's groups whose members see it; null: all retailers. Shown to the publisher only."
    )
    uses: list[AssetUse] | None = Field(
        None,
        description="Only with `ends_before`: what uses it of that which the caller sees, the next 3 of each kind.",
    )


class LicenceOfAsset(BaseModel):
    """The licence of a brand asset."""

    version: str = Field(description="The publisher's name for it.")
    text: str = Field(description="What the account accepts.")
    accepted_at: datetime | None = Field(
        description="When the caller's account accepted this version; null: it did not."
    )


class LicenceAcceptanceRequest(Request):
    """The version of the licence that was read."""

    licence_version: Kind = Field(description="As the asset shows it.", examples=["2027-01"])


class LicenceAcceptance(BaseModel):
    """An account accepted a version of a licence."""

    asset_id: UUID
    account_id: UUID
    account: Account | None = Field(None, description="Its id and name.")
    licence_version: str = Field(description="The version that was accepted.")
    licence_sha256: str = Field(description="SHA-256 of the text that was accepted (UTF-8), in hexadecimal.")
    accepted_by: UUID = Field(description="The person who accepted for the account.")
    accepted_at: datetime = Field(description="When it accepted.")


class LicenceAcceptances(BaseModel):
    """A page of acceptances, the latest first."""

    items: list[LicenceAcceptance]
    next_cursor: NextCursor


class BrandAssetDetail(BrandAsset):
    """A brand asset with its file."""

    file: FileDetail
    licence: LicenceOfAsset | None = Field(description="Null: it has none.")


class BrandAssets(BaseModel):
    """A page of brand assets."""

    items: list[BrandAsset]
    next_cursor: NextCursor
