"""Drafts of e-mail campaigns, and what their preview needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.people import names

SQL = load(__file__)


def create(cursor: Cursor[DictRow], draft: Mapping[str, Any]) -> DictRow:
    """Create a draft. Raises NotFound if the caller may not see the campaign."""
    if cursor.execute(SQL.campaign_is_visible, draft).fetchone() is None:
        raise NotFound("There is no such campaign, or you do not take part in it.", code="campaign-not-found")
    return _draft(cursor, SQL.create_draft, _with_attachments(draft))


def page(
    cursor: Cursor[DictRow], *, campaign_id: UUID | None, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """The caller's e-mails, or all of a campaign that the caller may see, newest first, and the next page's cursor."""
    values = {"campaign_id": campaign_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_of_campaign if campaign_id else SQL.list_own, values).fetchall()
    rows, next_cursor = cursors.split(rows, limit, at="created_at", key="email_campaign_id")
    names.add(cursor, rows, created_by="created_by_user_id")
    return rows, next_cursor


def get(cursor: Cursor[DictRow], email_campaign_id: UUID) -> DictRow:
    """One e-mail. Raises NotFound."""
    return _draft(cursor, SQL.get, {"email_campaign_id": email_campaign_id})


def update(
    cursor: Cursor[DictRow], email_campaign_id: UUID, draft: Mapping[str, Any], given: set[str]
) -> DictRow:
    """Change the fields named in `given` of the caller's draft. Raises NotFound, and Conflict once it is frozen."""
    values = _with_attachments(draft) | {"email_campaign_id": email_campaign_id, "given": list(given)}
    return _draft(cursor, SQL.update_draft, values)


def delete(cursor: Cursor[DictRow], email_campaign_id: UUID) -> None:
    """Delete a draft of the caller. Raises NotFound, and Conflict once it is frozen."""
    _one(cursor.execute(SQL.delete_draft, {"email_campaign_id": email_campaign_id}))


def attachments_found(cursor: Cursor[DictRow], file_ids: Sequence[UUID]) -> tuple[int, int]:
    """How many of these are live files of the caller, and their total size in bytes."""
    row = _one(cursor.execute(SQL.attachments_found, {"attachments": list(file_ids)}))
    return row["files"], row["bytes"]


def sender_is_verified(cursor: Cursor[DictRow], sender_email: str) -> bool:
    """Whether the caller may send from this address."""
    row = _one(cursor.execute(SQL.sender_is_verified, {"sender_email": sender_email}))
    return bool(row["is_verified"])


def audience_size(cursor: Cursor[DictRow], campaign_id: UUID) -> int:
    """How many users the campaign's target audience has. Raises Forbidden for callers who may not send to it."""
    return int(_one(cursor.execute(SQL.audience_size, {"campaign_id": campaign_id}))["recipients"])


def file_size(cursor: Cursor[DictRow], file_id: UUID) -> int:
    """The size in bytes of a live file of the caller. Raises NotFound."""
    row = cursor.execute(SQL.file_size, {"file_id": file_id}).fetchone()
    if row is None:
        raise NotFound("You have no such file.")
    return int(row["file_size"])


def _draft(cursor: Cursor[DictRow], statement: bytes, values: Mapping[str, Any]) -> DictRow:
    row = _one(cursor.execute(statement, values))
    names.add(cursor, [row], created_by="created_by_user_id")
    return row


def _with_attachments(draft: Mapping[str, Any]) -> dict[str, Any]:
    return dict(draft) | {"attachments": Jsonb([str(file_id) for file_id in draft["attachments"]])}


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such e-mail campaign.", code="email-campaign-not-found")
    return row
