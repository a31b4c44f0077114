"""Requests and responses about collections of files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Change, Flag, Json, Name, Request, Text
from ddp.pagination import NextCursor
from functions.catalogue.models.common import Named

Description = Annotated[Text, Field(max_length=5000)]
# Files of one request.
FILES = 1000


class CollectionRequest(Request):
    """A collection to create."""

    collection_name: Name = Field(examples=["Spring 2027"])
    collection_description: Description | None = None
    is_public: Flag = Field(
        default=False,
        description="Whether everyone signed in sees the collection, and those of its files that are its creator's.",
    )
    metadata: Json = Field({}, description="Free-form JSON object, stored as given.")


class CollectionChange(Change):
    """The fields to change. Omitted fields keep their values; `is_public` publishes or withdraws."""

    collection_name: Name = ""
    collection_description: Description | None = None
    is_public: Flag = False
    metadata: Json = Field({})


class CollectionSummary(BaseModel):
    """A collection in a list."""

    collection_id: UUID
    collection_name: str
    is_public: bool
    created_by: Named
    created_at: datetime
    updated_at: datetime


class Collection(CollectionSummary):
    """A collection of files."""

    collection_description: str | None
    metadata: dict[str, Any]


class Collections(BaseModel):
    """A page of collections, without their descriptions and metadata: get a collection for these."""

    items: list[CollectionSummary]
    next_cursor: NextCursor


class CollectionFilesRequest(Request):
    """Files to add, which the caller may see."""

    file_ids: list[UUID] = Field(min_length=1, max_length=FILES)


class CollectionFilesAdded(BaseModel):
    """What adding files did."""

    added: int = Field(description="Files that were not in the collection yet.")


class CollectionOrderRequest(Request):
    """The files that come first, in this order. Those that are not named follow in the order that they have."""

    file_ids: list[UUID] = Field(min_length=1, max_length=5 * FILES)


class CollectionOrder(BaseModel):
    """What ordering files did."""

    moved: int = Field(description="Files whose place changed.")


class CollectionFile(BaseModel):
    """A file in a collection."""

    file_id: UUID
    file_name: str
    file_type: Literal["image", "video", "pdf", "document", "audio", "other"]
    content_type: str | None
    file_size: int = Field(description="In bytes.")
    image_width: int | None
    image_height: int | None
    sort_order: int = Field(description="Its place; files with the same one are ordered by their ids.")
    added_at: datetime


class CollectionFiles(BaseModel):
    """A page of the files of a collection that the caller may see, in their order."""

    items: list[CollectionFile]
    next_cursor: NextCursor


class CollectionFileRemoved(BaseModel):
    """A file that is no longer in a collection. The file itself remains."""

    collection_id: UUID
    file_id: UUID
