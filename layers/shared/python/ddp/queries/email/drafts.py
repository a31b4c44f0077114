"""E-mail campaigns as their senders see and steer them; the workers' side is in other modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import pagination
from ddp.errors import NotFound
from ddp.queries import load

SQL = load(__file__)


def create(cursor: Cursor[DictRow], draft: Mapping[str, Any]) -> DictRow:
    """A new draft; raises NotFound for a campaign or template that the caller does not see."""
    if cursor.execute(SQL.campaign_is_visible, draft).fetchone() is None:
        raise NotFound("There is no such campaign, or you take no part in it.", code="campaign-not-found")
    return _one(cursor.execute(SQL.create_draft, _with_attachments(draft)))


def page(
    cursor: Cursor[DictRow], *, campaign_id: UUID | None, after: pagination.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Own e-mails, or all that the caller sees of a campaign, newest first; and the cursor of the next page."""
    values = {"campaign_id": campaign_id} | pagination.parameters(after, limit)
    rows = cursor.execute(SQL.list_of_campaign if campaign_id else SQL.list_own, values).fetchall()
    return pagination.split(rows, limit, at="created_at", key="email_campaign_id")


def get(cursor: Cursor[DictRow], email_campaign_id: UUID) -> DictRow:
    """One e-mail; raises NotFound."""
    return _one(cursor.execute(SQL.get, {"email_campaign_id": email_campaign_id}))


def update(
    cursor: Cursor[DictRow], email_campaign_id: UUID, draft: Mapping[str, Any], given: set[str]
) -> DictRow:
    """Change the members named in `given` of an own draft; raises NotFound, Conflict once it is frozen."""
    values = _with_attachments(draft) | {"email_campaign_id": email_campaign_id, "given": list(given)}
    return _one(cursor.execute(SQL.update_draft, values))


def delete(cursor: Cursor[DictRow], email_campaign_id: UUID) -> None:
    """Remove an own draft; raises NotFound, Conflict once it is frozen."""
    _one(cursor.execute(SQL.delete_draft, {"email_campaign_id": email_campaign_id}))


def attachments_found(cursor: Cursor[DictRow], file_ids: Sequence[UUID]) -> tuple[int, int]:
    """How many of these are own live files, and their bytes all together."""
    row = _one(cursor.execute(SQL.attachments_found, {"attachments": list(file_ids)}))
    return row["files"], row["bytes"]


def sender_is_verified(cursor: Cursor[DictRow], sender_email: str) -> bool:
    """Whether the caller may send from this address."""
    row = _one(cursor.execute(SQL.sender_is_verified, {"sender_email": sender_email}))
    return bool(row["is_verified"])


def participants(cursor: Cursor[DictRow], campaign_id: UUID) -> int:
    """How many retailers take part, as far as the caller sees them."""
    return int(_one(cursor.execute(SQL.participants_of_campaign, {"campaign_id": campaign_id}))["recipients"])


def file_size(cursor: Cursor[DictRow], file_id: UUID) -> int:
    """Bytes of an own live file; raises NotFound."""
    row = cursor.execute(SQL.file_size, {"file_id": file_id}).fetchone()
    if row is None:
        raise NotFound("There is no such file of yours.")
    return int(row["file_size"])


def send(
    cursor: Cursor[DictRow],
    email_campaign_id: UUID,
    *,
    audience: Mapping[str, Any],
    scheduled_at: datetime | None,
    options: Mapping[str, Any],
) -> DictRow:
    """Request the send: send_plan_id, scheduled_at, source of the audience, is_due. Raises every CallerError."""
    values = {
        "email_campaign_id": email_campaign_id,
        "audience": Jsonb(dict(audience)),
        "scheduled_at": scheduled_at,
        "options": Jsonb(dict(options)),
    }
    made = _one(cursor.execute(SQL.send, values))
    return _one(cursor.execute(SQL.plan, made))


def request_test_sends(
    cursor: Cursor[DictRow], email_campaign_id: UUID, recipients: Sequence[str], data: Mapping[str, Any]
) -> list[DictRow]:
    """Samples to be sent; raises NotFound, Forbidden, Conflict, Invalid, TooMany."""
    values = {
        "email_campaign_id": email_campaign_id,
        "recipients": list(recipients),
        "template_data": Jsonb(dict(data)),
    }
    return cursor.execute(SQL.request_test_sends, values).fetchall()


def test_sends(cursor: Cursor[DictRow], email_campaign_id: UUID) -> list[DictRow]:
    """The latest samples of an e-mail, newest first."""
    return cursor.execute(SQL.list_test_sends, {"email_campaign_id": email_campaign_id}).fetchall()


def pause(cursor: Cursor[DictRow], email_campaign_id: UUID) -> dict[str, Any]:
    """Hold a send: send_plan_id, state, in_flight."""
    return _outcome(cursor.execute(SQL.pause, {"email_campaign_id": email_campaign_id}))


def resume(cursor: Cursor[DictRow], email_campaign_id: UUID) -> dict[str, Any]:
    """Let it go on: as pause, with the numbers of due chunks."""
    return _outcome(cursor.execute(SQL.resume, {"email_campaign_id": email_campaign_id}))


def cancel(cursor: Cursor[DictRow], email_campaign_id: UUID) -> dict[str, Any]:
    """Give it up: as pause, with is_finished, which is false while pending recipients are left to be marked."""
    return _outcome(cursor.execute(SQL.cancel, {"email_campaign_id": email_campaign_id}))


def retry(
    cursor: Cursor[DictRow], email_campaign_id: UUID, failure_codes: Sequence[str] | None
) -> dict[str, Any]:
    """Another attempt for what failed: send_plan_id, retried, is_finished, chunks."""
    codes = None if failure_codes is None else list(failure_codes)
    values = {"email_campaign_id": email_campaign_id, "failure_codes": codes}
    return _outcome(cursor.execute(SQL.retry, values))


def settle(
    cursor: Cursor[DictRow], email_campaign_id: UUID, action: str, email_send_ids: Sequence[UUID] | None
) -> dict[str, Any]:
    """Decide unknown results: send_plan_id, settled, is_finished, chunks."""
    ids = None if email_send_ids is None else list(email_send_ids)
    values = {"email_campaign_id": email_campaign_id, "action": action, "email_send_ids": ids}
    return _outcome(cursor.execute(SQL.settle, values))


def progress(cursor: Cursor[DictRow], email_campaign_id: UUID) -> dict[str, Any]:
    """How far a send is; raises NotFound."""
    return _outcome(cursor.execute(SQL.progress, {"email_campaign_id": email_campaign_id}))


def sends(
    cursor: Cursor[DictRow],
    email_campaign_id: UUID,
    *,
    status: str | None,
    address: str | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[DictRow], str | None]:
    """Recipients and what became of them, by address; and the cursor of the next page."""
    values = {
        "email_campaign_id": email_campaign_id,
        "status": status,
        "address": address,
        "after": after,
        "limit": limit + 1,
    }
    rows = cursor.execute(SQL.list_sends, values).fetchall()
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], pagination.encode_id(rows[limit - 1]["email_send_id"])


def request_export(
    cursor: Cursor[DictRow], email_campaign_id: UUID, kind: str, statuses: Sequence[str]
) -> DictRow:
    """A CSV to be made; raises NotFound, Forbidden, Conflict, TooMany."""
    values = {"email_campaign_id": email_campaign_id, "kind": kind, "statuses": list(statuses)}
    return _one(cursor.execute(SQL.request_export, values))


def exports(cursor: Cursor[DictRow], email_campaign_id: UUID) -> list[DictRow]:
    """The latest exports that the caller asked for, newest first."""
    return cursor.execute(SQL.list_exports, {"email_campaign_id": email_campaign_id}).fetchall()


def export(cursor: Cursor[DictRow], email_campaign_id: UUID, send_export_id: UUID) -> DictRow:
    """One export with its object_key; raises NotFound."""
    values = {"email_campaign_id": email_campaign_id, "send_export_id": send_export_id}
    row = cursor.execute(SQL.get_export, values).fetchone()
    if row is None:
        raise NotFound("There is no such export.")
    return row


def _with_attachments(draft: Mapping[str, Any]) -> dict[str, Any]:
    return dict(draft) | {"attachments": Jsonb([str(file_id) for file_id in draft["attachments"]])}


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such e-mail campaign.", code="email-campaign-not-found")
    return row


def _outcome(cursor: Cursor[DictRow]) -> dict[str, Any]:
    outcome: dict[str, Any] = _one(cursor)["outcome"]
    return outcome
