"""A send was requested: put its recipients into the ledger, a batch a transaction, and tell the senders.

Messages come at least once. Whatever was committed stands: planning goes on after the last batch, and of two planners
of one plan the second finds that batch taken and leaves the rest to the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from ddp import db, queues, rendering, settings
from ddp.errors import Invalid, Transient
from ddp.observability import logger
from ddp.queries.sending import plans as send_plans
from ddp.queries.sending import recipients
from ddp.queries.sending.plans import Plan, Progress
from ddp.queries.sending.recipients import Batch, DueChunk, Member, Times
from functions.sending.batches import RECORDS, cut
from functions.sending.messages import PlanSend, SendChunk, parse, serialise
from functions.sending.recipients import audience as audience_source
from functions.sending.recipients import csv_file as csv_source
from functions.sending.recipients import listed as list_source
from functions.sending.unplannable import Unplannable

PLAN_QUEUE = settings.required("DDP_EMAIL_PLAN_QUEUE_URL")
SEND_QUEUE = settings.required("DDP_EMAIL_SEND_QUEUE_URL")

# Milliseconds of the function's time that are left for what is under way.
RESERVE = 25_000
# Seconds that a batch may take in the database.
BATCH_SECONDS = 60
# Seconds: a queue delays no message for longer. What is due later is told by reconciliation.
LONGEST_DELAY = 900

IsShort = Callable[[], bool]


def process(record: SQSRecord, context: LambdaContext) -> None:
    """Plan what one message names."""
    message = parse(record.body)
    if not isinstance(message, PlanSend):
        logger.warning("not a plan's message: dropped", body=record.body)
        return
    logger.append_keys(send_plan_id=str(message.send_plan_id))
    with _transaction() as cursor:
        plan = send_plans.get(cursor, message.send_plan_id)
    if plan is None or plan.is_over:
        logger.info("nothing to plan")
    elif not _waits(plan):
        _plan(plan, lambda: context.get_remaining_time_in_millis() < RESERVE)


def _waits(plan: Plan) -> bool:
    """Who belongs to a target audience is decided when the time has come, not when sending was requested."""
    seconds = plan.seconds_until_audience
    if plan.audience["source"] != "target_audience" or seconds <= 0:
        return False
    if seconds <= LONGEST_DELAY:
        _plan_again(plan, delay=int(seconds) + 1)
    return True


def _plan(plan: Plan, is_short: IsShort) -> None:
    try:
        _prepare(plan)
        # All that concerns the database is done by one thread, which waits for it while this one reads on.
        with ThreadPoolExecutor(max_workers=1) as database:
            done = _plan_batches(plan, database, is_short)
        if done is not None:
            _finish(plan, done)
    except Unplannable as failure:
        with _transaction() as cursor:
            send_plans.take_turn(cursor, plan.send_plan_id, serving=False)
            send_plans.fail(cursor, plan.send_plan_id, code=failure.code, reason=failure.reason)
        logger.info("the plan failed", code=failure.code)


def _prepare(plan: Plan) -> None:
    """What is the same for all recipients is done once, before there are any."""
    if plan.is_prepared:
        return
    try:
        prepared = rendering.prepare(plan.content, plan.text_content)
    except Invalid as error:
        raise Unplannable("unusable-content", error.detail) from error
    # SES takes attachments one message at a time only.
    call_size = 1 if plan.has_attachments else prepared.call_size
    with _transaction() as cursor:
        send_plans.store_prepared(
            cursor, plan.send_plan_id, html=prepared.html, text=prepared.text, call_size=call_size
        )


def _plan_batches(plan: Plan, database: Executor, is_short: IsShort) -> int | None:
    """Write each batch while the next one is read; the number of the last, or None where this planner has to stop."""
    progress = database.submit(_progress, plan).result()
    times: Times = {}
    written: Future[bool] | None = None
    batch_no = progress.batch_no
    for batch in _batches(plan, progress, database):
        if written is not None and not written.result():
            return None
        if written is not None and is_short():
            _plan_again(plan)
            return None
        written = database.submit(_write, plan, batch, times)
        batch_no = batch.batch_no
    return batch_no if written is None or written.result() else None


def _batches(plan: Plan, progress: Progress, database: Executor) -> Iterator[Batch]:
    """What the source holds after the last committed batch."""
    next_no, skip, audience = progress.batch_no + 1, progress.records_read, plan.audience
    match audience["source"]:
        case "list":
            return cut(list_source.entries(audience["recipients"], skip), next_no, skip)
        case "file":
            file_id, sha256 = UUID(audience["file_id"]), audience["content_sha256"]
            if plan.file_sha256 is None or plan.file_sha256.hex() != sha256:
                raise Unplannable("file-gone", "The file of recipients is not one of the sender's.")
            csv_source.verify(file_id, sha256)
            return cut(csv_source.entries(file_id, skip), next_no, skip)
        case "target_audience":
            page = partial(_page, plan, database)
            return audience_source.batches(page, next_no, skip, progress.after_user_id)
    raise Unplannable("unknown-audience", "The source of the recipients is not known.")


def _progress(plan: Plan) -> Progress:
    with _transaction() as cursor:
        return send_plans.take_turn(cursor, plan.send_plan_id, serving=False)


def _page(plan: Plan, database: Executor, after: UUID | None) -> Sequence[Member]:
    return database.submit(_members, plan, after).result()


def _members(plan: Plan, after: UUID | None) -> Sequence[Member]:
    with _transaction() as cursor:
        return recipients.audience(cursor, plan, after=after, limit=RECORDS)


def _write(plan: Plan, batch: Batch, times: Times) -> bool:
    """Commit one batch and tell the senders; False where planning is over, or another planner's."""
    try:
        with _transaction() as cursor:
            progress = send_plans.take_turn(cursor, plan.send_plan_id)
            if not _is_ours(progress, batch.batch_no - 1):
                return False
            counts = recipients.add_batch(cursor, plan, batch, progress, times)
    except Invalid as error:
        # Trying again would end the same way, for ever.
        logger.exception("the database refuses a batch")
        raise Unplannable("unusable-recipients", "A recipient's data cannot be stored.") from error
    logger.info("batch", batch_no=batch.batch_no, planned=counts.planned, suppressed=counts.suppressed)
    if counts.planned:
        _tell_senders(plan, progress.last_chunk_no)
    return True


def _is_ours(progress: Progress, batch_no: int) -> bool:
    if progress.is_cancelled or progress.is_over or progress.batch_no != batch_no:
        logger.info("cancelled, over, or another planner is at it", batch_no=progress.batch_no)
        return False
    return True


def _tell_senders(plan: Plan, last_chunk_no: int) -> None:
    """Messages for what is due soon. They are hints: reconciliation tells what is not told here."""
    with _transaction() as cursor:
        chunks = recipients.due_chunks(cursor, plan.send_plan_id, last_chunk_no=last_chunk_no)
    try:
        for delay, group in groupby(chunks, key=lambda chunk: chunk.delay):
            bodies = (_body(plan, chunk) for chunk in group)
            queues.send(SEND_QUEUE, bodies, delay=delay, group=str(plan.created_by_user_id))
    except (Transient, BotoCoreError, ClientError):
        logger.exception("the senders are told later, by reconciliation")
        return
    with _transaction() as cursor:
        recipients.mark_queued(cursor, plan.send_plan_id, [chunk.chunk_no for chunk in chunks])


def _body(plan: Plan, chunk: DueChunk) -> str:
    return serialise(SendChunk(send_plan_id=plan.send_plan_id, chunk_no=chunk.chunk_no))


def _finish(plan: Plan, batch_no: int) -> None:
    """Everything was read: the plan stands, unless nobody is in it."""
    with _transaction() as cursor:
        if not _is_ours(send_plans.take_turn(cursor, plan.send_plan_id, serving=False), batch_no):
            return
        total = send_plans.finish(cursor, plan.send_plan_id)
    if not total.recipients:
        raise Unplannable("no-recipients", f"There is no usable recipient; {total.rejected:,} were rejected.")
    logger.info("planned", recipients=total.recipients, rejected=total.rejected)


def _plan_again(plan: Plan, *, delay: int = 0) -> None:
    """The rest in another invocation, which has its own time."""
    body = serialise(PlanSend(send_plan_id=plan.send_plan_id))
    queues.send(PLAN_QUEUE, [body], delay=delay, group=str(plan.created_by_user_id))


def _transaction() -> Any:
    return db.transaction(role="service_role", timeout_seconds=BATCH_SECONDS)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Plan what a batch of messages names; what may succeed later is reported as failed."""
    return queues.process(event, context, partial(process, context=context))
