"""Which e-mails and posts use brand assets that end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


def uses(cursor: Cursor[DictRow], file_ids: Sequence[UUID]) -> Mapping[UUID, list[DictRow]]:
    """What of that the caller sees uses each file: drafts, open sends, and posts that are not out yet."""
    found: dict[UUID, list[DictRow]] = defaultdict(list)
    for row in cursor.execute(SQL.uses, {"file_ids": list(file_ids)}):
        found[row["file_id"]].append(row)
    return found


def ending(cursor: Cursor[DictRow], file_ids: Sequence[UUID]) -> list[DictRow]:
    """`asset_name` and `available_until` of those of the files that are assets with an end."""
    return cursor.execute(SQL.ending_files, {"file_ids": list(file_ids)}).fetchall()


def ending_of_plan(cursor: Cursor[DictRow], send_plan_id: UUID) -> list[DictRow]:
    """The same of what a plan attaches, or shows as hosted images, and ends before its last message may have gone."""
    return cursor.execute(SQL.ending_files_of_plan, {"send_plan_id": send_plan_id}).fetchall()
