"""Figures over time, interval by interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import NotFound
from ddp.queries import load, value

SQL = load(__file__)

Entity = Literal["user", "platform", "file", "email_campaign", "sms_campaign", "social_post"]
Interval = Literal["hour", "day", "week", "month"]

_STEPS: Final = {"day": "1 day", "week": "7 days", "month": "1 month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose figures. `id` and `owner` are None for the platform."""

    entity: Entity
    id: UUID | None
    owner: UUID | None


def is_time_zone(cursor: Cursor[DictRow], zone: str) -> bool:
    """Whether this names a time zone, such as Europe/Zurich."""
    known: bool = value(cursor.execute(SQL.is_time_zone, {"zone": zone}))
    return known


def subject(cursor: Cursor[DictRow], entity: Entity, entity_id: UUID | None) -> Subject:
    """Whose figures are asked for: of `user` without an id, the acting account's.

    Raises NotFound unless it is the caller's own, or the caller is an administrator.
    """
    if entity == "user" and entity_id is None:
        entity_id = value(cursor.execute(SQL.acting_account))
    row = cursor.execute(SQL.owner_of, {"entity": entity, "id": entity_id}).fetchone()
    if row is None or not (row["is_own"] or row["is_admin"]):
        raise NotFound("There is none with this id, or its figures are not yours to see.")
    return Subject(entity=entity, id=entity_id, owner=row["owner_user_id"])


def intervals(
    cursor: Cursor[DictRow], interval: Interval, zone: str, since: datetime, until: datetime, *, limit: int
) -> list[DictRow]:
    """The whole intervals from the one of `since` to the one before `until`: start and finish; at most `limit`."""
    values = {"since": since, "until": until, "zone": zone, "limit": limit}
    if interval == "hour":
        return cursor.execute(SQL.hours, values).fetchall()
    return cursor.execute(SQL.days, {**values, "interval": interval, "step": _STEPS[interval]}).fetchall()


def sums(
    cursor: Cursor[DictRow],
    of: Subject,
    metrics: Sequence[str],
    spans: Sequence[DictRow],
    interval: Interval,
    *,
    by_quarters: bool,
) -> dict[tuple[datetime, str], int]:
    """The figures by the start of their interval and their name; what is 0 may be left out.

    From UTC days, or from quarter hours: these are kept for 100 days, and only for `user` and `platform`.
    """
    values = {
        "entity": of.entity,
        "id": of.id,
        "owner": of.owner,
        "metrics": list(metrics),
        "interval": interval,
        "starts": [span["start"] for span in spans],
        "finishes": [span["finish"] for span in spans],
        "first": spans[0]["start"],
        "last": spans[-1]["finish"],
    }
    kept = "quarters" if by_quarters else "days"
    whose = "platform" if of.entity == "platform" else "entity"
    rows = cursor.execute(getattr(SQL, f"{kept}_of_{whose}"), values).fetchall()
    return {(row["start"], row["metric_name"]): row["value"] for row in rows}
