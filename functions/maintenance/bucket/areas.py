"""The parts of the bucket: what should be in each, and when something else in it is an orphan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg.rows import DictRow

from ddp.links import hosted_images
from ddp.providers import s3
from functions.maintenance.bucket.merging import Expected

# Nothing that is younger is an orphan: its row may be about to be written.
YOUNG = timedelta(hours=48)

# Comes after everything that belongs to one file: keys go on with nothing, `.` or `/`.
_BEHIND = "~"


def _files(row: DictRow) -> Iterator[Expected]:
    yield Expected(
        key=s3.file_key(row["file_id"]),
        is_leaving=row["is_purged"],
        size=row["file_size"],
        sha256=row["content_sha256"],
    )


def _thumbnails(row: DictRow) -> Iterator[Expected]:
    for width in row["thumbnail_widths"]:
        yield Expected(key=s3.thumbnail_key(row["file_id"], width), is_leaving=row["is_purged"])


def _hosted(row: DictRow) -> Iterator[Expected]:
    """Always as if it were leaving: a revoked one must never be restored; its owner can have a missing one made."""
    for key in sorted(filter(None, map(hosted_images.key, row["hosted_tokens"]))):
        yield Expected(key=key, is_leaving=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Objects below `prefix`, and what a row of `files` says is in it.

    None: no row keeps an object in it, because the bucket's lifecycle rules end all of them at that age. An object that
    is two days older shows that they do not.
    """

    prefix: str
    old_after: timedelta = YOUNG
    expected: Callable[[DictRow], Iterator[Expected]] | None = None

    def last_key_of(self, file_id: UUID) -> str:
        """A key behind all those of this file and before those of the next."""
        return f"{self.prefix}{file_id}{_BEHIND}"


# In the order in which a run compares them. Ages of the last three: infra/constructs/data/bucket.py.
AREAS = {
    "files": Area(prefix="files/", expected=_files),
    "thumbnails": Area(prefix="thumbnails/", expected=_thumbnails),
    "hosted": Area(prefix="hosted/", expected=_hosted),
    "incoming": Area(prefix="incoming/", old_after=timedelta(days=1) + YOUNG),
    "exports": Area(prefix="exports/", old_after=timedelta(days=7) + YOUNG),
    "social": Area(prefix="social/", old_after=timedelta(days=7) + YOUNG),
}
REMOVE = "remove"
STEPS = (*AREAS, REMOVE)


def file_id_in(key: str) -> UUID | None:
    """The file that an object of files/ or thumbnails/ belongs to; None: the key names none."""
    prefix, _, rest = key.partition("/")
    if prefix not in {"files", "thumbnails"}:
        return None
    try:
        return UUID(rest.partition("/")[0])
    except ValueError:
        return None
