"""Requesting sends and test sends: the work behind each channel's routes. `app` is the router that was called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow
from pydantic import BaseModel

from ddp import cursors, edge, idempotency
from ddp.channels import Channel
from ddp.errors import Conflict
from ddp.queries.campaigns import approvals
from ddp.queries.files import asset_uses
from ddp.queries.messages import drafts, requests, test_sends
from ddp.queries.sending import plans
from functions.sending import hints
from functions.sending.messages import PlanSend, SendTest
from functions.sending.models import EarlierSend
from functions.sending.operations import earlier, ending

# A page of test sends, as a channel's model shows it.
ShowTests = Callable[[dict[str, Any]], BaseModel]


def send(
    app: edge.App,
    channel: Channel,
    key: str | None,
    channel_campaign_id: UUID,
    *,
    audience: BaseModel,
    scheduled_at: datetime | None,
    options: Mapping[str, Any],
    show: Callable[[DictRow], BaseModel],
    plan_queue_url: str,
) -> Response[Any]:
    """Request a send, and tell the planner. A send that waits for approval is refused, and asks for the approval.

    `show` gets what ddp.queries.messages.requests.send returns, and `warnings`: sentences.
    """

    def work(cursor: Cursor[DictRow]) -> DictRow:
        plan = requests.send(
            cursor,
            channel,
            channel_campaign_id,
            audience=audience.model_dump(mode="json", exclude_none=True),
            scheduled_at=scheduled_at,
            options=options,
        )
        ends = ending.warnings(asset_uses.ending_of_plan(cursor, plan["send_plan_id"]))
        return plan | {"warnings": [*ends, *_warnings(cursor, channel, audience)]}

    try:
        done = idempotency.perform(app, key, work, show, status=202)
    except Conflict as refusal:
        raise _asked(app, channel_campaign_id, refusal) from None
    if done.result is not None:
        _tell_planner(done.result, plan_queue_url)
    return done.answer


def test(
    app: edge.App,
    channel: Channel,
    key: str | None,
    channel_campaign_id: UUID,
    *,
    recipients: Sequence[str],
    template_data: Mapping[str, Any],
    show: ShowTests,
    send_queue_url: str,
) -> Response[Any]:
    """Request test sends, and send hints about them."""

    def work(cursor: Cursor[DictRow]) -> list[DictRow]:
        return test_sends.request(cursor, channel, channel_campaign_id, recipients, template_data)

    def shown(rows: list[DictRow]) -> BaseModel:
        return show({"items": rows, "next_cursor": None})

    done = idempotency.perform(app, key, work, shown, status=202)
    if done.result:
        tests = [SendTest(test_send_id=row[f"{channel.name}_test_send_id"]) for row in done.result]
        hints.tell(send_queue_url, tests, sender=done.result[0]["created_by_user_id"])
    return done.answer


def tests(
    app: edge.App, channel: Channel, channel_campaign_id: UUID, *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of test sends and their results, newest first: `items` and `next_cursor`."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(app) as transaction:
        drafts.get(transaction, channel, channel_campaign_id)
        rows, next_cursor = test_sends.page(
            transaction, channel, channel_campaign_id, after=after, limit=limit
        )
    return {"items": rows, "next_cursor": next_cursor}


def _asked(app: edge.App, channel_campaign_id: UUID, refusal: Conflict) -> Conflict:
    """The refusal. If the message waits for approval: after asking for it, which the refused transaction cannot do."""
    if refusal.code != "waits-for-approval":
        return refusal
    with edge.as_caller(app) as cursor:
        approval = approvals.request(cursor, channel_campaign_id)
    extra = refusal.extra | {"approval_id": str(approval["approval_id"])}
    return Conflict(refusal.detail, code=refusal.code, extra=extra)


def _warnings(cursor: Cursor[DictRow], channel: Channel, audience: BaseModel) -> list[str]:
    if not isinstance(audience, EarlierSend):
        return []
    return earlier.warnings(drafts.group_size(cursor, channel, audience.id, audience.who))


def _tell_planner(plan: DictRow, plan_queue_url: str) -> None:
    # Of what is read only when it is due, reconciliation tells the planner then.
    if plan["is_due"] or plan["source"] not in plans.READ_WHEN_DUE:
        work = [PlanSend(send_plan_id=plan["send_plan_id"])]
        hints.tell(plan_queue_url, work, sender=plan["created_by_user_id"])
