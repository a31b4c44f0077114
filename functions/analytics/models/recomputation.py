"""The recomputation of statistics, as administrators see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class Recomputation(BaseModel):
    """How far deriving all statistics from the facts again is."""

    requested_by_user_id: UUID | None = Field(description="Null: an operator began it, or a release.")
    requested_at: datetime | None = Field(description="Null: there never was one.")
    began_at: datetime | None = Field(description="Null: it waits for the next refresh.")
    ended_at: datetime | None = Field(description="Null: it waits or is under way.")
    slices: int | None = Field(description="Parts that it was cut into; null until it begins.", examples=[42])
    slices_left: int | None = Field(description="Those not done yet; null until it begins.", examples=[7])
