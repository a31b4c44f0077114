"""The audit trail, for administrators."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.errors import Forbidden
from ddp.queries import found, load, value

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which changes, from `since` to before `until`; None: any."""

    since: datetime
    until: datetime
    table_name: str | None
    record_id: UUID | None
    changed_by: UUID | None
    action: str | None


def page(
    cursor: Cursor[DictRow], wanted: Filter, *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Changes, the latest first, and the cursor of the next page. Raises Forbidden for all but administrators."""
    _require_admin(cursor)
    values = asdict(wanted) | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_changes, values).fetchall()
    return cursors.split(rows, limit, at="changed_at", key="log_id")


def get(cursor: Cursor[DictRow], log_id: UUID) -> DictRow:
    """One change with its values. Raises NotFound, and Forbidden for all but administrators."""
    _require_admin(cursor)
    return found(cursor.execute(SQL.get_change, {"log_id": log_id}), "change")


def _require_admin(cursor: Cursor[DictRow]) -> None:
    """Say it, where row level security would only show an empty trail."""
    if not value(cursor.execute(SQL.is_admin)):
        raise Forbidden("Only administrators see the audit trail.", code="not-an-admin")
