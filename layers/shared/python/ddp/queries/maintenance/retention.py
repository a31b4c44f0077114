"""How long everything is kept, and the reports of cleanups, for administrators."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import found, load

SQL = load(__file__)

Page = tuple[list[DictRow], str | None]


def settings(cursor: Cursor[DictRow]) -> list[DictRow]:
    """How long each subject is kept. Raises Forbidden for all but administrators, as all of these."""
    return cursor.execute(SQL.list_settings).fetchall()


def set_keep(cursor: Cursor[DictRow], subject: str, *, months: int, days: int) -> DictRow:
    """Keep a subject for so long. Raises NotFound, and Invalid below its floor."""
    return found(
        cursor.execute(SQL.set_keep, {"subject": subject, "months": months, "days": days}), "retention"
    )


def request_cleanup(cursor: Cursor[DictRow], *, is_dry_run: bool) -> DictRow:
    """Ask for a cleanup, or for counts of what it would remove."""
    return found(cursor.execute(SQL.request_cleanup, {"is_dry_run": is_dry_run}), "cleanup")


def cleanups(cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int) -> Page:
    """Reports, the latest first, and the cursor of the next page."""
    rows = cursor.execute(SQL.list_cleanups, cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="requested_at", key="cleanup_run_id")


def cleanup(cursor: Cursor[DictRow], cleanup_run_id: UUID) -> DictRow:
    """One report. Raises NotFound."""
    return found(cursor.execute(SQL.get_cleanup, {"cleanup_run_id": cleanup_run_id}), "cleanup")
