"""Answers about lists: pages of figures, and what every answer says about its figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, create_model

from ddp.pagination import NextCursor


class Fresh(BaseModel):
    """What every answer says about its figures."""

    as_of: datetime | None = Field(
        description="Everything that happened before is counted; null: nothing has been counted yet."
    )
    timezone: str = Field(description="The zone of days and hours in the answer.", examples=["UTC"])


def page_of(row: type[BaseModel], title: str) -> type[BaseModel]:
    """The model of a page of these rows."""
    fields: dict[str, Any] = {"items": (list[row], ...), "next_cursor": (NextCursor, ...)}  # type: ignore[valid-type]
    return create_model(f"{row.__name__}Page", __base__=Fresh, __doc__=f"A page of {title}.", **fields)
