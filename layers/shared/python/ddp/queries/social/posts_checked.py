"""What is needed to say what is wrong with posts, before they are stored or scheduled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value
from ddp.queries.social.steps import Quota, as_json

SQL = load(__file__)


def accounts(cursor: Cursor[DictRow], account_ids: Sequence[UUID]) -> Mapping[UUID, DictRow]:
    """Own accounts by id; those of others are missing."""
    rows = cursor.execute(SQL.accounts, {"account_ids": list(account_ids)}).fetchall()
    return {row["account_id"]: row for row in rows}


def files(cursor: Cursor[DictRow], file_ids: Sequence[UUID]) -> Mapping[UUID, DictRow]:
    """Files that the caller sees by id, with `is_available`: false in the trash."""
    rows = cursor.execute(SQL.files, {"file_ids": list(file_ids)}).fetchall()
    return {row["file_id"]: row for row in rows}


def written(
    cursor: Cursor[DictRow], *, post_ids: Sequence[UUID] = (), group_id: UUID | None = None
) -> list[DictRow]:
    """Posts by id, or of a group, that the caller may change, with what is needed of their accounts.

    `template`: content, is_locked, slots (one by one), values and sender; None: the post has none.
    """
    return cursor.execute(SQL.written, {"post_ids": list(post_ids), "group_id": group_id}).fetchall()


def same_texts(
    cursor: Cursor[DictRow], given: Sequence[Mapping[str, Any]], *, excluded: Sequence[UUID] = ()
) -> set[UUID]:
    """Accounts on which the same text goes out within a day. `given`: account_id, content and `at` of each post."""
    values = {"given": json.dumps(given, default=str), "except": list(excluded)}
    return {row["account_id"] for row in cursor.execute(SQL.same_texts, values)}


def quotas_used(
    cursor: Cursor[DictRow], quotas: Sequence[Quota]
) -> Mapping[tuple[str, UUID | None], tuple[int, int]]:
    """Units used of quotas, and how many there are, by name and owner (None: the application)."""
    rows = cursor.execute(SQL.quotas_used, {"quotas": as_json(quotas)})
    return {(row["quota"], row["owner_id"]): (row["used"], row["cap"]) for row in rows}


def blackouts(cursor: Cursor[DictRow], asked: Sequence[Mapping[str, Any]]) -> Mapping[int, DictRow]:
    """`reason` and `ends_at` of what holds back posts, by their place in the list. `asked`: campaign_id, at."""
    rows = cursor.execute(SQL.blackouts, {"asked": json.dumps(asked, default=str)})
    return {row["place"] - 1: row for row in rows}


def slots_given(
    cursor: Cursor[DictRow], template_id: UUID, slots: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The slots of a template for posts with these values: `slots` one by one, and `values` as templates see them.

    Raises NotFound; Invalid, naming the slot.
    """
    given = None if slots is None else json.dumps(slots)
    return dict(value(cursor.execute(SQL.slots_given, {"template_id": template_id, "slots": given})))


def template_with(cursor: Cursor[DictRow], post_id: UUID, slots: Mapping[str, Any]) -> dict[str, Any] | None:
    """The template of an own post, as `written` has it, with other values of its slots. Raises Invalid."""
    values = {"post_id": post_id, "slots": json.dumps(slots)}
    found: dict[str, Any] | None = value(cursor.execute(SQL.template_with, values))
    return found


def campaign_is_visible(cursor: Cursor[DictRow], campaign_id: UUID) -> bool:
    """Whether the caller sees a campaign."""
    return cursor.execute(SQL.campaign_is_visible, {"campaign_id": campaign_id}).fetchone() is not None
