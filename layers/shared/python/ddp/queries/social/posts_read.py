"""Social posts as people read them: the calendar, one post with its history, a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import NotFound
from ddp.queries import found, load, value
from ddp.queries.listing import Asked, Listing, Sort

SQL = load(__file__)

_SORTS: Final = {"calendar_at": Sort(type="timestamptz", order="asc")}
OWN: Final = Listing(SQL.list_own, key="post_id", sorts=_SORTS)
OF_CAMPAIGN: Final = Listing(SQL.list_of_campaign, key="post_id", sorts=_SORTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which posts; None: any. With `campaign_id` all of the campaign that the caller may see, else the caller's."""

    account_id: UUID | None = None
    platform: str | None = None
    status: str | None = None
    campaign_id: UUID | None = None


def page(cursor: Cursor[DictRow], asked: Asked, wanted: Filter) -> tuple[list[DictRow], str | None]:
    """Posts by the time at which they go or went out, and the cursor of the next page (None on the last)."""
    listing = OF_CAMPAIGN if wanted.campaign_id else OWN
    return listing.page(cursor, asked, asdict(wanted))


def summaries(cursor: Cursor[DictRow], post_ids: Sequence[UUID]) -> list[DictRow]:
    """Posts by id, in this order, as lists have them; those that the caller may not see are missing."""
    return cursor.execute(SQL.summaries, {"post_ids": list(post_ids)}).fetchall()


def of_group(cursor: Cursor[DictRow], group_id: UUID) -> list[DictRow]:
    """The posts of a group, as lists have them. Raises NotFound if the caller sees none."""
    rows = cursor.execute(SQL.of_group, {"group_id": group_id}).fetchall()
    if not rows:
        raise NotFound("There is no such group of posts.", code="post-group-not-found")
    return rows


def get(cursor: Cursor[DictRow], post_id: UUID) -> DictRow:
    """One post with `media` and `parts`. Raises NotFound."""
    row = found(cursor.execute(SQL.get, {"post_id": post_id}), "post")
    row["parts"] = cursor.execute(SQL.parts, {"post_id": post_id}).fetchall()
    row["media"] = media(cursor, [post_id])
    return row


def media(cursor: Cursor[DictRow], post_ids: Sequence[UUID]) -> list[DictRow]:
    """The media of posts: post_id, position, file_id, alt_text, and what the caller sees of the file (else null)."""
    return cursor.execute(SQL.media, {"post_ids": list(post_ids)}).fetchall()


def history(cursor: Cursor[DictRow], post_id: UUID) -> dict[str, Any]:
    """`calls` (the last 100, earliest first) and `next_step` (step, due_at, attempts; None) of a post. NotFound."""
    kept: dict[str, Any] = value(cursor.execute(SQL.history, {"post_id": post_id}))
    return kept
