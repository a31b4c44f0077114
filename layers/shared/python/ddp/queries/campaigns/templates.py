"""Templates. The content of a version never changes; a new version is a new row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.listing import NEWEST, Asked, Listing
from ddp.queries.people import names

SQL = load(__file__)

Scope = Literal["own", "offered"]

LISTS: Final[Mapping[Scope, Listing]] = {
    "own": Listing(SQL.list_own, key="template_id", sorts={"created_at": NEWEST}),
    "offered": Listing(SQL.list_offered, key="template_id", sorts={"created_at": NEWEST}),
}


def create(
    cursor: Cursor[DictRow],
    *,
    template_name: str,
    template_type: str,
    template_content: Mapping[str, Any],
    requires: Sequence[str],
    slots: Sequence[Mapping[str, Any]],
    is_locked: bool,
) -> DictRow:
    """Create a template, version 1. `requires`: the fields of the sender that its messages show. Raises Invalid."""
    values = {
        "template_name": template_name,
        "template_type": template_type,
        "template_content": Jsonb(dict(template_content)),
        "requires": list(requires),
        "slots": Jsonb(list(slots)),
        "is_locked": is_locked,
    }
    return _one(cursor.execute(SQL.create_template, values))


def create_version(
    cursor: Cursor[DictRow],
    template_id: UUID,
    *,
    template_name: str | None,
    content: Mapping[str, Any],
    requires: Sequence[str] | None,
    slots: Sequence[Mapping[str, Any]] | None,
    is_locked: bool | None,
) -> DictRow:
    """Create the next version of a visible template; None keeps what the present one has.

    Raises NotFound, Invalid, and Forbidden for a locked template of somebody else.
    """
    values = {
        "template_id": template_id,
        "template_name": template_name,
        "template_content": Jsonb(dict(content)),
        "requires": None if requires is None else list(requires),
        "slots": None if slots is None else Jsonb(list(slots)),
        "is_locked": is_locked,
    }
    return _one(cursor.execute(SQL.create_version, values))


def page(
    cursor: Cursor[DictRow], scope: Scope, asked: Asked, *, template_type: str | None, is_active: bool | None
) -> tuple[list[DictRow], str | None]:
    """The templates of a scope, newest first, and the cursor of the next page (None on the last)."""
    values = {"template_type": template_type, "is_active": is_active}
    rows, next_cursor = LISTS[scope].page(cursor, asked, values)
    names.add(cursor, rows, created_by="created_by_user_id")
    return rows, next_cursor


def get(cursor: Cursor[DictRow], template_id: UUID) -> DictRow:
    """One version of a template. Raises NotFound if it does not exist or is not visible to the caller."""
    return _one(cursor.execute(SQL.get_template, {"template_id": template_id}))


def update(
    cursor: Cursor[DictRow], template_id: UUID, template: Mapping[str, Any], given: set[str]
) -> DictRow:
    """Change the fields named in `given`. Raises Invalid; NotFound unless the caller is the creator or an admin."""
    slots = Jsonb(list(template["slots"]))
    values = dict(template) | {"template_id": template_id, "given": list(given), "slots": slots}
    return _one(cursor.execute(SQL.update_template, values))


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such template.", code="template-not-found")
    names.add(cursor, [row], created_by="created_by_user_id")
    return row
