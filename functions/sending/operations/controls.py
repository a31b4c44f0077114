"""Controlling a send: the work behind each channel's routes. `app` is the router that was called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow
from pydantic import BaseModel

from ddp import edge, idempotency
from ddp.channels import Channel
from ddp.queries.sending import controls
from ddp.queries.sending.controls import Outcome
from functions.sending import hints
from functions.sending.messages import SendChunk

# Each round cancels 20,000 recipients. Reconciliation cancels the rest, because an HTTP API waits for only 30 s.
_ROUNDS = 5

Show = Callable[[Outcome], BaseModel]


def pause(app: edge.App, channel: Channel, channel_campaign_id: UUID) -> Outcome:
    """Pause the send; see ddp.queries.sending.controls for what these functions return and raise."""
    with edge.as_caller(app) as cursor:
        return controls.pause(cursor, channel, channel_campaign_id)


def resume(app: edge.App, channel: Channel, channel_campaign_id: UUID, *, send_queue_url: str) -> Outcome:
    """Resume the send, and send hints about the chunks that are due."""
    with edge.as_caller(app) as cursor:
        outcome = controls.resume(cursor, channel, channel_campaign_id)
    _send_hints(send_queue_url, outcome)
    return outcome


def cancel(app: edge.App, channel: Channel, channel_campaign_id: UUID) -> Outcome:
    """Cancel the send. If `is_finished` is false, reconciliation cancels the remaining recipients."""
    for _ in range(_ROUNDS):
        with edge.as_caller(app) as cursor:
            outcome = controls.cancel(cursor, channel, channel_campaign_id)
        if outcome["is_finished"]:
            break
    return outcome


def retry(
    app: edge.App,
    channel: Channel,
    key: str | None,
    channel_campaign_id: UUID,
    failure_codes: Sequence[str] | None,
    show: Show,
    *,
    send_queue_url: str,
) -> Response[Any]:
    """Give failed recipients another attempt, and send hints."""

    def work(cursor: Cursor[DictRow]) -> Outcome:
        return controls.retry(cursor, channel, channel_campaign_id, failure_codes)

    return perform(app, key, work, show, send_queue_url)


def settle(
    app: edge.App,
    channel: Channel,
    key: str | None,
    channel_campaign_id: UUID,
    action: str,
    send_ids: Sequence[UUID] | None,
    show: Show,
    *,
    send_queue_url: str,
) -> Response[Any]:
    """Settle unknown results by hand, and send hints about those to retry."""

    def work(cursor: Cursor[DictRow]) -> Outcome:
        return controls.settle(cursor, channel, channel_campaign_id, action, send_ids)

    return perform(app, key, work, show, send_queue_url)


def progress(app: edge.App, channel: Channel, channel_campaign_id: UUID) -> Outcome:
    """The progress of the send, with `summary`: the state in words."""
    with edge.as_caller(app) as cursor:
        outcome = controls.progress(cursor, channel, channel_campaign_id)
    return outcome | {"summary": summary(outcome)}


def summary(progress: Outcome) -> str:
    """The state in words, such as "complete, 3 unknown"."""
    state: str = progress["state"]
    if progress["pause"] and state == "paused":
        return f"paused: {progress['pause']['reason']}"
    if progress["failure"]:
        unknown = f", {progress['unknown']:,} unknown" if progress["unknown"] else ""
        return f"failed{unknown}: {progress['failure']['reason']}"
    if state == "cancelled" and progress["in_flight"]:
        return f"cancelled, {progress['in_flight']:,} in flight"
    if progress["unknown"] and state in {"complete", "cancelled"}:
        return f"{state}, {progress['unknown']:,} unknown"
    if since := progress["stalled_since"]:
        return f"{state}, stalled since {datetime.fromisoformat(since):%Y-%m-%d %H:%M:%S %Z}"
    if state == "sending" and progress["ab_test"]:
        return f"sending{_of_test(progress['ab_test'])}"
    return state


def _of_test(test: dict[str, Any]) -> str:
    match test["status"]:
        case "waiting":
            decides_at = datetime.fromisoformat(test["decides_at"])
            return f": the rest waits for the A/B test until {decides_at:%Y-%m-%d %H:%M %Z}"
        case "asking":
            return ": the rest waits for a person to choose a variant"
        case "decided":
            return f": the rest gets variant {test['winner']}"
        case _:
            return ": the variants of the A/B test"


def perform(
    app: edge.App, key: str | None, work: Callable[[Cursor[DictRow]], Outcome], show: Show, queue_url: str
) -> Response[Any]:
    """Carry out a request once by its idempotency key, and send hints about the chunks that it made due."""
    done = idempotency.perform(app, key, work, show, status=200)
    if done.result is not None:
        _send_hints(queue_url, done.result)
    return done.answer


def _send_hints(queue_url: str, outcome: Outcome) -> None:
    plan_id = UUID(outcome["send_plan_id"])
    work = [SendChunk(send_plan_id=plan_id, chunk_no=number) for number in outcome["chunks"]]
    hints.tell(queue_url, work, sender=outcome["sender"])
