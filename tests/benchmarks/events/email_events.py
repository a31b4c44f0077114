"""Events of SES through the function's handler (parse, apply, commit); floor: a bare UPDATE of as many rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ddp.channels import EMAIL
from tests import ses_events
from tests.benchmarks.events.reporting import Kind, Reporting
from tests.benchmarks.measure import Row


def _batch(events: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return ses_events.batch(ses_events.event(name, send) for name, send in events)


REPORTING = Reporting(
    channel=EMAIL,
    kinds=(
        Kind(name="delivery", status="delivered", at="2026-10-12T08:00:01.903Z", is_delivery=True),
        Kind(name="open", status="opened", at="2026-10-12T09:14:03.220Z", is_delivery=False),
    ),
    batch=_batch,
    parser="functions.email.ses.events",
)


def rows() -> Iterator[Row]:
    """Each message gets a Delivery and, in a later batch, an Open."""
    yield from REPORTING.rows()
