"""The real handlers on a real database, with seeded faults in everything around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from ddp.channels import EMAIL
from tests.database.faults import stages
from tests.database.faults.calls import Calls, wait
from tests.database.faults.chaos import Chaos, Killed
from tests.database.faults.provider import Provider
from tests.database.faults.queues import Queues
from tests.database.faults.stages import EVENTS, RECONCILE, Stages
from tests.database.sending.ledger import Ledger, Plan

# Half a minute passes: leases end, and hints are no longer believed. Whatever waits for an hour becomes due.
TIME_PASSES = """
update ddp.send_calls set leased_until = leased_until - interval '30 seconds' where ended_at is null;
update ddp.bucket_senders set held_until = held_until - interval '30 seconds' where held_until is not null;
update ddp.send_chunks set queued_at = queued_at - interval '30 seconds', due_at = least(due_at, now())
where due_at is not null;
update email_sends set not_before = now() where status = 'pending' and not_before > now();
update email_sends set unknown_at = unknown_at - interval '2 hours' where status = 'unknown';
update send_plans set queued_at = queued_at - interval '30 seconds', leased_until = leased_until - interval '30 seconds'
where planned_at is null;
"""
# Messages whose work failed have come again, or are lost.
PAUSES_ARE_OVER = "update send_plans set queued_at = now() - interval '1 minute' where queued_at > now()"

# Passes of reconciliation until everything is settled: the first tells what workers left behind, those after it what
# that leads to. An unknown result is retried after an hour, as often as it stays unknown.
PASSES = {"hold": 3, "retry": 30}


@dataclass(slots=True)
class World:
    """One schedule: a seed, its faults, and the plans in progress."""

    ledger: Ledger
    chaos: Chaos
    monkeypatch: pytest.MonkeyPatch
    queues: Queues = field(init=False)
    provider: Provider = field(init=False)
    stages: Stages = field(init=False)
    plans: list[Plan] = field(default_factory=list)
    is_nested: bool = False
    spare: Any = None

    def __post_init__(self) -> None:
        self.queues = Queues(self.chaos)
        # SMS does not fold events yet.
        publish = self._publish if self.ledger.channel is EMAIL else None
        self.provider = Provider(self.chaos, publish, self._meanwhile)
        self._connect()
        self.stages = stages.of(self.ledger.channel, self.provider, self.monkeypatch)

    def _publish(self, body: str) -> None:
        self.queues.put(EVENTS, body)

    def _connect(self) -> None:
        """Replace what the functions use: commits, queues, keys, threads."""
        from ddp import db, keys, queues
        from functions.sending import batches, dispatch

        url = self.ledger.database.server.url(self.ledger.database.name, "ddp_worker")
        self.monkeypatch.setenv("DATABASE_URL", url)
        connect = db._connect

        def faulty() -> Any:
            connection = connect()
            if connection.commit.__name__ == "commit":
                commit = connection.commit

                def faulty_commit() -> None:
                    self.chaos.commit(commit, connection.close)

                connection.commit = faulty_commit
            return connection

        self.monkeypatch.setattr(db, "_connect", faulty)
        self.monkeypatch.setattr(queues, "client", lambda: self.queues)
        self.monkeypatch.setattr(queues.time, "sleep", lambda _: None)
        self.monkeypatch.setattr(keys, "_secret", lambda: b"0123456789abcdef0123456789abcdef")
        # Several batches per plan, without large plans.
        self.monkeypatch.setattr(batches, "RECORDS", 6)
        # Without threads, the seed decides the order.
        self.monkeypatch.setattr(dispatch, "ThreadPoolExecutor", lambda *_, **__: Calls(self.chaos.random))
        self.monkeypatch.setattr(dispatch, "wait", wait)

    def act(self) -> None:
        """Let one thing happen."""
        random = self.chaos.random
        roll = random.random()
        if roll < 0.70:
            self.deliver_any()
        elif roll < 0.80:
            self.provider.publish_some()
        elif roll < 0.88:
            self.queues.put(RECONCILE, '{"type": "Reconcile"}')
        elif roll < 0.95:
            self.ledger.query(TIME_PASSES)
        elif roll < 0.97:
            self.provider.lose_some()
        else:
            self._suppress_someone()

    def deliver_any(self) -> None:
        """Deliver messages of one queue, in a process that may die."""
        urls = [url for url, waiting in self.queues.waiting.items() if waiting]
        if not urls:
            return
        url = self.chaos.random.choice(urls)
        try:
            self.queues.deliver(url, self.stages.handlers[url], size=10 if url == EVENTS else 1)
        except Killed:
            self._end_process()
        except Exception:  # noqa: BLE001 - the invocation failed, and Lambda retries it
            self._end_process()

    def _end_process(self) -> None:
        """The process ends, and its transaction with it. Keeps the connection, because opening one is slow."""
        from ddp import db

        self.chaos.restart()
        if db._connection is not None and not db._connection.closed:
            db._connection.rollback()

    def _meanwhile(self) -> None:
        """During a call: its lease may end while its owner still runs, and another worker may act."""
        if self.is_nested:
            return
        self.is_nested = True
        self.ledger.query(TIME_PASSES)
        self.ledger.query("select ddp.expire_email_calls()")
        if self.chaos.random.random() < 0.5:
            self._another_worker()
        self.is_nested = False

    def _another_worker(self) -> None:
        """Another process, with its own connection, that is not killed with this one. Often it sends too."""
        from ddp import db
        from functions.sending.messages import SendChunk, serialise

        if self.chaos.random.random() < 0.7:
            hint = SendChunk(send_plan_id=self.plans[0].send_plan_id, chunk_no=1)
            self.queues.put(self.stages.send_url, serialise(hint))
        mine, db._connection = db._connection, self.spare
        try:
            self.deliver_any()
        finally:
            self.spare, db._connection = db._connection, mine

    def _suppress_someone(self) -> None:
        self.ledger.query(
            "insert into suppressions (channel, address_hash, owner_user_id, reason)"
            " select 'email', recipient_hash, created_by_user_id, 'manual' from email_sends"
            " where status = 'pending' and email_campaign_id = any (%s) order by email_send_id limit 1"
            " on conflict do nothing",
            [plan.channel_campaign_id for plan in self.plans],
        )

    def close(self) -> None:
        """Undo the patches."""
        if self.spare is not None:
            self.spare.close()
        self.monkeypatch.undo()

    def run(self, steps: int) -> None:
        """Let things happen; after each, check that no plan is called complete, or is sent, too early."""
        for _ in range(steps):
            self.act()
            self.require_honest_completion()
            self.require_planned_first()

    def settle(self, policy: str) -> None:
        """Stop the faults and lose all hints: reconciliation alone must set everything in motion, at once."""
        self.chaos.stop()
        self.queues.lose(self.stages.plan_url, self.stages.send_url)
        self.ledger.query(PAUSES_ARE_OVER)
        for _ in range(PASSES[policy]):
            self.ledger.query(TIME_PASSES)
            self.queues.put(RECONCILE, '{"type": "Reconcile"}')
            while not self.queues.is_empty():
                self.deliver_any()
            while self.provider.late_events:
                self.provider.publish_some()
            if self.queues.is_empty() and self._is_quiet():
                return
        raise AssertionError(f"does not come to rest: {[self.ledger.states(plan) for plan in self.plans]}")

    def _is_quiet(self) -> bool:
        return not self.ledger.value(
            "select count(*) from send_plans"
            " where send_plan_id = any (%s) and completed_at is null and failed_at is null",
            [plan.send_plan_id for plan in self.plans],
        )

    def require_honest_completion(self) -> None:
        """Only plans without pending or sending recipients are complete."""
        liars = self.ledger.query(
            "select p.send_plan_id from send_plans p where p.completed_at is not null and exists ("
            " select from email_sends s where s.email_campaign_id = p.email_campaign_id"
            " and s.status in ('pending', 'sending')) and p.send_plan_id = any (%s)",
            [plan.send_plan_id for plan in self.plans],
        )
        assert not liars

    def require_planned_first(self) -> None:
        """Nothing of a plan that starts when it is planned is in a call before all its recipients are in the ledger."""
        early = self.ledger.query(
            "select p.send_plan_id from send_plans p where p.starts_when_planned and exists ("
            " select from ddp.send_calls c where c.send_plan_id = p.send_plan_id"
            " and (p.planned_at is null or c.created_at < p.planned_at)) and p.send_plan_id = any (%s)",
            [plan.send_plan_id for plan in self.plans],
        )
        assert not early
