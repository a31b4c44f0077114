"""Queue social-publish: does the next step of posts. A message is only a hint that there may be work.

A batch has up to ten messages. Their posts are worked on at once, each by a thread that calls its platform outside of
transactions; all share the environment's one database connection for moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues
from ddp.observability import count, logger
from ddp.queries import heartbeats, leases
from ddp.queries.social import calls, steps
from ddp.queries.social.steps import DueStep, StepResult
from functions.social import hints, messages
from functions.social.steps import finalising, preparing, settling
from functions.social.steps.working import Work

LEASE = timedelta(seconds=25)


def work_on(post_ids: Sequence[UUID]) -> None:
    """Do what is due of these posts, and tell about the steps that follow soon."""
    worker = uuid4()
    with db.transaction(role="service_role") as cursor:
        begun = steps.begin(cursor, post_ids, worker=worker, lease=LEASE)
    if not begun:
        logger.info("nothing is due, or another worker has it")
        return
    with (
        leases.kept(lambda cursor: steps.renew(cursor, worker=worker, lease=LEASE)),
        ThreadPoolExecutor(len(begun)) as threads,
    ):
        # Told one by one: the delays of a quick step's followers do not wait for a slow one.
        for done in as_completed([threads.submit(_do, Work(step, worker)) for step in begun]):
            hints.tell(done.result())


def _do(work: Work) -> list[DueStep]:
    """Do one step. Never raises: if the database is away, the lease ends and reconciliation takes over."""
    step = work.step
    try:
        match step.step:
            case "finalise" | "comment":
                return _end(work, finalising.finalise(work, LEASE))
            case "confirm" | "settle":
                seen = settling.found(work)
                with db.transaction(role="service_role") as cursor:
                    calls.found(cursor, [seen], worker=work.worker)
                count(published=seen.outcome == "published")
                return []
        return _end(work, preparing.result(work))
    except Exception:  # noqa: BLE001 - one post's trouble is not that of others
        logger.exception("the step was not recorded", post_id=str(step.post_id), step=step.step)
        return []


def _end(work: Work, result: StepResult | None) -> list[DueStep]:
    if result is None:
        return []
    # Posts of several requests are worked on at once, so the id is that of this line alone.
    found_by: dict[str, Any] = {"correlation_id": work.step.request_id} if work.step.request_id else {}
    logger.info(
        "step", post_id=str(work.step.post_id), step=work.step.step, outcome=result.outcome, **found_by
    )
    with db.transaction(role="service_role") as cursor:
        return steps.end(cursor, [result], worker=work.worker)


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Do what a batch of messages hints at, all of it at once."""
    given = {messages.post_of(record["body"]) for record in event["Records"]}

    def work(_: SQSRecord) -> None:
        work_on([post_id for post_id in given if post_id is not None])

    return queues.process_first(event, context, work)
