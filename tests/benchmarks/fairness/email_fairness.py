"""A small campaign among nine large ones of other tenants, in the send stage at a limited rate; floor: alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from ddp.channels import EMAIL
from tests.benchmarks.fairness import fairness
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending

LARGE, LARGE_COUNT, SMALL_COUNT = 9, 2_000, 400
PER_SECOND = 400
IN_FLIGHT = 8
# Ten tenants share the rate, so a tenth of it takes ten times as long, and a little more if a turn has just ended.
# First come, first served would take 46 times as long.
TARGET = 1.1 * (LARGE + 1)


def rows() -> list[Row]:
    """Seconds of the small campaign among the others and alone; both begin with an empty bucket."""
    with fairness.platform(EMAIL) as owner:
        alone, _ = _finish(owner, sending.seed(owner, EMAIL, SMALL_COUNT)[0])
        for _ in range(LARGE):
            sending.seed(owner, EMAIL, LARGE_COUNT)
        among, others = _finish(owner, sending.seed(owner, EMAIL, SMALL_COUNT)[0])
    return [
        Row(
            what=f"{SMALL_COUNT} recipients among {LARGE} campaigns of {LARGE_COUNT:,}, {PER_SECOND} per second;"
            f" meanwhile {others:,} recipients of the others were sent to",
            measured=among,
            floor=alone,
            target=TARGET,
        )
    ]


def _finish(owner: psycopg.Connection[Any], plan: UUID) -> tuple[float, int]:
    owner.execute("update ddp.rate_buckets set per_second = %s, tokens = 0, filled_at = now()", [PER_SECOND])
    return fairness.finish(EMAIL, plan, SMALL_COUNT, in_flight=IN_FLIGHT)
