"""Requests and responses about files of figures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from ddp.fields import Request, Text, Time, stored_as
from ddp.pagination import NextCursor
from ddp.queries.analytics.declarations import Scope

ListName = Literal[
    "files", "users", "campaigns", "email-campaigns", "sms-campaigns", "social-posts", "products", "sessions",
    "collections", "daily", "retailer-scores", "wish-lists", "asset-activity",
]  # fmt: skip
FileFormat = Literal["csv", "jsonl"]
ExportStatus = Literal["pending", "ready", "failed"]

Given = Annotated[Text, StringConstraints(max_length=255)]


class AnalyticsExportRequest(Request):
    """The file to write: a list as its GET would show it, without a limit."""

    list: ListName = Field(examples=["files"])
    format: FileFormat = Field(
        "csv", description="Either is compressed with gzip. `jsonl`: one JSON object per line."
    )
    scope: Scope = "own"
    since: Time | None = Field(None, alias="from", description="The beginning of the period.")
    until: Time | None = Field(None, description="Its end, which is not included.")
    filters: dict[str, Given] = Field(
        {}, max_length=10, description="The list's filters, by name.", examples=[{"type": "image"}]
    )


class AnalyticsExport(BaseModel):
    """A file of figures, and its status."""

    analytics_export_id: UUID
    list: ListName
    format: FileFormat
    status: ExportStatus = Field(validation_alias=stored_as("status", "state"))
    row_count: int | None
    failure_reason: str | None
    created_at: datetime
    ended_at: datetime | None
    url: str | None = Field(None, description="Set once the status is `ready`. Valid for five minutes.")


class AnalyticsExports(BaseModel):
    """A page of exports, newest first, without their URLs."""

    items: list[AnalyticsExport]
    next_cursor: NextCursor
