"""Routes for approvals: what participants want to send waits for the campaign's creator."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.campaigns import approvals
from ddp.queries.listing import Asked
from functions.campaigns import approval_models as models

router = edge.router()

Scope = Annotated[
    Literal["to_decide", "own"],
    Query(description="Requests to the caller, as creator of campaigns, or those that the caller made."),
]


@router.post("/approvals", tags=["Approvals"], operation_id="requestApproval", status_code=201)
def request_approval(
    body: models.ApprovalRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Approval]:
    """Ask the brand of its campaign to approve a message or post, as it is now.

    A send that is refused because it waits for approval has asked already, and so has a post that is scheduled. If a
    request is open, it is returned. Asks again for what was refused.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Approval(**approvals.request(cursor, body.message_id)),
    )


@router.get("/approvals", tags=["Approvals"], operation_id="listApprovals")
def list_approvals(
    scope: Scope = "to_decide",
    state: Annotated[
        models.ApprovalState | None, Query(description="Only requests in this state, such as `waiting`.")
    ] = None,
    campaign_id: Annotated[UUID | None, Query(description="Only requests of this campaign.")] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Approvals:
    """List requests for approval, oldest first, without their content: get a request for it."""
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = approvals.page(transaction, scope, asked, state=state, campaign_id=campaign_id)
    return models.Approvals.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/approvals/times", tags=["Approvals"], operation_id="getApprovalTimes")
def get_times(
    scope: Scope = "to_decide",
    days: Annotated[int, Query(description="Requests of how many days are counted.", ge=1, le=366)] = 90,
) -> models.ApprovalTimes:
    """Say how long requests of the last days waited for a decision: the median and the 90th percentile."""
    with edge.as_caller(router) as cursor:
        return models.ApprovalTimes(**approvals.times(cursor, scope, days=days))


@router.get("/approvals/<approval_id>", tags=["Approvals"], operation_id="getApproval")
def get_approval(approval_id: UUID) -> models.ApprovalDetail:
    """Get a request with the content that it is about."""
    with edge.as_caller(router) as cursor:
        return models.ApprovalDetail(**approvals.get(cursor, approval_id))


@router.post("/approvals/<approval_id>/approve", tags=["Approvals"], operation_id="approve")
def approve(approval_id: UUID) -> models.Approval:
    """Approve the content of a message or post.

    Any later change of the content ends the approval. Harmless when repeated. Only for the campaign's creator and
    admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Approval(**approvals.approve(cursor, approval_id))


@router.post("/approvals/<approval_id>/refuse", tags=["Approvals"], operation_id="refuseApproval")
def refuse(approval_id: UUID, body: models.Refusal) -> models.Approval:
    """Refuse the content of a message or post, with a reason.

    Possible until it is sent, also after it was approved. Only for the campaign's creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Approval(**approvals.refuse(cursor, approval_id, body.reason))


@router.post("/approvals/<approval_id>/remind", tags=["Approvals"], operation_id="remindOfApproval")
def remind(approval_id: UUID) -> models.Approval:
    """Remind the campaign's creator of a request that waits, by a notice.

    At most once a day (409, `reminded-already`, with `remind_from`). Only for whoever asked.
    """
    with edge.as_caller(router) as cursor:
        return models.Approval(**approvals.remind(cursor, approval_id))
