"""Planning: puts the recipients of a requested send into the ledger, one batch per transaction, and tells the senders.

Messages are delivered at least once, so planning continues after the last committed batch. A planner works under a
lease, and a message that comes meanwhile changes nothing. If a lease ended too early and two planners work on one plan,
the second finds that its batch is committed already and leaves the rest to the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues
from ddp.errors import Invalid
from ddp.observability import count, logger
from ddp.queries import leases
from ddp.queries.sending import chunks, plans, recipients
from ddp.queries.sending.plans import Plan, Progress
from ddp.queries.sending.recipients import Batch, Runs
from functions.sending import hints
from functions.sending.channels.planner import Planner
from functions.sending.forecasting.stage import Forecasting
from functions.sending.messages import ForecastSend, PlanSend, SendChunk, parse, serialise
from functions.sending.recipients import sources
from functions.sending.recipients.sources import BATCH_SECONDS, RESERVE
from functions.sending.unplannable import Unplannable

# Seconds: the longest time that a queue can delay a message. Reconciliation tells about what is due later.
LONGEST_DELAY = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """The plan stage of one channel."""

    planner: Planner
    plan_queue_url: str
    send_queue_url: str

    def process(self, record: SQSRecord, context: LambdaContext) -> None:
        """Plan what one queue message names, or forecast it."""
        message = parse(record.body)
        if isinstance(message, ForecastSend):
            Forecasting(planner=self.planner, queue_url=self.plan_queue_url).process(message, record, context)
            return
        if not isinstance(message, PlanSend):
            logger.warning("not a message of this queue: dropped", body=record.body)
            return
        logger.append_keys(send_plan_id=str(message.send_plan_id))
        with _transaction() as cursor:
            plan = plans.get(cursor, self.planner.channel, message.send_plan_id)
        if plan is not None and plan.request_id:
            logger.set_correlation_id(plan.request_id)  # reconciliation's message has none
        if plan is None or plan.is_over:
            logger.info("nothing to plan")
        elif not self._postpone_if_audience_not_due(plan):
            with leases.held(plans.LEASED, plan.send_plan_id, partial(queues.pause, record)) as lost:
                if lost is None:
                    logger.info("nothing to plan, or another planner is at work")
                else:
                    self._plan(plan, lost, lambda: context.get_remaining_time_in_millis() < RESERVE)

    def _postpone_if_audience_not_due(self, plan: Plan) -> bool:
        """What changes until then is read when the plan's time has come, not when the send was requested."""
        seconds = plan.seconds_until_audience
        if plan.audience["source"] not in plans.READ_WHEN_DUE or seconds <= 0:
            return False
        if seconds <= LONGEST_DELAY:
            self._plan_again(plan, delay=int(seconds) + 1)
        return True

    def _plan(self, plan: Plan, lost_leases: int, time_is_short: Callable[[], bool]) -> None:
        try:
            _require_that_planners_survive(lost_leases)
            self._prepare(plan)
            # One thread does all database work, so that this thread reads on while the database works.
            with ThreadPoolExecutor(max_workers=1) as database:
                last_batch_no = self._plan_batches(plan, database, time_is_short)
            if last_batch_no is not None:
                _finish(plan, last_batch_no)
        except Unplannable as failure:
            with _transaction() as cursor:
                plans.lock_plan(cursor, plan.send_plan_id, counts_as_served=False)
                plans.fail(cursor, plan.send_plan_id, code=failure.code, reason=failure.reason)
                recipients.clear_pending(cursor, plan)
            logger.info("the plan failed", code=failure.code)

    def _prepare(self, plan: Plan) -> None:
        """What is the same for all recipients is done once, before the first of them is planned."""
        if plan.is_prepared:
            return
        content = self.planner.prepare(plan)
        variants = {
            own.variant: self.planner.prepare(
                replace(plan, content=own.content, text_content=own.text_content)
            )
            for own in plan.variants
            if own.content is not None
        }
        with _transaction() as cursor:
            for variant, of_variant in variants.items():
                plans.store_prepared_variant(
                    cursor, plan.send_plan_id, variant, html=of_variant.html, text=of_variant.text
                )
            plans.store_prepared(
                cursor,
                plan.send_plan_id,
                html=content.html,
                text=content.text,
                call_size=min(prepared.call_size for prepared in (content, *variants.values())),
            )

    def _plan_batches(self, plan: Plan, database: Executor, time_is_short: Callable[[], bool]) -> int | None:
        """Write each batch while the next one is read. Returns the last batch's number; None: this planner stops."""
        progress = database.submit(_progress, plan).result()
        runs: Runs = {}
        return sources.walk(
            self._batches(plan, progress, database),
            lambda batch: self._write(plan, batch, runs),
            database,
            last_no=progress.batch_no,
            time_is_short=time_is_short,
            go_on_later=lambda: self._plan_again(plan),
        )

    def _batches(self, plan: Plan, progress: Progress, database: Executor) -> Iterator[Batch]:
        """The batches that the plan's source holds after the last committed one."""
        return sources.batches(
            self.planner,
            plan,
            batch_no=progress.batch_no,
            records_read=progress.records_read,
            after_user_id=progress.after_user_id,
            run=lambda read: database.submit(read).result(),
        )

    def _write(self, plan: Plan, batch: Batch, runs: Runs) -> bool:
        """Commit one batch and tell the senders. Returns False if planning is over or another planner has it."""
        try:
            with _transaction() as cursor:
                progress = plans.lock_plan(cursor, plan.send_plan_id)
                if not _is_ours(progress, batch.batch_no - 1):
                    return False
                sources.judge(cursor, self.planner, plan, batch, runs)
                counts = recipients.add_batch(cursor, plan, batch, progress, runs)
        except Invalid as error:
            # Another attempt would end the same way, for ever.
            logger.exception("the database refuses a batch")
            raise Unplannable(
                "unusable-recipients",
                "A recipient's data cannot be stored: look for unusual characters in the file, and send again.",
            ) from error
        logger.info("batch", batch_no=batch.batch_no, planned=counts.planned, suppressed=counts.suppressed)
        if counts.planned:
            self._tell_senders(plan, progress.last_chunk_no)
        return True

    def _tell_senders(self, plan: Plan, last_chunk_no: int) -> None:
        """Hints about the chunks of one batch that are due soon. Reconciliation tells about the others."""
        with _transaction() as cursor:
            due = chunks.due_soon(cursor, plan.send_plan_id, after_chunk_no=last_chunk_no)
        for delay, group in groupby(due, key=lambda chunk: chunk.delay):  # due_soon orders by it
            work = [SendChunk(send_plan_id=plan.send_plan_id, chunk_no=chunk.chunk_no) for chunk in group]
            if not hints.tell(self.send_queue_url, work, delay=delay, sender=plan.created_by_user_id):
                return
        with _transaction() as cursor:
            chunks.mark_queued(cursor, plan.send_plan_id, [chunk.chunk_no for chunk in due])

    def _plan_again(self, plan: Plan, *, delay: int = 0) -> None:
        """Leave the rest to another invocation, which has its own time."""
        body = serialise(PlanSend(send_plan_id=plan.send_plan_id))
        queues.send(self.plan_queue_url, [body], delay=delay, group=str(plan.created_by_user_id))


def _require_that_planners_survive(lost_leases: int) -> None:
    if lost_leases >= leases.LOST_AT_MOST:
        raise Unplannable(
            "planning-crashes",
            f"Planning ended unexpectedly {lost_leases} times at the same place: ask an administrator to look at it.",
        )


def _progress(plan: Plan) -> Progress:
    with _transaction() as cursor:
        return plans.lock_plan(cursor, plan.send_plan_id, counts_as_served=False)


def _is_ours(progress: Progress, batch_no: int) -> bool:
    if progress.is_cancelled or progress.is_over or progress.batch_no != batch_no:
        logger.info("cancelled, over, or planned by another planner", batch_no=progress.batch_no)
        return False
    return True


def _finish(plan: Plan, batch_no: int) -> None:
    """Everything was read: the plan is complete, unless it has no recipients."""
    with _transaction() as cursor:
        if not _is_ours(plans.lock_plan(cursor, plan.send_plan_id, counts_as_served=False), batch_no):
            return
        total = plans.finish(cursor, plan.send_plan_id)
        recipients.store_total(cursor, plan, total.recipients)
    if not total.recipients:
        raise Unplannable(
            "no-recipients",
            f"No recipient can be used; {total.rejected:,} were rejected: export the rejections to see why.",
        )
    with _transaction() as cursor:
        recipients.complete(cursor, plan.channel, [plan.send_plan_id])
    count(planned=total.recipients)
    logger.info("planned", recipients=total.recipients, rejected=total.rejected)


def _transaction() -> Any:
    return db.transaction(role="service_role", timeout_seconds=BATCH_SECONDS)
