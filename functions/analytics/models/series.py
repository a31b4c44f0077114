"""Responses about figures over time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.queries.analytics.series import Entity, Interval
from functions.analytics.models.pages import Fresh


class Point(BaseModel):
    """The figures of one interval."""

    start: datetime = Field(description="The interval's beginning, with the zone's offset at that time.")
    values: dict[str, int] = Field(
        description="By metric; 0 where nothing happened.", examples=[{"file_views": 12}]
    )


class Series(Fresh):
    """Figures over time: one point per whole interval, at most 400."""

    entity: Entity
    id: UUID | None
    interval: Interval
    points: list[Point]
    totals: dict[str, int] = Field(
        description="The sum of the points, by metric; without `active_users`: a user of two days would count twice.",
        examples=[{"file_views": 80}],
    )
    previous: list[Point] | None = Field(
        description="With `compare=previous`: as many intervals, just before; else null."
    )
    previous_totals: dict[str, int] | None = Field(description="Their sums.", examples=[{"file_views": 64}])
