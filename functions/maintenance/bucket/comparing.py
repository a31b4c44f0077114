"""One portion of a comparison: a page of the listing and a page of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from botocore.exceptions import ClientError
from psycopg.rows import DictRow

from ddp import db
from ddp.observability import logger
from ddp.providers import s3, s3_inventory
from ddp.providers.s3_inventory import Stored
from ddp.queries.maintenance import bucket
from ddp.queries.maintenance.bucket import Counts, Run
from functions.maintenance.bucket.areas import AREAS, STEPS, Area, file_id_in
from functions.maintenance.bucket.merging import Expected, Merged, merge

# Rows, and objects, of one portion.
PAGE = s3_inventory.PAGE
# One object in so many has its SHA-256 compared, others in each run.
SAMPLE = 100
# The largest object that is read for that, in bytes, where S3 does not know its SHA-256. Takes about 10 s.
READ = 1024**3
# Missing objects that one run restores, and findings of one kind that it records. More is a matter for a person.
MOST = 1_000


def compare(run: Run) -> bool:
    """Compare the next portion and record it. False: another worker has the run."""
    area = AREAS[run.step]
    rows = _rows(run, area)
    merged = _merged(run, area, rows)
    orphans = [each.key for each in merged.extra if _is_old(each, area)]
    missing = _confirmed(run, merged.missing)
    restored = {each for each in missing[: _room(run)] if _restored(each)} if not run.is_dry else set()
    compared, damaged = _damaged(run, merged.both)
    counts = Counts(
        objects=merged.objects,
        expected=merged.expected,
        orphans=len(orphans),
        missing=len(missing),
        restored=len(restored),
        compared=compared,
        damaged=len(damaged),
    )
    _tell(missing, len(restored), damaged)
    keys = {"orphan": orphans, "missing": [e.key for e in missing if e not in restored], "damaged": damaged}
    return _record(run, counts, _next(run, merged.upto, rows, area), keys)


def _rows(run: Run, area: Area) -> list[DictRow]:
    """Read before the listing, so that what was written in between is not missing."""
    if area.expected is None:
        return []
    with db.transaction(role="service_role") as cursor:
        return bucket.files(cursor, run.from_file_id, limit=PAGE)


def _merged(run: Run, area: Area, rows: Sequence[DictRow]) -> Merged:
    stored, is_last = s3_inventory.listing(area.prefix, after=run.after_key, limit=PAGE)
    expected = [each for row in rows for each in area.expected(row)] if area.expected else []
    return merge(
        stored,
        None if is_last else stored[-1].key,
        [each for each in expected if each.key > run.after_key],
        area.last_key_of(rows[-1]["file_id"]) if len(rows) == PAGE else None,
    )


def _is_old(each: Stored, area: Area) -> bool:
    return each.modified_at < datetime.now(UTC) - area.old_after


def _confirmed(run: Run, missing: Sequence[Expected]) -> list[Expected]:
    """Those that are really not there: since the listing an object may have been written, and a file purged.

    After MOST, the listing is believed: the bucket is the wrong one, or empty, and asking would take hours.
    """
    asked = _room(run)
    absent = [each for each in missing[:asked] if s3.etag(each.key) is None]
    # A file is purged before its objects are deleted: whose object is gone by then, says so by now.
    kept = _kept(each.key for each in absent)
    return [each for each in absent if file_id_in(each.key) in kept] + list(missing[asked:])


def _room(run: Run) -> int:
    """How many more missing objects this run looks for one by one."""
    return max(0, MOST - run.missing)


def _kept(keys: Iterable[str]) -> set[UUID]:
    ids = {file_id for key in keys if (file_id := file_id_in(key))}
    if not ids:
        return ids
    with db.transaction(role="service_role") as cursor:
        return bucket.claimed(cursor, ids)


def _restored(each: Expected) -> bool:
    return s3_inventory.restore(each.key, size=each.size)


def _damaged(run: Run, both: Sequence[tuple[Stored, Expected]]) -> tuple[int, list[str]]:
    """How many objects had their hash compared, and the keys of those of another length or hash."""
    damaged = [e.key for s, e in both if e.size not in {None, s.size}]
    sample = [e for _, e in both if e.sha256 and _is_sampled(run.bucket_run_id, e.key)]
    hashes = {each.key: _sha256(each.key) for each in sample}
    wrong = [e.key for e in sample if hashes[e.key] not in {None, e.sha256}]
    return sum(found is not None for found in hashes.values()), sorted({*damaged, *wrong})


def _is_sampled(bucket_run_id: UUID, key: str) -> bool:
    """The same answer if the portion is repeated, another one in each run."""
    drawn = hashlib.sha256(bucket_run_id.bytes + key.encode()).digest()
    return int.from_bytes(drawn[:4]) % SAMPLE == 0


def _sha256(key: str) -> bytes | None:
    try:
        return s3_inventory.sha256(key, most=READ)
    except ClientError as error:
        if not s3_inventory.gone(error):
            raise
        return None  # purged since the listing


def _tell(missing: Sequence[Expected], restored: int, damaged: Sequence[str]) -> None:
    """As an error, so that the function's alarm goes off."""
    if missing:
        logger.error(
            "objects of files were missing",
            keys=[each.key for each in missing[:20]],
            count=len(missing),
            restored=restored,
        )
    if damaged:
        logger.error("objects differ from their rows", keys=damaged[:20], count=len(damaged))


def _next(run: Run, upto: str | None, rows: Sequence[DictRow], area: Area) -> tuple[str, str, UUID]:
    """Step, key and file after which the next portion begins."""
    if upto is None:
        return STEPS[STEPS.index(run.step) + 1], "", UUID(int=0)
    done = [row["file_id"] for row in rows if f"{area.prefix}{row['file_id']}" <= upto]
    return run.step, upto, done[-1] if done else run.from_file_id


def _record(run: Run, counts: Counts, place: tuple[str, str, UUID], keys: dict[str, list[str]]) -> bool:
    step, after_key, from_file_id = place
    with db.transaction(role="service_role", timeout_seconds=30) as cursor:
        if not bucket.advance(
            cursor,
            run,
            counts,
            step=step,
            after_key=after_key,
            from_file_id=from_file_id,
            orphan_keys=keys["orphan"],
        ):
            return False
        if not run.is_dry:
            room = {"orphan": most_orphans(run) + 1 - run.orphans, "missing": _room(run)}
            for kind, found in keys.items():
                bucket.note(cursor, kind, found[: max(0, room.get(kind, MOST))])
        return True


def most_orphans(run: Run) -> int:
    """More orphans than these are a mistake of somebody's, such as a table that was restored from long ago."""
    return MOST if run.orphans_allowed is None else run.orphans_allowed
