"""One sender's content does not stop the others: several workers, in processes of their own, with real templates."""

from __future__ import annotations

import pytest

from tests.benchmarks.fairness import email_hostile
from tests.benchmarks.fairness.email_hostile import LATER_SECONDS, SLOW, TOO_SLOW

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_an_innocent_sender_hardly_notices_and_one_worker_at_most_composes_what_is_slow() -> None:
    courses = email_hostile.run({"slow": SLOW, "too slow": TOO_SLOW})
    alone, slow, too_slow = courses["alone"], courses["slow"], courses["too slow"]
    for course in (slow, too_slow):
        assert len(course.waits) == course.expected, "every innocent message went out"
        assert course.p95 <= alone.p95 + LATER_SECONDS
        assert course.together == 0, "two workers at once held calls of the hostile campaign"
    assert slow.hostile_sent > 0
    assert (slow.failure, too_slow.failure) == (None, "unusable-content")
