"""Planning: puts the recipients of a requested send into the ledger, one batch per transaction, and tells the senders.

Messages are delivered at least once, so planning continues after the last committed batch. A planner works under a
lease, and a message that comes meanwhile changes nothing. If a lease ended too early and two planners work on one plan,
the second finds that its batch is committed already and leaves the rest to the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues
from ddp.errors import Invalid
from ddp.observability import logger
from ddp.queries import leases
from ddp.queries.sending import chunks, plans, recipients
from ddp.queries.sending.plans import Plan, Progress
from ddp.queries.sending.recipients import Batch, Member, Times
from functions.sending import hints
from functions.sending.batches import RECORDS, cut
from functions.sending.channels.planner import Planner
from functions.sending.messages import PlanSend, SendChunk, parse, serialise
from functions.sending.recipients import audience, csv_file, listed
from functions.sending.unplannable import Unplannable

# Milliseconds of the function's time that are kept for the batch under way.
RESERVE = 25_000
# Seconds that one batch may take in the database.
BATCH_SECONDS = 60
# Seconds: the longest time that a queue can delay a message. Reconciliation tells about what is due later.
LONGEST_DELAY = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """The plan stage of one channel."""

    planner: Planner
    plan_queue_url: str
    send_queue_url: str

    def process(self, record: SQSRecord, context: LambdaContext) -> None:
        """Plan what one queue message names."""
        message = parse(record.body)
        if not isinstance(message, PlanSend):
            logger.warning("not a message of this queue: dropped", body=record.body)
            return
        logger.append_keys(send_plan_id=str(message.send_plan_id))
        with _transaction() as cursor:
            plan = plans.get(cursor, self.planner.channel, message.send_plan_id)
        if plan is None or plan.is_over:
            logger.info("nothing to plan")
        elif not self._postpone_if_audience_not_due(plan):
            with leases.held(plans.LEASED, plan.send_plan_id, partial(queues.pause, record)) as lost:
                if lost is None:
                    logger.info("nothing to plan, or another planner is at work")
                else:
                    self._plan(plan, lost, lambda: context.get_remaining_time_in_millis() < RESERVE)

    def _postpone_if_audience_not_due(self, plan: Plan) -> bool:
        """A target audience is read when its time has come, not when the send was requested."""
        seconds = plan.seconds_until_audience
        if plan.audience["source"] != "target_audience" or seconds <= 0:
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
        with _transaction() as cursor:
            plans.store_prepared(
                cursor,
                plan.send_plan_id,
                html=content.html,
                text=content.text,
                call_size=content.call_size,
            )

    def _plan_batches(self, plan: Plan, database: Executor, time_is_short: Callable[[], bool]) -> int | None:
        """Write each batch while the next one is read. Returns the last batch's number; None: this planner stops."""
        progress = database.submit(_progress, plan).result()
        times: Times = {}
        written: Future[bool] | None = None
        batch_no = progress.batch_no
        for batch in self._batches(plan, progress, database):
            if written is not None and not written.result():
                return None
            if written is not None and time_is_short():
                self._plan_again(plan)
                return None
            written = database.submit(self._write, plan, batch, times)
            batch_no = batch.batch_no
        return batch_no if written is None or written.result() else None

    def _batches(self, plan: Plan, progress: Progress, database: Executor) -> Iterator[Batch]:
        """The batches that the plan's source holds after the last committed one."""
        next_no, skip, planner, source = (
            progress.batch_no + 1,
            progress.records_read,
            self.planner,
            plan.audience,
        )
        match source["source"]:
            case "list":
                return cut(listed.entries(planner, source["recipients"], skip), planner, next_no, skip)
            case "file":
                file_id = _verified_file(plan)
                return cut(csv_file.entries(planner, file_id, skip), planner, next_no, skip)
            case "target_audience":

                def page(after: UUID | None) -> Sequence[Member]:
                    return database.submit(_members, plan, after).result()

                return audience.batches(page, planner, next_no, skip, progress.after_user_id)
        raise Unplannable("unknown-audience", "The source of the recipients is not known.")

    def _write(self, plan: Plan, batch: Batch, times: Times) -> bool:
        """Commit one batch and tell the senders. Returns False if planning is over or another planner has it."""
        try:
            with _transaction() as cursor:
                progress = plans.lock_plan(cursor, plan.send_plan_id)
                if not _is_ours(progress, batch.batch_no - 1):
                    return False
                counts = recipients.add_batch(cursor, plan, batch, progress, times)
        except Invalid as error:
            # Another attempt would end the same way, for ever.
            logger.exception("the database refuses a batch")
            raise Unplannable("unusable-recipients", "A recipient's data cannot be stored.") from error
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


def _verified_file(plan: Plan) -> UUID:
    """The id of the plan's file of recipients. Raises Unplannable if it is not the file that was chosen."""
    file_id, sha256 = UUID(plan.audience["file_id"]), plan.audience["content_sha256"]
    if plan.file_sha256 is None or plan.file_sha256.hex() != sha256:
        raise Unplannable("file-gone", "The file of recipients is not one of the sender's.")
    csv_file.verify(file_id, sha256)
    return file_id


def _progress(plan: Plan) -> Progress:
    with _transaction() as cursor:
        return plans.lock_plan(cursor, plan.send_plan_id, counts_as_served=False)


def _members(plan: Plan, after: UUID | None) -> Sequence[Member]:
    with _transaction() as cursor:
        return recipients.audience(cursor, plan, after=after, limit=RECORDS)


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
        raise Unplannable("no-recipients", f"There is no usable recipient; {total.rejected:,} were rejected.")
    with _transaction() as cursor:
        recipients.complete(cursor, plan.channel, [plan.send_plan_id])
    logger.info("planned", recipients=total.recipients, rejected=total.rejected)


def _transaction() -> Any:
    return db.transaction(role="service_role", timeout_seconds=BATCH_SECONDS)
