"""Events about SMS through the function's handler (parse, apply, commit); floor: a bare UPDATE of as many rows.

Both sides pay for the trigger that keeps the budgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ddp.channels import SMS
from tests import sms_events
from tests.benchmarks.events.reporting import Kind, Reporting
from tests.benchmarks.measure import Row


def _batch(events: Sequence[tuple[str, str]]) -> dict[str, Any]:
    # The price comes with the last word.
    charges = {"PENDING": {"totalMessagePrice": 0, "totalCarrierFee": 0}, "SUCCESSFUL": {}}
    return sms_events.batch(sms_events.event(name, send, **charges[name]) for name, send in events)


REPORTING = Reporting(
    channel=SMS,
    kinds=(
        Kind(name="PENDING", status="sent", at="2026-10-12T08:00:00.512Z", is_delivery=False),
        Kind(name="SUCCESSFUL", status="delivered", at="2026-10-12T08:00:01.903Z", is_delivery=True),
    ),
    batch=_batch,
    parser="functions.sms.reports.receipts",
)


def rows() -> Iterator[Row]:
    """Each message gets a PENDING, which says when it was accepted, and in a later batch a SUCCESSFUL and its price."""
    yield from REPORTING.rows()
