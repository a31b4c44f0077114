"""Senders: whether sending is paused and why; limits, and resuming, for administrators.

A pause that came of bounces and complaints protects everybody who sends through the same account. So it ends when an
administrator has seen that its cause is mended, and not when the one who caused it wishes.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg.rows import DictRow

from ddp import edge
from ddp.queries.sending import senders
from functions.sending import models

router = edge.router()


@router.get("/senders", tags=["Senders"], operation_id="listSenders")
def list_senders(
    is_paused: Annotated[bool | None, Query(description="Only paused ones, or only others.")] = None,
) -> models.Senders:
    """Senders that the caller sees: oneself; all for admins, those paused latest first."""
    with edge.as_caller(router) as cursor:
        rows = senders.visible(cursor, is_paused=is_paused)
    return models.Senders(items=[_shown(row) for row in rows])


@router.get("/senders/me", tags=["Senders"], operation_id="getOwnSender")
def get_own() -> models.Sender:
    """The caller as a sender: whether sending is paused, and why."""
    return _get(edge.claims(router).subject)


@router.get("/senders/<user_id>", tags=["Senders"], operation_id="getSender")
def get_sender(user_id: UUID) -> models.Sender:
    """A user as a sender. For admins, and of oneself."""
    return _get(user_id)


@router.put("/senders/<user_id>", tags=["Senders"], operation_id="setSender")
def set_sender(user_id: UUID, body: models.SenderLimits) -> models.Sender:
    """Limit a sender's rate, or give it a tenant of SES of its own. For admins."""
    with edge.as_caller(router) as cursor:
        senders.set_limits(
            cursor, user_id, max_per_second=body.max_per_second, ses_tenant_name=body.ses_tenant_name
        )
        return _shown(senders.get(cursor, user_id))


@router.post("/senders/<user_id>/resume", tags=["Senders"], operation_id="resumeSender")
def resume_sender(user_id: UUID) -> models.Sender:
    """Let a sender that was paused by itself send again. For admins."""
    with edge.as_caller(router) as cursor:
        senders.resume(cursor, user_id)
        return _shown(senders.get(cursor, user_id))


def _get(user_id: UUID) -> models.Sender:
    with edge.as_caller(router) as cursor:
        return _shown(senders.get(cursor, user_id))


def _shown(row: DictRow) -> models.Sender:
    return models.Sender(**row, is_paused=row["paused_at"] is not None)
