"""Brand assets: files that a brand has published to retailers."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.listing import NEWEST, Asked, Listing
from ddp.queries.people import names

SQL = load(__file__)

VISIBLE = Listing(SQL.list_brand_assets, key="asset_id", sorts={"created_at": NEWEST})


def publish(
    cursor: Cursor[DictRow],
    file_id: UUID,
    *,
    asset_name: str,
    asset_type: str,
    is_featured: bool,
    metadata: Mapping[str, object],
) -> DictRow:
    """Publish one of the caller's live files, or replace its asset's name, type and metadata.

    Raises NotFound, Forbidden for retailers, Conflict if the file is in the trash, Invalid.
    """
    values = {
        "file_id": file_id,
        "asset_name": asset_name,
        "asset_type": asset_type,
        "is_featured": is_featured,
        "metadata": Jsonb(dict(metadata)),
    }
    return _one(cursor.execute(SQL.publish_brand_asset, values))


def page(
    cursor: Cursor[DictRow], asked: Asked, *, asset_type: str | None, is_featured: bool | None
) -> tuple[list[DictRow], str | None]:
    """The assets that the caller may see, newest first, and the cursor of the next page (None on the last)."""
    values = {"asset_type": asset_type, "is_featured": is_featured}
    rows, next_cursor = VISIBLE.page(cursor, asked, values)
    names.add(cursor, rows, created_by="created_by_user_id")
    return rows, next_cursor


def get(cursor: Cursor[DictRow], asset_id: UUID) -> DictRow:
    """One published asset. Raises NotFound."""
    return _one(cursor.execute(SQL.get_brand_asset, {"asset_id": asset_id}))


def unpublish(cursor: Cursor[DictRow], asset_id: UUID) -> DictRow:
    """Withdraw an asset of the caller, or any for an admin. Raises NotFound."""
    return _one(cursor.execute(SQL.unpublish_brand_asset, {"asset_id": asset_id}))


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such brand asset.")
    names.add(cursor, [row], created_by="created_by_user_id")
    return row
