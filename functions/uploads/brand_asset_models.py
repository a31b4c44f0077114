"""Requests and responses about brand assets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from ddp.fields import Account, Flag, Request, one_line
from ddp.pagination import NextCursor
from functions.uploads.models import FileDetail, Metadata, Name

Kind = Annotated[
    str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True), AfterValidator(one_line)
]


class BrandAssetRequest(Request):
    """A file to publish as a brand asset."""

    file_id: UUID = Field(description="One of the caller's files.")
    asset_name: Name = Field(examples=["Spring campaign, key visual"])
    asset_type: Kind = Field(description="A category that you choose.", examples=["key-visual"])
    is_featured: Flag = False
    metadata: Metadata = Field({})


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


class BrandAssetDetail(BrandAsset):
    """A brand asset with its file."""

    file: FileDetail


class BrandAssets(BaseModel):
    """A page of brand assets."""

    items: list[BrandAsset]
    next_cursor: NextCursor
