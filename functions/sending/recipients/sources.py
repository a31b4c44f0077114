"""The batches of a plan's recipients, whatever their source: what planning writes, and what a forecast only counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import chunking, db
from ddp.queries.sending import recipients
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Batch, Kind, Member, Runs
from functions.sending.batches import RECORDS, cut
from functions.sending.channels.planner import Planner, Reader
from functions.sending.recipients import audience, csv_file, earlier, listed, split
from functions.sending.recipients.split import Tested
from functions.sending.unplannable import Unplannable

# Seconds that one batch may take in the database.
BATCH_SECONDS = 60
# Milliseconds of the function's time that are kept for the batch under way.
RESERVE = 25_000

# Runs database work, and returns what that returns: planning has a thread for it.
Run = Callable[[Callable[[], Sequence[Member]]], Sequence[Member]]


def batches(
    planner: Planner, plan: Plan, *, batch_no: int, records_read: int, after_user_id: UUID | None, run: Run
) -> Iterator[Batch]:
    """The batches that follow batch `batch_no`, which ended with these records and this user. Raises Unplannable."""
    next_no, skip, reader, source = batch_no + 1, records_read, planner.reader(plan), plan.audience
    parts = split.of_plan(plan)
    match source["source"]:
        case "list":
            return cut(listed.entries(reader, source["recipients"], skip), reader, next_no, skip, parts)
        case "file":
            return cut(csv_file.entries(reader, _verified_file(plan), skip), reader, next_no, skip, parts)
        case "target_audience":

            def page(after: UUID | None) -> Sequence[Member]:
                return run(lambda: _members(plan, after))

            return audience.batches(page, reader, next_no, skip, after_user_id, parts)
        case "send":

            def again(after: UUID | None) -> Sequence[Member]:
                return run(lambda: _earlier(plan, reader, after))

            return audience.batches(again, reader, next_no, skip, after_user_id, parts)
    raise Unplannable("unknown-audience", "The source of the recipients is not known.")


def walk(
    found: Iterable[Batch],
    take: Callable[[Batch], bool],
    database: Executor,
    *,
    last_no: int,
    time_is_short: Callable[[], bool],
    go_on_later: Callable[[], None],
) -> int | None:
    """Let the database's thread `take` each batch while the next one is read.

    Returns the last batch's number; None if this worker stops: `take` returned False, or its time is short.
    """
    taken: Future[bool] | None = None
    for batch in found:
        if taken is not None and not taken.result():
            return None
        if taken is not None and time_is_short():
            go_on_later()
            return None
        taken = database.submit(take, batch)
        last_no = batch.batch_no
    return last_no if taken is None or taken.result() else None


def judge(cursor: Cursor[DictRow], planner: Planner, plan: Plan, batch: Batch, runs: Runs) -> None:
    """Reject whom only the database knows to be unusable; afterwards `runs` has the runs of all that are left."""
    planner.screen(cursor, plan, batch)
    if unknown := recipients.unknown_kinds(batch, runs):
        runs.update(_runs(cursor, planner, plan, unknown))


def _runs(
    cursor: Cursor[DictRow], planner: Planner, plan: Plan, kinds: Collection[Kind]
) -> Mapping[Kind, chunking.Run]:
    """When, how and at what price messages of each kind go. Variants of one kind differ in nothing else."""
    tested = [kind for kind in kinds if isinstance(kind, Tested)]
    if not tested:
        return planner.runs(cursor, plan, kinds)
    runs = planner.runs(cursor, plan, {kind for kind, _ in tested})
    return {each: runs[each.kind]._replace(variant=each.variant) for each in tested}


def own_file(plan: Plan) -> UUID:
    """The id of the plan's file of recipients. Raises Unplannable if the sender's file is not the chosen one."""
    if plan.file_sha256 is None or plan.file_sha256.hex() != plan.audience["content_sha256"]:
        raise Unplannable("file-gone", "The file of recipients is not one of the sender's.")
    return UUID(plan.audience["file_id"])


def _verified_file(plan: Plan) -> UUID:
    """The same, after reading the whole file: its content is still the one that was chosen."""
    file_id = own_file(plan)
    csv_file.verify(file_id, plan.audience["content_sha256"])
    return file_id


def _members(plan: Plan, after: UUID | None) -> Sequence[Member]:
    with db.transaction(role="service_role", timeout_seconds=BATCH_SECONDS) as cursor:
        return recipients.audience(cursor, plan, after=after, limit=RECORDS)


def _earlier(plan: Plan, reader: Reader, after: UUID | None) -> Sequence[Member]:
    with db.transaction(role="service_role", timeout_seconds=BATCH_SECONDS) as cursor:
        return earlier.page(cursor, plan, reader, after=after, limit=RECORDS)
