"""Social posts, as people make and control them. Each returns rows of `social_posts`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import found, load

SQL = load(__file__)


def create(
    cursor: Cursor[DictRow], group: Mapping[str, Any], posts: Sequence[Mapping[str, Any]]
) -> list[DictRow]:
    """Create posts, in the order given; two or more are a group. Raises NotFound, Conflict, Invalid.

    `group`: campaign_id, `when` (draft, now, at), `at`, local_time, time_zone. `posts`: account_id, content, title,
    post_type, media (file_id, alt_text), options, first_comment, metadata, template_id, slots; and a time of its own,
    if it differs.
    """
    return cursor.execute(SQL.create, {"group": _json(group), "posts": _json(posts)}).fetchall()


def change(cursor: Cursor[DictRow], post_id: UUID, revision: int, changes: Mapping[str, Any]) -> DictRow:
    """Change members of a draft or scheduled post. Raises Conflict with the present revision; NotFound, Invalid."""
    values = {"post_id": post_id, "revision": revision, "changes": _json(changes)}
    return found(cursor.execute(SQL.change, values), "post")


def compose(cursor: Cursor[DictRow], posts: Sequence[Mapping[str, Any]]) -> None:
    """Give posts whose template is locked the texts composed from it: post_id, content and title of each."""
    cursor.execute(SQL.compose, {"posts": _json(posts)})


def schedule(
    cursor: Cursor[DictRow],
    post_ids: Sequence[UUID],
    *,
    at: datetime | None = None,
    local_time: datetime | None = None,
    time_zone: str | None = None,
) -> list[DictRow]:
    """Schedule posts for an instant, or for a (naive) local time in a zone. Raises NotFound, Conflict, Invalid."""
    values = {"post_ids": list(post_ids), "at": at, "local_time": local_time, "time_zone": time_zone}
    return cursor.execute(SQL.schedule, values).fetchall()


def unschedule(cursor: Cursor[DictRow], post_ids: Sequence[UUID]) -> list[DictRow]:
    """Make scheduled posts drafts again. Raises NotFound, Conflict."""
    return cursor.execute(SQL.unschedule, {"post_ids": list(post_ids)}).fetchall()


def cancel(cursor: Cursor[DictRow], post_ids: Sequence[UUID]) -> list[DictRow]:
    """Cancel posts, until their publication has started. Raises NotFound, Conflict."""
    return cursor.execute(SQL.cancel, {"post_ids": list(post_ids)}).fetchall()


def publish(cursor: Cursor[DictRow], post_ids: Sequence[UUID]) -> list[DictRow]:
    """Publish posts now. Raises NotFound, Conflict."""
    return cursor.execute(SQL.publish, {"post_ids": list(post_ids)}).fetchall()


def retry(cursor: Cursor[DictRow], post_ids: Sequence[UUID]) -> list[DictRow]:
    """Try posts that failed or were missed again, and first comments that failed. Raises NotFound, Conflict."""
    return cursor.execute(SQL.retry, {"post_ids": list(post_ids)}).fetchall()


def settle(
    cursor: Cursor[DictRow],
    post_id: UUID,
    *,
    is_published: bool,
    external_id: str | None = None,
    part_no: int = 0,
) -> DictRow:
    """Say what became of an unconfirmed post. Raises NotFound, Conflict, Invalid."""
    values = {
        "post_id": post_id,
        "is_published": is_published,
        "external_id": external_id,
        "part_no": part_no,
    }
    return found(cursor.execute(SQL.settle, values), "post")


def _json(given: object) -> str:
    return json.dumps(given, default=str)
