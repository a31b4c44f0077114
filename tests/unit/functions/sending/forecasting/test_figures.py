"""Figures of samples: their bounds hold as often as they say."""

from __future__ import annotations

import random

import pytest

from functions.sending.forecasting.figures import Figure, Sample, Whole
from functions.sending.forecasting.tally import Rejected, Tally

pytestmark = pytest.mark.thorough


def rejected(tally: Tally) -> float:
    return tally.rejected["x"].count if "x" in tally.rejected else 0


def block(records: int, bad: int) -> Tally:
    return Tally(records=records, weight=records * 50.0, rejected={"x": Rejected(reason="X.", count=bad)})


def test_what_was_read_whole_has_no_error() -> None:
    assert Whole(block(10, 3)).figure(rejected) == Figure(3, 3, 3)


def test_a_sample_of_everything_has_no_error() -> None:
    sample = Sample([block(10, 3), block(10, 0)], 1_000)
    assert sample.share == 1
    assert sample.figure(rejected) == Figure(3, 3, 3)


def test_it_is_scaled_by_the_bytes_that_were_read() -> None:
    sample = Sample([block(10, 3), block(10, 3)], 10_000)
    assert sample.figure(rejected) == pytest.approx((60, 60, 60))
    assert sample.figure(lambda tally: tally.records) == pytest.approx((200, 200, 200))


def test_never_less_than_the_sample_itself_has() -> None:
    sample = Sample([block(10, 1), *(block(10, 0) for _ in range(9))], 50_000)
    value, low, high = sample.figure(rejected)
    assert (value, low) == (10, 1)
    assert high > 20


def test_the_bounds_hold_in_19_of_20_cases() -> None:
    """Files in which what is bad comes in clusters, as in real ones."""
    rng, held, cases = random.Random(7), 0, 400
    for _ in range(cases):
        blocks = []
        for _ in range(300):
            records = rng.randrange(700, 1_300)
            share = rng.choice([0.01, 0.01, 0.02, 0.3])
            blocks.append(block(records, round(records * share)))
        truth = sum(map(rejected, blocks))
        size = sum(each.weight for each in blocks)
        _, low, high = Sample(rng.sample(blocks, 60), size).figure(rejected)
        held += low <= truth <= high
    assert 0.91 < held / cases < 0.985
