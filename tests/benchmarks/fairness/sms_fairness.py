"""A campaign from a short code beside nine of other tenants from a long code, which is slow; floor: alone.

One worker makes one wave of calls at a time, and a wave of the long code has one message.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from ddp.channels import SMS
from tests.benchmarks.fairness import fairness
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending
from tests.benchmarks.sending.sending_process import SQL

OTHERS, OTHERS_COUNT, COUNT = 9, 2_000, 800
# Message parts per second, by bucket.
SHORT_CODE, LONG_CODE = "sms:72645", "sms:+12044005550"
RATES = {SHORT_CODE: 100, LONG_CODE: 1}
# What a call of the provider takes. A tenth of the long code's second is the short code's time, and not its tokens.
CALL_SECONDS = 0.1
TARGET = 1.1


def rows() -> list[Row]:
    """Seconds of the short code's campaign beside the others and alone; all begin with empty buckets."""
    with fairness.platform(SMS) as owner:
        alone, _ = _finish(owner, sending.seed(owner, SMS, COUNT, SHORT_CODE)[0])
        for _ in range(OTHERS):
            sending.seed(owner, SMS, OTHERS_COUNT, LONG_CODE)
        among, others = _finish(owner, sending.seed(owner, SMS, COUNT, SHORT_CODE)[0])
    return [
        Row(
            what=f"{COUNT} messages from a short code ({RATES[SHORT_CODE]} per second) beside {OTHERS} campaigns of"
            f" {OTHERS_COUNT:,} from a long code ({RATES[LONG_CODE]} per second, of which {others} were sent)",
            measured=among,
            floor=alone,
            target=TARGET,
            wrong=not others,
        )
    ]


def _finish(owner: psycopg.Connection[Any], plan: UUID) -> tuple[float, int]:
    from functions.sms.send import IN_FLIGHT

    for bucket, per_second in RATES.items():
        owner.execute(SQL[SMS.name].rate, {"bucket": bucket, "per_second": per_second, "tokens": 0})
    return fairness.finish(SMS, plan, COUNT, in_flight=IN_FLIGHT, call_seconds=CALL_SECONDS)
