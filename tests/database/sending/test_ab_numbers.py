"""What the numbers of an A/B test say, compared with the same test written with Python's own normal distribution."""

from __future__ import annotations

import random
from math import sqrt
from statistics import NormalDist
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from ddp.channels import EMAIL, Channel
from tests.database.sending.ledger import Ledger

Numbers = list[dict[str, Any]]


@pytest.fixture
def channel() -> Channel:
    """The numbers of both channels are judged by one function."""
    return EMAIL


def numbers(*pairs: tuple[int, int]) -> Numbers:
    """(delivered, clicked) of each variant, from A on."""
    return [
        {"variant": letter, "delivered": delivered, "clicked": clicked, "converted": 0}
        for letter, (delivered, clicked) in zip("ABCDE", pairs, strict=False)
    ]


def evaluated(ledger: Ledger, given: Numbers, metric: str = "clicks") -> dict[str, Any]:
    return ledger.value("select ddp.evaluate_ab_test(%s, %s)", metric, Jsonb(given))


def p_of(best: tuple[int, int], other: tuple[int, int]) -> float:
    (n1, x1), (n2, x2) = best, other
    both = (x1 + x2) / (n1 + n2)
    error = sqrt(both * (1 - both) * (1 / n1 + 1 / n2))
    return 2 * (1 - NormalDist().cdf(abs(x1 / n1 - x2 / n2) / error)) if error else 1.0


def is_enough(best: tuple[int, int], other: tuple[int, int]) -> bool:
    both = (best[1] + other[1]) / (best[0] + other[0])
    return min(best[0], other[0]) * min(both, 1 - both) >= 5


def test_p_is_that_of_the_normal_distribution(ledger: Ledger) -> None:
    values = [n / 50 for n in range(-400, 401)]
    rows = ledger.query("select z, ddp.two_sided_p(z) as p from unnest(%s::double precision[]) z", values)
    for row in rows:
        assert row["p"] == pytest.approx(2 * NormalDist().cdf(-abs(row["z"])), rel=2e-7)
    assert ledger.value("select ddp.two_sided_p(1000)") == 0


def test_random_numbers_are_judged_as_holm_does(ledger: Ledger) -> None:
    chance = random.Random(7)
    verdicts = []
    for _ in range(150):
        pairs = []
        for _ in range(chance.randint(2, 5)):
            delivered = chance.choice([0, 7, 300, 2_000])
            pairs.append(
                (delivered, min(delivered, round(delivered * chance.choice([0, 0.03, 0.04, 0.06, 1]))))
            )
        found = evaluated(ledger, numbers(*pairs))
        rates = [clicked / delivered if delivered else 0 for delivered, clicked in pairs]
        best = rates.index(max(rates))
        assert found["best"] == "ABCDE"[best]
        others = [pair for n, pair in enumerate(pairs) if n != best]
        judged = [
            (p_of(pairs[best], other), is_enough(pairs[best], other))
            if other[0] and pairs[best][0]
            else (1.0, False)
            for other in others
        ]
        ordered = sorted(p for p, _ in judged)
        passes = all(p <= 0.05 / (len(ordered) - place) for place, p in enumerate(ordered))
        assert found["is_clear"] == (passes and all(enough for _, enough in judged)), pairs
        verdicts.append(found["is_clear"])
    assert 5 < sum(verdicts) < 145


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (
            [(10_000, 290), (10_000, 410)],
            "B had 4.1 % clicks, A 2.9 %; at 95 % that is a real difference.",
        ),
        (
            [(1_000, 29), (1_000, 31)],
            "B had 3.1 % clicks, A 2.9 %; at 95 % that is too little difference to tell.",
        ),
        ([(3, 0), (3, 3)], "B had 100.0 % clicks, A 0.0 %; these are too few messages and clicks to tell."),
        ([(0, 0), (0, 0)], "A had 0.0 % clicks, B 0.0 %; these are too few messages and clicks to tell."),
        (
            [(1_000, 100), (1_000, 100)],
            "A had 10.0 % clicks, B 10.0 %; at 95 % that is too little difference to tell.",
        ),
    ],
)
def test_they_are_said_in_words(ledger: Ledger, pairs: list[tuple[int, int]], words: str) -> None:
    assert evaluated(ledger, numbers(*pairs))["words"] == words


def test_three_comparisons_are_stricter_than_one(ledger: Ledger) -> None:
    """B is better than A at 95 %; beside two others that are as good as A, that may be chance."""
    a, b = (1_000, 50), (1_000, 72)
    assert evaluated(ledger, numbers(a, b))["is_clear"]
    assert not evaluated(ledger, numbers(a, b, a, a))["is_clear"]
    thresholds = [c["threshold"] for c in evaluated(ledger, numbers(a, b, a, a))["comparisons"]]
    assert sorted(thresholds) == [pytest.approx(0.05 / n, abs=1e-6) for n in (3, 2, 1)]


def test_more_conversions_than_delivered_break_nothing(ledger: Ledger) -> None:
    given = [
        {"variant": v, "delivered": 100, "clicked": 0, "converted": c} for v, c in (("A", 120), ("B", 20))
    ]
    found = evaluated(ledger, given, "conversions")
    assert (found["best"], found["is_clear"]) == ("A", True)
