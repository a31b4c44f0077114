"""Requests and responses about imports of products."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Request, stored_as
from ddp.pagination import NextCursor

ImportStatus = Literal["pending", "done", "failed"]


class ProductImportRequest(Request):
    """The file to import."""

    file_id: UUID = Field(description="One of the caller's files: CSV, whose first line names the columns.")


class ProductImportSummary(BaseModel):
    """An import in a list."""

    product_import_id: UUID
    file_id: UUID
    status: ImportStatus = Field(validation_alias=stored_as("status", "state"))
    failure_code: str | None
    failure_reason: str | None
    records_read: int = Field(description="How far it is: records of the file, blank lines included.")
    created_count: int = Field(description="Products that were new.")
    changed_count: int = Field(description="Products that changed.")
    unchanged_count: int = Field(description="Products that were as the file says.")
    rejected_count: int = Field(description="Lines that could not be used.")
    created_at: datetime
    ended_at: datetime | None


class ProductImport(ProductImportSummary):
    """An import of products from a CSV file."""

    ignored_columns: list[str] = Field(description="Headings of columns that are not imported.")


class ProductImports(BaseModel):
    """A page of imports, the newest first."""

    items: list[ProductImportSummary]
    next_cursor: NextCursor


class RejectedLine(BaseModel):
    """A line of the file from which nothing was stored."""

    line: int = Field(
        description="Its number in the file, from 1. A record over several lines has that of the first."
    )
    code: str = Field(description="Stable, for programs.", examples=["invalid-value"])
    reason: str = Field(description="A sentence for people.")
    value: str | None = Field(description="The beginning of what was not usable.")


class RejectedLines(BaseModel):
    """A page of rejected lines, in the order of the file."""

    items: list[RejectedLine]
    next_cursor: NextCursor
