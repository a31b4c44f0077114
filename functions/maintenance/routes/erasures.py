"""Routes for administrators: erase a user or a recipient."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, pagination, settings
from ddp.addresses import email_hash
from ddp.queries.maintenance import erasures
from functions.maintenance import messages, models

QUEUE_URL = settings.required("DDP_MAINTENANCE_CLEANUP_QUEUE_URL")

router = edge.router()

# What an erasure cannot reach: the answer says so, and whom to ask.
EVERYBODY = [
    "Lists that senders keep, or have uploaded, and exports they have downloaded: ask the accounts that wrote to them.",
    "E-mail and SMS providers keep their own logs and suppression lists: see their retention.",
    "Backups of the database, noncurrent versions of objects and logs, until their retention ends.",
]
USERS = [
    "The identity provider knows the person's sign-in: delete it there.",
    "Files, posts, templates and campaigns of the account stay: delete those that name the person.",
]


@router.post("/erasures", tags=["Maintenance"], operation_id="requestErasure", status_code=202)
def request(body: models.ErasureRequest, idempotency_key: idempotency.Key = None) -> Response[models.Erasure]:
    """Erase a user or a recipient, or count what would be erased.

    Names, addresses, agents, IP addresses, template data, reports of providers, exports and values of the audit trail
    go; sums, ids and suppressions stay. The answer is the same for a person who is not known. Repeated, it returns the
    erasure that is under way. Only for admins.
    """

    def work(cursor: Cursor[DictRow]) -> DictRow:
        if body.user_id:
            return erasures.request_user(cursor, body.user_id, is_dry_run=body.dry_run)
        address = body.email or body.phone or ""
        return erasures.request_recipient(cursor, address, email_hash(address), is_dry_run=body.dry_run)

    done = idempotency.perform(router, idempotency_key, work, _shown, status=202)
    if done.result is not None:
        messages.tell(QUEUE_URL)
    return done.answer


@router.get("/erasures", tags=["Maintenance"], operation_id="listErasures")
def list_erasures(limit: pagination.Limit = 50, cursor: pagination.PageCursor = None) -> models.Erasures:
    """List erasures, latest first.

    Only for admins.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = erasures.page(transaction, after=after, limit=limit)
    return models.Erasures(items=[_shown(row) for row in rows], next_cursor=next_cursor)


@router.get("/erasures/<erasure_id>", tags=["Maintenance"], operation_id="getErasure")
def get_erasure(erasure_id: UUID) -> models.Erasure:
    """Get an erasure, with counts by table.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return _shown(erasures.get(cursor, erasure_id))


def _shown(row: dict[str, Any]) -> models.Erasure:
    return models.Erasure(**row, held_by_others=[*EVERYBODY, *(USERS if row["kind"] == "user" else [])])
