"""Who gets which variant: the share is kept, no variant is preferred, and one plan says nothing about another."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sending.recipients.split import Split

COUNT = 20_000
HASHES = [sha256(str(n).encode()).digest() for n in range(COUNT)]


def split(plan: int = 1, share: int = 50, variants: int = 2) -> Split:
    return Split(send_plan_id=UUID(int=plan), share=share, variants=variants)


@pytest.mark.parametrize(("share", "variants"), [(1, 5), (20, 2), (50, 3), (99, 5)])
def test_the_share_is_kept_and_split_evenly(share: int, variants: int) -> None:
    counts = Counter(map(split(share=share, variants=variants).variant, HASHES))
    assert set(counts) == {None, *range(1, variants + 1)}
    each = COUNT * share / 100 / variants
    # Within five standard deviations.
    assert all(abs(counts[n] - each) < 5 * each**0.5 for n in range(1, variants + 1))
    rest = COUNT * (1 - share / 100)
    assert abs(counts[None] - rest) < 5 * max(rest, each) ** 0.5


def test_another_plan_splits_independently() -> None:
    first, second = (list(map(split(plan).variant, HASHES)) for plan in (1, 2))
    both = Counter((a, b) for a, b in zip(first, second, strict=True) if a and b)
    assert all(abs(number - COUNT / 16) < 5 * (COUNT / 16) ** 0.5 for number in both.values())
    assert len(both) == 4


@given(st.binary(min_size=32, max_size=32), st.integers(1, 99), st.integers(2, 5))
def test_everybody_has_one_place_which_stays(address_hash: bytes, share: int, variants: int) -> None:
    chosen = split(share=share, variants=variants).variant(address_hash)
    assert chosen is None or 1 <= chosen <= variants
    assert chosen == split(share=share, variants=variants).variant(address_hash)
