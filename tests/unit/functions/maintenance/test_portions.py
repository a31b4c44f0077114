"""How long a run rests between portions."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from functions.maintenance import portions
from functions.maintenance.portions import Budget


@pytest.mark.parametrize(
    ("now", "took", "rested"),
    [(0.0, 2.0, 2.0), (239.0, 2.0, 1.0), (240.0, 2.0, 0.0), (339.0, 100.0, 0.0)],
)
def test_a_rest_is_as_long_as_the_portion_but_ends_with_the_run(
    monkeypatch: pytest.MonkeyPatch, now: float, took: float, rested: float
) -> None:
    clock, rests = [0.0], []
    monkeypatch.setattr(portions, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=rests.append))
    budget = Budget(rows=1, seconds=240.0)
    clock[0] = now
    budget.rest(took)
    assert rests == [rested]
