"""Routes for senders: whether sending is paused and why; administrators set limits and resume.

A pause because of bounces and complaints protects everyone who sends through the same account. So an administrator ends
it, after checking that the cause is fixed; the sender who caused it cannot.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg.rows import DictRow

from ddp import cursors, edge, pagination
from ddp.queries.sending import senders
from functions.sending.routes import models

router = edge.router()


@router.get("/senders", tags=["Senders"], operation_id="listSenders")
def list_senders(
    is_paused: Annotated[
        bool | None, Query(description="true: only paused senders; false: only others.")
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Senders:
    """List the senders that the caller may see, the latest pause first.

    Admins see all; others see only themselves.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = senders.page(transaction, is_paused=is_paused, after=after, limit=limit)
    return models.Senders(items=[_shown(row) for row in rows], next_cursor=next_cursor)


@router.get("/senders/me", tags=["Senders"], operation_id="getOwnSender")
def get_own() -> models.Sender:
    """Get the acting account as a sender: whether sending is paused, and why."""
    with edge.as_caller(router) as cursor:
        return _shown(senders.own(cursor))


@router.get("/senders/<user_id>", tags=["Senders"], operation_id="getSender")
def get_sender(user_id: UUID) -> models.Sender:
    """Get a user as a sender.

    Only for the user and admins.
    """
    with edge.as_caller(router) as cursor:
        return _shown(senders.get(cursor, user_id))


@router.put("/senders/<user_id>", tags=["Senders"], operation_id="setSender")
def set_sender(user_id: UUID, body: models.SenderLimits) -> models.Sender:
    """Set the rate limit of a sender.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        senders.set_limit(cursor, user_id, max_per_second=body.max_per_second)
        return _shown(senders.get(cursor, user_id))


@router.post("/senders/<user_id>/resume", tags=["Senders"], operation_id="resumeSender")
def resume_sender(user_id: UUID) -> models.Sender:
    """Resume a sender that the platform paused.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        senders.resume(cursor, user_id)
        return _shown(senders.get(cursor, user_id))


@router.get("/senders/me/sms", tags=["Senders"], operation_id="getOwnSmsSender")
def get_own_of_sms() -> models.SmsSender:
    """Get the acting account as a sender of SMS: limits, and what is used of this month's budget."""
    with edge.as_caller(router) as cursor:
        return _shown_of_sms(senders.get_of_sms(cursor, None))


@router.get("/senders/<user_id>/sms", tags=["Senders"], operation_id="getSmsSender")
def get_of_sms(user_id: UUID) -> models.SmsSender:
    """Get a user as a sender of SMS.

    Only for the user and admins.
    """
    with edge.as_caller(router) as cursor:
        return _shown_of_sms(senders.get_of_sms(cursor, user_id))


@router.put("/senders/<user_id>/sms", tags=["Senders"], operation_id="setSmsSender")
def set_sms_sender(user_id: UUID, body: models.SmsSenderLimits) -> models.SmsSender:
    """Set what a sender of SMS may spend and send.

    A send that a budget holds up goes on once it is resumed. Only for admins.
    """
    with edge.as_caller(router) as cursor:
        senders.set_limits_of_sms(cursor, user_id, **body.model_dump())
        return _shown_of_sms(senders.get_of_sms(cursor, user_id))


@router.post("/senders/<user_id>/sms/resume", tags=["Senders"], operation_id="resumeSmsSender")
def resume_sms_sender(user_id: UUID) -> models.SmsSender:
    """Resume a sender of SMS that the platform paused.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        senders.resume_sms(cursor, user_id)
        return _shown_of_sms(senders.get_of_sms(cursor, user_id))


def _shown(row: DictRow) -> models.Sender:
    return models.Sender(**row, is_paused=row["paused_at"] is not None)


def _shown_of_sms(row: DictRow) -> models.SmsSender:
    return models.SmsSender(**row, is_paused=row["paused_at"] is not None)
