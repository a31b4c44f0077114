"""Kinds of devices: reference data that everyone reads and administrators write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.queries import found, load

SQL = load(__file__)


def create(cursor: Cursor[DictRow], values: dict[str, Any]) -> DictRow:
    """Add a device. Raises Forbidden for all but administrators, Conflict for a user agent that is there."""
    return found(cursor.execute(SQL.create_device, {"values": Jsonb(values)}), "device")


def page(
    cursor: Cursor[DictRow], device_type: str | None, *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Devices, the newest first, and the cursor of the next page (None on the last)."""
    values = {"device_type": device_type} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_devices, values).fetchall()
    return cursors.split(rows, limit, at="created_at", key="device_id")


def get(cursor: Cursor[DictRow], device_id: UUID) -> DictRow:
    """One device. Raises NotFound."""
    return found(cursor.execute(SQL.get_device, {"device_id": device_id}), "device")


def update(cursor: Cursor[DictRow], device_id: UUID, change: dict[str, Any]) -> DictRow:
    """Change the given fields. Raises NotFound unless the caller is an administrator."""
    values = {"device_id": device_id, "change": Jsonb(change)}
    return found(cursor.execute(SQL.update_device, values), "device")


def delete(cursor: Cursor[DictRow], device_id: UUID) -> DictRow:
    """Delete a device. Raises NotFound unless the caller is an administrator."""
    return found(cursor.execute(SQL.delete_device, {"device_id": device_id}), "device")
