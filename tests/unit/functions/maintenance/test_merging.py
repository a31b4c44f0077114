"""Two sorted lists, compared page by page, give what comparing them whole gives."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ddp.providers.s3_inventory import Stored
from functions.maintenance.bucket.merging import Expected, merge

NOW = datetime(2026, 11, 29, tzinfo=UTC)
KEYS = st.sets(st.text(alphabet="0ab/~\u00e4", min_size=1, max_size=4), max_size=30)


def page(keys: list[str], after: str, size: int) -> tuple[list[str], str | None]:
    """A page of the keys after a place, and the last key that it speaks for; None: all."""
    left = [key for key in keys if key > after]
    return left[:size], left[size - 1] if len(left) > size else None


@given(stored=KEYS, expected=KEYS, size=st.integers(1, 7), rows=st.integers(1, 7))
def test_pages_add_up_to_the_whole(stored: set[str], expected: set[str], size: int, rows: int) -> None:
    extra: list[str] = []
    missing: list[str] = []
    both: list[str] = []
    after, portions = "", 0
    while after is not None:
        objects, objects_until = page(sorted(stored), after, size)
        wanted, wanted_until = page(sorted(expected), after, rows)
        merged = merge(
            [Stored(key=key, size=1, modified_at=NOW) for key in objects],
            objects_until,
            [Expected(key=key) for key in wanted],
            wanted_until,
        )
        assert merged.objects <= size
        assert merged.expected <= rows
        extra += [each.key for each in merged.extra]
        missing += [each.key for each in merged.missing]
        both += [each.key for each, _ in merged.both]
        after, portions = merged.upto, portions + 1
    assert sorted(extra) == sorted(stored - expected)
    assert sorted(missing) == sorted(expected - stored)
    assert sorted(both) == sorted(stored & expected)
    assert portions <= len(stored | expected) + 1
