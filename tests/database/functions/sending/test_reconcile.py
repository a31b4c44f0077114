"""Reconciliation as its queue calls it. What it does to the ledger is tested in tests/database/sending and faults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.database.functions.sending.conftest import Sending

CAPABILITIES = Path(__file__).parents[4] / "infra" / "capabilities"


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_the_log_line_has_every_figure_that_alarms_and_dashboard_show(
    sending: Sending, caplog: pytest.LogCaptureFixture, channel: str
) -> None:
    from functions.sending import reconcile

    alarms = (CAPABILITIES / channel / "alarms.py").read_text()
    watched = re.findall(r'^ +(?:Gauge\()?name="(\w+)"', alarms, re.MULTILINE)
    assert sending.deliver(reconcile, {"type": "Reconcile"}) == []
    # GET /health reads it.
    beat = "select oldest_due from ddp.heartbeats where name = 'sending-reconcile'"
    ((oldest_due,),) = sending.query(beat)
    assert set(oldest_due) == {"email", "sms"}
    (line,) = [record for record in caplog.records if record.message == "reconciled"]
    # A provider without a limit leaves no quota.
    assert set(getattr(line, channel)) | {"quota_left"} == set(watched) | {"quota_left"} != {"quota_left"}
