"""Reconciliation of one channel: puts its ledger right, and sends the hints that its queues lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from ddp import db, queues
from ddp.channels import Channel
from ddp.queries.messages import ab_tests, test_sends
from ddp.queries.sending import reconciliation
from ddp.queries.sending.reconciliation import Work
from functions.sending.messages import (
    ExportSends,
    ForecastSend,
    Message,
    PlanSend,
    SendChunk,
    SendTest,
    serialise,
)

# Maximum chunks per run. A worker that was woken goes on with everything that is due, so hints need not keep up.
CHUNKS = 500
# Seconds that one step may take in the database.
STEP_SECONDS = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """Reconciles the ledger of one channel. `price_per_thousand`: of messages; None if their rows have prices."""

    channel: Channel
    plan_queue_url: str
    send_queue_url: str
    export_queue_url: str
    price_per_thousand: Decimal | None

    def repair(self) -> tuple[dict[str, int], dict[str, int]]:
        """End leases, lost test sends too, retry by policy, complete plans, book costs; harmless when repeated.

        Returns the figures that alarms and dashboard show (unknown, unknown_new, oldest_due_seconds, sent_twice,
        unsettled, tokens_left, quota_left), and the counts of what was done.
        """
        counts: dict[str, Any] = {"ab_tests_decided": self._decide_ab_tests()}
        for step in reconciliation.STEPS:
            with db.transaction(role="service_role", timeout_seconds=STEP_SECONDS) as cursor:
                counts |= step(cursor, self.channel)
        with db.transaction(role="service_role", timeout_seconds=STEP_SECONDS) as cursor:
            reconciliation.book_costs(cursor, self.channel, price_per_thousand=self.price_per_thousand)
            test_sends.end_lost(cursor, self.channel)
            gauges = reconciliation.gauges(cursor, self.channel)
        figures = {
            "unknown": counts.pop("held_unknown"),
            "unknown_new": counts.pop("unknown_new"),
            "oldest_due_seconds": round(counts.pop("oldest_due_seconds")),
            "sent_twice": counts.pop("sent_twice"),
            **gauges,
        }
        return figures, counts

    def _decide_ab_tests(self) -> int:
        """Decide the A/B tests whose time has come, each in a transaction of its own. Returns how many."""
        with db.transaction(role="service_role", timeout_seconds=STEP_SECONDS) as cursor:
            ab_tests.note_tested(cursor, self.channel)
            due = ab_tests.due(cursor, self.channel)
        decided = 0
        for send_plan_id in due:
            with db.transaction(role="service_role", timeout_seconds=STEP_SECONDS) as cursor:
                decided += ab_tests.decide_due(cursor, self.channel, send_plan_id)
        return decided

    def tell(self) -> int:
        """Send the hints that are missing, then note that the queues have them. Returns how many were sent.

        In this order, a crash between the two repeats a hint, which is harmless. The other order would lose it.
        """
        with db.transaction(role="service_role") as cursor:
            work = reconciliation.waiting_work(cursor, self.channel, limit=CHUNKS)
            tests = test_sends.waiting(cursor, self.channel)
        sent = self._tell_planners(work) + self._tell_senders(work) + self._tell_exports(work)
        sent += queues.send(self.send_queue_url, bodies(SendTest(test_send_id=test) for test in tests))
        if sent:
            with db.transaction(role="service_role") as cursor:
                reconciliation.mark_queued(cursor, self.channel, work)
                test_sends.mark_queued(cursor, self.channel, tests)
        return sent

    def _tell_planners(self, work: Work) -> int:
        plans = [PlanSend(send_plan_id=UUID(plan)) for plan in work["plans"]]
        forecasts = [ForecastSend(send_forecast_id=UUID(forecast)) for forecast in work["forecasts"]]
        return queues.send(self.plan_queue_url, bodies([*plans, *forecasts]))

    def _tell_senders(self, work: Work) -> int:
        """Hints about due chunks, grouped by sender, so that a busy sender's do not delay those of others."""
        return queues.send_each(self.send_queue_url, map(_hint, work["chunks"]))

    def _tell_exports(self, work: Work) -> int:
        exports = (ExportSends(send_export_id=UUID(export)) for export in work["exports"])
        return queues.send(self.export_queue_url, bodies(exports))


def bodies(messages: Iterable[Message]) -> Iterable[str]:
    """Messages as queues take them."""
    return map(serialise, messages)


def _hint(chunk: dict[str, Any]) -> queues.Message:
    return queues.Message(
        body=serialise(SendChunk(send_plan_id=UUID(chunk["send_plan_id"]), chunk_no=chunk["chunk_no"])),
        group=chunk["sender_user_id"],
        request_id=chunk.get("request_id"),
    )
