"""Brand assets: files that a brand has published to retailers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.errors import NotFound
from ddp.queries import load, value
from ddp.queries.listing import NEWEST, Asked, Listing, Sort
from ddp.queries.people import names

SQL = load(__file__)

VISIBLE = Listing(SQL.list_brand_assets, key="asset_id", sorts={"created_at": NEWEST})
ENDING = Listing(
    SQL.list_ending, key="asset_id", sorts={"available_until": Sort(type="timestamptz", order="asc")}
)


def publish(
    cursor: Cursor[DictRow],
    file_id: UUID,
    *,
    asset_name: str,
    asset_type: str,
    is_featured: bool,
    metadata: Mapping[str, object],
    terms: Mapping[str, object],
) -> DictRow:
    """Publish one of the caller's live files, or replace its asset's name, type and metadata.

    `terms` as public.change_asset_terms() has them; those that are not given stay.

    Raises NotFound, Forbidden for retailers, Conflict if the file is in the trash, Invalid.
    """
    values = {
        "file_id": file_id,
        "asset_name": asset_name,
        "asset_type": asset_type,
        "is_featured": is_featured,
        "metadata": Jsonb(dict(metadata)),
        "terms": _terms(terms),
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


def page_of_ending(
    cursor: Cursor[DictRow],
    asked: Asked,
    *,
    ends_before: datetime,
    asset_type: str | None,
    is_featured: bool | None,
) -> tuple[list[DictRow], str | None]:
    """The assets that the caller may see and that end before this time, the next one first."""
    asked.require_usual("Assets that end")
    values = {"ends_before": ends_before, "asset_type": asset_type, "is_featured": is_featured}
    rows, next_cursor = ENDING.page(cursor, asked, values)
    names.add(cursor, rows, created_by="created_by_user_id")
    return rows, next_cursor


def change_terms(cursor: Cursor[DictRow], asset_id: UUID, terms: Mapping[str, object]) -> DictRow:
    """Change the given terms of an asset of the caller, or any for an admin. Raises NotFound, Conflict, Invalid."""
    return _one(cursor.execute(SQL.change_terms, {"asset_id": asset_id, "terms": _terms(terms)}))


def refresh_due(cursor: Cursor[DictRow], limit: int) -> int:
    """Open and end up to `limit` assets whose time has come. Returns how many there were."""
    return int(value(cursor.execute(SQL.refresh_due, {"limit": limit})))


def get(cursor: Cursor[DictRow], asset_id: UUID) -> DictRow:
    """One published asset. Raises NotFound."""
    return _one(cursor.execute(SQL.get_brand_asset, {"asset_id": asset_id}))


def unpublish(cursor: Cursor[DictRow], asset_id: UUID) -> DictRow:
    """Withdraw an asset of the caller, or any for an admin. Raises NotFound."""
    return _one(cursor.execute(SQL.unpublish_brand_asset, {"asset_id": asset_id}))


def _terms(terms: Mapping[str, object]) -> Jsonb | None:
    return Jsonb(dict(terms)) if terms else None


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such brand asset.")
    names.add(cursor, [row], created_by="created_by_user_id")
    return row
