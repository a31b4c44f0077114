"""Compares two sorted lists page by page: the bucket's listing, and what the tables say should be in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ddp.providers.s3_inventory import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An object that a row says is there; size in bytes and hash where the row knows them.

    `is_leaving`: it may be there or not, because its file was purged and a worker deletes its objects.
    """

    key: str
    is_leaving: bool = False
    size: int | None = None
    sha256: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What both pages cover: everything up to the key `upto`; None: everything to the end."""

    upto: str | None
    extra: Sequence[Stored]
    missing: Sequence[Expected]
    both: Sequence[tuple[Stored, Expected]]

    @property
    def objects(self) -> int:
        """How many objects the bucket has in it."""
        return len(self.extra) + len(self.both)

    @property
    def expected(self) -> int:
        """How many objects the tables say are in it."""
        return len(self.missing) + len(self.both)


def merge(
    stored: Sequence[Stored],
    stored_until: str | None,
    expected: Sequence[Expected],
    expected_until: str | None,
) -> Merged:
    """Compare two pages in key order. Each `until` is the last key that its page speaks for; None: to the end.

    Only the keys that both pages speak for are compared; the next pages begin after `upto`.
    """
    ends = [end for end in (stored_until, expected_until) if end is not None]
    upto = min(ends) if ends else None
    there: Mapping[str, Stored] = {each.key: each for each in stored if upto is None or each.key <= upto}
    wanted = {each.key: each for each in expected if upto is None or each.key <= upto}
    return Merged(
        upto=upto,
        extra=[each for key, each in there.items() if key not in wanted],
        missing=[each for key, each in wanted.items() if key not in there and not each.is_leaving],
        both=[(each, wanted[key]) for key, each in there.items() if key in wanted],
    )
