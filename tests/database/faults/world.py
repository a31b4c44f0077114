"""The real handlers on a real database, with seeded faults in everything around them."""

from __future__ import annotations

import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ddp.channels import SMS
from tests.database.faults import commits, stages
from tests.database.faults.calls import Calls, wait
from tests.database.faults.chaos import Chaos, Killed
from tests.database.faults.money import Money
from tests.database.faults.provider import Provider
from tests.database.faults.queues import Queues
from tests.database.faults.stages import EVENTS, RECONCILE, Stages
from tests.database.faults.stops import Stops
from tests.database.sending.ledger import Ledger, Plan

# Half a minute passes: leases end, and hints are no longer believed. Whatever waits for an hour becomes due.
TIME_PASSES = """
update ddp.send_calls set leased_until = leased_until - interval '30 seconds' where ended_at is null;
update ddp.bucket_senders set held_until = held_until - interval '30 seconds' where held_until is not null;
update ddp.rate_buckets set stopped_until = null where stopped_until is not null;
update ddp.send_chunks set queued_at = queued_at - interval '30 seconds', due_at = least(due_at, now())
where due_at is not null;
update email_sends set not_before = now() where status = 'pending' and not_before > now();
update email_sends set unknown_at = unknown_at - interval '2 hours' where status = 'unknown';
update send_plans set queued_at = queued_at - interval '30 seconds', leased_until = leased_until - interval '30 seconds'
where planned_at is null;
update ddp.ab_tests set tested_at = tested_at - interval '30 seconds' where decided_at is null;
"""
# Messages whose work failed have come again, or are lost.
PAUSES_ARE_OVER = "update send_plans set queued_at = now() - interval '1 minute' where queued_at > now()"
LIARS = """
select p.send_plan_id from send_plans p where p.completed_at is not null and p.send_plan_id = any (%s) and exists (
    select from email_sends s where s.email_campaign_id = p.email_campaign_id and s.status in ('pending', 'sending')
)
"""
EARLY = """
select p.send_plan_id from send_plans p where p.starts_when_planned and p.send_plan_id = any (%s) and exists (
    select from ddp.send_calls c
    where c.send_plan_id = p.send_plan_id and (p.planned_at is null or c.created_at < p.planned_at)
)
"""
# Passes of reconciliation until everything is settled: the first tells what workers left behind, those after it what
# that leads to. An unknown result is retried after an hour, as often as it stays unknown.
PASSES = {"hold": 3, "retry": 30}
# Passes of SMS in which a cap still holds a plan up, before those.
CAPPED_PASSES = 2
# An A/B test takes a pass more to be seen to be out, two for its minute, and as many as before for the rest.
PASSES_OF_TESTS = 7
UNDECIDED = """
select s.email_send_id from email_sends s join send_plans p using (email_campaign_id)
where p.test_share is not null and p.winner is null and p.cancelled_at is null and p.failed_at is null
    and s.variant is null and s.status not in ('pending', 'suppressed') and p.send_plan_id = any (%s)
"""


@dataclass(slots=True)
class World:
    """One schedule: a seed, its faults, and the plans in progress. `broken`: what did not hold, and when."""

    ledger: Ledger
    chaos: Chaos
    monkeypatch: pytest.MonkeyPatch
    queues: Queues = field(init=False)
    provider: Provider = field(init=False)
    stages: Stages = field(init=False)
    money: Money | None = field(init=False)
    stops: Stops = field(init=False)
    plans: list[Plan] = field(default_factory=list)
    cap: int | None = None
    addresses: list[str] = field(default_factory=list)
    winners: dict[UUID, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    steps: deque[str] = field(default_factory=lambda: deque(maxlen=15))
    step: int = 0
    is_nested: bool = False
    spare: Any = None

    def __post_init__(self) -> None:
        self.queues = Queues(self.chaos)
        self.stops = Stops(self.ledger)
        self.provider = Provider(
            self.chaos, self.ledger.channel, self._publish, self._meanwhile, self.stops.disobeyed, self.note
        )
        self.money = Money(self.ledger) if self.ledger.channel is SMS else None
        self._connect()
        self.stages = stages.of(self.ledger.channel, self.provider, self.monkeypatch)

    @property
    def plan_ids(self) -> list[Any]:
        """The ids of all plans."""
        return [plan.send_plan_id for plan in self.plans]

    def note(self, what: str) -> None:
        """Note what did not hold. Whoever finds it may be inside of a handler, which catches errors."""
        found = f"step {self.step} ({self.steps[-1] if self.steps else 'begin'}): {what}"
        if found not in self.broken:
            self.broken.append(found)

    def _publish(self, body: str) -> None:
        self.queues.put(EVENTS, body)

    def _connect(self) -> None:
        """Replace what the functions use: commits, queues, keys, threads."""
        from ddp import keys, queues
        from functions.sending import batches, dispatch
        from functions.sending.recorder import Recorder

        url = self.ledger.database.server.url(self.ledger.database.name, "ddp_worker")
        self.monkeypatch.setenv("DATABASE_URL", url)
        commits.patch(self.monkeypatch, self.chaos, self._committed)
        self.monkeypatch.setattr(queues, "client", lambda: self.queues)
        self.monkeypatch.setattr(queues.time, "sleep", lambda _: None)
        self.monkeypatch.setattr(keys, "_secret", lambda: b"0123456789abcdef0123456789abcdef")
        # Several batches per plan, without large plans.
        self.monkeypatch.setattr(batches, "RECORDS", 6)
        # Without threads, the seed decides the order.
        self.monkeypatch.setattr(dispatch, "ThreadPoolExecutor", lambda *_, **__: Calls(self.chaos.random))
        self.monkeypatch.setattr(dispatch, "wait", wait)
        # What the send stage catches must have been an accident.
        refused = Recorder._note_refusal

        def note_refusal(recorder: Recorder) -> None:
            if not self.chaos.met:
                self.note(f"results were not taken: {traceback.format_exc()}")
            refused(recorder)

        self.monkeypatch.setattr(Recorder, "_note_refusal", note_refusal)

    def _committed(self) -> None:
        """A worker has committed: check what must hold, and sometimes stop who is in a call that has not started."""
        try:
            if self.money:
                for what in self.money.wrong(self.plans, self.provider.accepted):
                    self.note(what)
            if self.chaos.happens("a stop between claim and start", self.chaos.rate):
                self.stops.someone(self.plans, only_claimed=True)
        except Exception:  # noqa: BLE001 - the worker must not see it
            self.note(f"the check raised: {traceback.format_exc()}")

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
        elif roll < 0.91 and self.money:
            self.money.cap(self.plans, random.randint(1, 5))
        elif roll < 0.95:
            self.ledger.query(TIME_PASSES)
        elif roll < 0.96:
            self.provider.lose_some()
        elif roll < 0.98:
            self.decide_by_hand(random.choice(self.plans))
        else:
            self.stops.someone(self.plans)

    def deliver_any(self) -> None:
        """Deliver messages of one queue, in a process that may die."""
        urls = [url for url, waiting in self.queues.waiting.items() if waiting]
        if not urls:
            return
        url = self.chaos.random.choice(urls)
        self.steps.append(url.rsplit("/", 1)[-1])
        accidents = self.chaos.met.total()
        try:
            failed = self.queues.deliver(url, self.stages.handlers[url], size=10 if url == EVENTS else 1)
        except Killed:
            commits.end_process(self.chaos)
        except Exception:  # noqa: BLE001 - the invocation failed, and Lambda retries it
            if self.chaos.met.total() == accidents:
                self.note(f"a handler raised: {traceback.format_exc()}")
            commits.end_process(self.chaos)
        else:
            if failed and self.chaos.met.total() == accidents:
                self.note(f"messages failed without an accident: {failed}")

    def _meanwhile(self) -> None:
        """During a call: its lease may end while its owner still runs, and another worker may act."""
        if self.is_nested:
            return
        self.is_nested = True
        try:
            self.ledger.query(TIME_PASSES)
            self.ledger.query("select ddp.expire_email_calls()")
            if self.chaos.random.random() < 0.5:
                self.stops.someone(self.plans)
            if self.chaos.random.random() < 0.5:
                self._another_worker()
        finally:
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

    def set_cap(self, messages: int | None) -> None:
        """How many messages one recipient gets at most, from all senders together; None: as many as there are."""
        self.cap = messages
        self.ledger.query("delete from ddp.frequency_caps where channel = 'email'")
        self.ledger.query("delete from ddp.recipient_counters where channel = 'email'")
        if messages is not None:
            self.ledger.query(
                "insert into ddp.frequency_caps (channel, owner_id, messages, days)"
                " values ('email', ddp.whole_platform(), %s, 7)",
                messages,
            )

    def decide_by_hand(self, plan: Plan) -> None:
        """The sender chooses a variant of an A/B test; maybe it is decided already, or there is no test."""
        variant = self.chaos.random.choice("AB")
        with suppress(psycopg.Error):
            self.ledger.acts(plan, f"decide_email_ab_test(%(message)s, '{variant}')")

    def decide_where_asked(self) -> None:
        """Senders choose where the numbers do not tell."""
        asked = self.ledger.query(
            "select send_plan_id from ddp.ab_tests where asked_at is not null and decided_at is null"
        )
        for plan in self.plans:
            if {"send_plan_id": plan.send_plan_id} in asked:
                self.decide_by_hand(plan)

    def close(self) -> None:
        """Undo the patches."""
        self.set_cap(None)
        if self.spare is not None:
            self.spare.close()
        self.monkeypatch.undo()

    def run(self, steps: int) -> None:
        """Let things happen; after each, check what must always hold."""
        for self.step in range(1, steps + 1):
            self.act()
            self.require_what_always_holds()

    def settle(self, policy: str) -> None:
        """Stop the faults and lose all hints: reconciliation alone must set everything in motion, at once."""
        self.chaos.stop()
        self.queues.lose(self.stages.plan_url, self.stages.send_url)
        self.ledger.query(PAUSES_ARE_OVER)
        capped = CAPPED_PASSES if self.money else 0
        for n in range(capped + PASSES[policy] + PASSES_OF_TESTS):
            self.step += 1
            if self.money and n < capped:
                self.money.cap(self.plans, messages=2)
            elif self.money:
                self.money.lift_caps(self.plans)
            self.ledger.query(TIME_PASSES)
            self.decide_where_asked()
            self.queues.put(RECONCILE, '{"type": "Reconcile"}')
            while not self.queues.is_empty() or self.provider.late_events:
                self.deliver_any()
                self.provider.publish_some()
            self.require_what_always_holds()
            if self._is_quiet():
                return
        raise AssertionError(f"does not come to rest: {[self.ledger.states(plan) for plan in self.plans]}")

    def _is_quiet(self) -> bool:
        return not self.ledger.value(
            "select count(*) from send_plans"
            " where send_plan_id = any (%s) and completed_at is null and failed_at is null",
            self.plan_ids,
        )

    def require_what_always_holds(self) -> None:
        """Nothing was noted. Only plans without pending or sending recipients are complete; a plan that starts when it
        is planned has no call before all its recipients are in the ledger; a winner stays, and before there is one
        no recipient of the rest is claimed.
        """
        assert self.broken == [], "\n".join(self.broken[:3])
        assert self.ledger.query(LIARS, self.plan_ids) == []
        assert self.ledger.query(EARLY, self.plan_ids) == []
        decided = (
            "select send_plan_id, winner from send_plans where winner is not null and send_plan_id = any (%s)"
        )
        for row in self.ledger.query(decided, self.plan_ids):
            assert self.winners.setdefault(row["send_plan_id"], row["winner"]) == row["winner"]
        assert self.ledger.query(UNDECIDED, self.plan_ids) == []
