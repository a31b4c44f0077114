"""Reconciliation of one channel: puts its ledger right, and sends the hints that its queues lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from ddp import db, queues
from ddp.channels import Channel
from ddp.queries.sending import reconciliation
from ddp.queries.sending.reconciliation import Work
from functions.sending.messages import ExportSends, Message, PlanSend, SendChunk, serialise

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
        """End leases, retry by policy, complete plans, book costs; harmless when repeated.

        Returns the figures that alarms and dashboard show (unknown, unknown_new, oldest_due_seconds, sent_twice), and
        the counts of what was done.
        """
        counts: dict[str, Any] = {}
        for step in reconciliation.STEPS:
            with db.transaction(role="service_role", timeout_seconds=STEP_SECONDS) as cursor:
                counts |= step(cursor, self.channel)
        with db.transaction(role="service_role", timeout_seconds=STEP_SECONDS) as cursor:
            reconciliation.book_costs(cursor, self.channel, price_per_thousand=self.price_per_thousand)
        figures = {
            "unknown": counts.pop("held_unknown"),
            "unknown_new": counts.pop("unknown_new"),
            "oldest_due_seconds": round(counts.pop("oldest_due_seconds")),
            "sent_twice": counts.pop("sent_twice"),
        }
        return figures, counts

    def tell(self) -> int:
        """Send the hints that are missing, then note that the queues have them. Returns how many were sent.

        In this order, a crash between the two repeats a hint, which is harmless. The other order would lose it.
        """
        with db.transaction(role="service_role") as cursor:
            work = reconciliation.waiting_work(cursor, self.channel, limit=CHUNKS)
        sent = self._tell_planners(work) + self._tell_senders(work) + self._tell_exports(work)
        if sent:
            with db.transaction(role="service_role") as cursor:
                reconciliation.mark_queued(cursor, self.channel, work)
        return sent

    def _tell_planners(self, work: Work) -> int:
        plans = (PlanSend(send_plan_id=UUID(plan)) for plan in work["plans"])
        return queues.send(self.plan_queue_url, bodies(plans))

    def _tell_senders(self, work: Work) -> int:
        """Hints about due chunks, grouped by sender, so that a busy sender's do not delay those of others."""
        sent = 0
        by_sender = sorted(work["chunks"], key=_sender)
        for sender, chunks in groupby(by_sender, key=_sender):
            hints = (SendChunk(send_plan_id=UUID(c["send_plan_id"]), chunk_no=c["chunk_no"]) for c in chunks)
            sent += queues.send(self.send_queue_url, bodies(hints), group=sender)
        return sent

    def _tell_exports(self, work: Work) -> int:
        exports = (ExportSends(send_export_id=UUID(export)) for export in work["exports"])
        return queues.send(self.export_queue_url, bodies(exports))


def bodies(messages: Iterable[Message]) -> Iterable[str]:
    """Messages as queues take them."""
    return map(serialise, messages)


def _sender(chunk: dict[str, Any]) -> str:
    return str(chunk["sender_user_id"])
