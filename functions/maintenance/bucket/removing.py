"""The last step of a comparison: removes the orphans that were already there a week ago."""

from __future__ import annotations

from collections.abc import Sequence

from ddp import db
from ddp.observability import logger
from ddp.providers import s3
from ddp.queries.maintenance import bucket
from ddp.queries.maintenance.bucket import Counts, Run
from functions.maintenance.bucket.areas import REMOVE, file_id_in
from functions.maintenance.bucket.comparing import most_orphans

# Objects that are removed before the place moves on.
PORTION = 500
# More orphans than one object in so many are a mistake of somebody's too, unless an operator has allowed them.
SHARE = 100


def too_many(run: Run) -> bool:
    """Whether the orphans are so many that something else must be wrong: then nothing is touched."""
    share_is_exceeded = run.orphans_allowed is None and run.orphans * SHARE > run.objects
    return run.orphans > most_orphans(run) or share_is_exceeded


def remove(run: Run) -> bool:
    """Remove the next portion of orphans, or end the run. False: there is nothing left to do for this worker."""
    if too_many(run):
        # An error, so that the function's alarm goes off.
        logger.error(
            "too many objects have no row: none was touched", orphans=run.orphans, objects=run.objects
        )
        return _finish(run, "too-many-orphans")
    if run.is_dry:
        return _finish(run, "complete")
    with db.transaction(role="service_role") as cursor:
        due = bucket.due(cursor, run, limit=PORTION)
        claimed = bucket.claimed(cursor, {found for key in due if (found := file_id_in(key))})
    if not due:
        return _finish(run, "complete")
    unclaimed = [key for key in due if file_id_in(key) not in claimed]
    if unclaimed:
        s3.delete_all(unclaimed)  # leaves delete markers: for a month, the bucket still has the versions
    return _record(run, due, unclaimed)


def _record(run: Run, due: Sequence[str], removed: Sequence[str]) -> bool:
    with db.transaction(role="service_role") as cursor:
        counts = Counts(removed=len(removed))
        if not bucket.advance(
            cursor, run, counts, step=REMOVE, after_key=due[-1], from_file_id=run.from_file_id
        ):
            return False
        bucket.forget(cursor, removed)
        logger.info("removed objects without a row", count=len(removed))
        return True


def _finish(run: Run, outcome: str) -> bool:
    with db.transaction(role="service_role") as cursor:
        bucket.finish(cursor, run, outcome=outcome)
    return False
