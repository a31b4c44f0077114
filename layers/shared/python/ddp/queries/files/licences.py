"""Licences of brand assets, and which account accepted which version."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import load
from ddp.queries.people import names

SQL = load(__file__)


def of_asset(cursor: Cursor[DictRow], asset_id: UUID) -> DictRow | None:
    """`version`, `text` and when the caller's account accepted it (`accepted_at`); None: the asset has no licence."""
    return cursor.execute(SQL.licence_of_asset, {"asset_id": asset_id}).fetchone()


def accept(cursor: Cursor[DictRow], asset_id: UUID, version: str) -> DictRow:
    """Accept the present version of an asset's licence. Raises NotFound; Conflict for another version."""
    values = {"asset_id": asset_id, "licence_version": version}
    rows = cursor.execute(SQL.accept_licence, values).fetchall()
    names.add(cursor, rows, account="account_id")
    return rows[0]


def page(
    cursor: Cursor[DictRow], asset_id: UUID, *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Acceptances that the caller may see, the latest first, and the cursor of the next page (None on the last)."""
    values = {"asset_id": asset_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_acceptances, values).fetchall()
    rows, next_cursor = cursors.split(rows, limit, at="accepted_at", key="account_id")
    names.add(cursor, rows, account="account_id")
    return rows, next_cursor
