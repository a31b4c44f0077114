"""Routes for messages that came in: what people answered, and what a person decides about it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, pagination
from ddp.queries.listing import Asked
from ddp.queries.sms import inbound_messages
from functions.sms.answers import models

router = edge.router()


@router.get("/inbound-messages", tags=["Inbound messages"], operation_id="listInboundMessages")
def list_messages(
    verdict: Annotated[models.Verdict | None, Query(description="Only messages that ask for this.")] = None,
    is_waiting: Annotated[
        bool | None, Query(description="true: only messages that a person has to decide; false: only others.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.InboundMessages:
    """List the answers to the caller's SMS, the latest first.

    Admins see all, also those that are nobody's.
    """
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = inbound_messages.page(transaction, asked, verdict=verdict, is_waiting=is_waiting)
    return models.InboundMessages.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get(
    "/inbound-messages/<inbound_message_id>", tags=["Inbound messages"], operation_id="getInboundMessage"
)
def get_message(inbound_message_id: UUID) -> models.InboundMessage:
    """Get one answer."""
    with edge.as_caller(router) as cursor:
        return models.InboundMessage.model_validate(inbound_messages.get(cursor, inbound_message_id))


@router.post(
    "/inbound-messages/<inbound_message_id>/decision",
    tags=["Inbound messages"],
    operation_id="decideInboundMessage",
)
def decide(inbound_message_id: UUID, body: models.DecisionRequest) -> models.InboundMessage:
    """Decide what an answer asks for that was not understood (verdicts `person` and `other`).

    `stop` does what the recipient's STOP would have done. `not_stop` lets messages go on that waited for the decision.
    Harmless when repeated.
    """
    with edge.as_caller(router) as cursor:
        inbound_messages.decide(cursor, inbound_message_id, body.decision)
        return models.InboundMessage.model_validate(inbound_messages.get(cursor, inbound_message_id))
