"""A campaign's controls against a model: whatever people pause, resume, cancel, retry and settle, and in whatever order
workers act, the ledger is in the state that the model predicts.
"""

from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ddp.outcomes import Outcome
from ddp.queries.sending.sends import Claimed, Result
from tests.database.sending.ledger import Ledger, Plan, calls_of
from tests.database.sending.people import ask

RECIPIENTS = 5


class Controls(RuleBasedStateMachine):
    """`expected` is the state of each recipient's row; `held` are claims whose workers have not answered yet."""

    ledger: ClassVar[Ledger]

    @initialize()
    def request(self) -> None:
        self.ledger.retire()
        self.ledger.rate(10_000)
        self.plan: Plan = self.ledger.plan(RECIPIENTS, call_size=1, chunk_size=2)
        rows = self.ledger.query(
            "select email_send_id as send_id from email_sends where email_campaign_id = %s order by recipient_email",
            self.plan.channel_campaign_id,
        )
        self.expected = {row["send_id"]: "pending" for row in rows}
        self.attempts = dict.fromkeys(self.expected, 1)
        self.held: list[tuple[Claimed, bool]] = []
        self.lost: list[Claimed] = []
        self.is_paused = self.is_cancelled = self.is_complete = False

    # Actions of workers.

    @rule(is_started=st.booleans(), limit=st.integers(1, 3))
    def claim(self, is_started: bool, limit: int) -> None:
        claimed = self._claim(limit)
        if self.is_paused or self.is_cancelled or "pending" not in self.expected.values():
            assert claimed == []
        else:
            assert claimed
        if is_started:
            assert self.ledger.start(calls_of(claimed)) == set(calls_of(claimed))
        for one in claimed:
            assert self.expected[one.send_id] == "pending"
            assert self.attempts[one.send_id] == one.attempt
            self.expected[one.send_id] = "sending"
            self.held.append((one, is_started))

    def _claim(self, limit: int) -> list[Claimed]:
        """Claim as the send stage does: if the chunk that was due is settled already, try the next one at once."""
        while not (claimed := self.ledger.claim(limit)) and self.ledger.wait() == 0:
            pass
        return claimed

    @precondition(lambda self: self.held)
    @rule(outcome=st.sampled_from(list(Outcome)), data=st.data())
    def record(self, outcome: Outcome, data: st.DataObject) -> None:
        one, _ = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        result = Result(
            send_id=one.send_id,
            attempt=one.attempt,
            outcome=outcome,
            message_id="m",
            code="c",
            reason="r",
        )
        self.ledger.record([one.send_call_id], [result])
        said = {
            Outcome.ACCEPTED: "sent",
            Outcome.FAILED: "failed",
            Outcome.RETRY: "pending",
            Outcome.UNKNOWN: "unknown",
        }
        self.expected[one.send_id] = said[outcome]

    @precondition(lambda self: self.held)
    @rule()
    def workers_die(self) -> None:
        """Their leases end. Recipients whose call never started become pending; the others become unknown."""
        self.ledger.query(
            "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"
        )
        self.ledger.query("select ddp.expire_email_calls()")
        for one, is_started in self.held:
            self.expected[one.send_id] = "unknown" if is_started else "pending"
            self.lost.append(one)
        self.held.clear()

    @precondition(lambda self: self.lost)
    @rule(outcome=st.sampled_from(list(Outcome)), data=st.data())
    def a_dead_worker_answers(self, outcome: Outcome, data: st.DataObject) -> None:
        """A worker was slow, not dead. Only proof of acceptance counts."""
        one = self.lost.pop(data.draw(st.integers(0, len(self.lost) - 1)))
        result = Result(
            send_id=one.send_id,
            attempt=one.attempt,
            outcome=outcome,
            message_id="m",
            code="c",
            reason="r",
        )
        self.ledger.record([one.send_call_id], [result])
        if outcome is not Outcome.ACCEPTED:
            return
        now = self.expected[one.send_id]
        if now != "failed" or self.attempts[one.send_id] != one.attempt:
            self.expected[one.send_id] = "sent"
        self.held = [(h, s) for h, s in self.held if h.send_id != one.send_id]

    @rule()
    def reconcile(self) -> None:
        self.ledger.reconcile()
        if self.is_cancelled:
            self._cancel_pending()
        if not {"pending", "sending"} & set(self.expected.values()):
            self.is_complete = True

    # Actions of people.

    @rule()
    def pause(self) -> None:
        if self._ask("pause_email_campaign"):
            self.is_paused = True

    @rule()
    def resume(self) -> None:
        if self._ask("resume_email_campaign"):
            self.is_paused = False

    @rule()
    def cancel(self) -> None:
        if self._ask("cancel_email_campaign"):
            self.is_cancelled = True
            self._cancel_pending()

    @rule()
    def retry(self) -> None:
        if self._ask("retry_email_sends"):
            self._reopen("failed")

    @rule(action=st.sampled_from(["mark_sent", "retry"]))
    def settle(self, action: str) -> None:
        if not self._ask("settle_unknown_email_sends", action):
            return
        if action == "retry":
            self._reopen("unknown")
        else:
            self._all("unknown", "sent")

    def _reopen(self, status: str) -> None:
        for send, now in self.expected.items():
            if now == status:
                self.expected[send], self.is_complete = "pending", False
                self.attempts[send] += 1

    def _cancel_pending(self) -> None:
        self._all("pending", "cancelled")

    def _all(self, before: str, after: str) -> None:
        self.expected = {send: after if now == before else now for send, now in self.expected.items()}

    def _ask(self, function: str, *values: str) -> bool:
        """Call a function as the sender. Returns False if it is refused with PT409."""
        return ask(
            self.ledger, self.plan.created_by_user_id, function, self.plan.channel_campaign_id, *values
        )

    @invariant()
    def the_ledger_says_so(self) -> None:
        rows = self.ledger.query(
            "select email_send_id as send_id, status::text, attempt from email_sends where email_campaign_id = %s",
            self.plan.channel_campaign_id,
        )
        assert {row["send_id"]: row["status"] for row in rows} == self.expected
        assert {row["send_id"]: row["attempt"] for row in rows} == self.attempts
        complete = self.ledger.value(
            "select completed_at is not null from send_plans where send_plan_id = %s", self.plan.send_plan_id
        )
        assert complete == self.is_complete


@pytest.mark.timeout(600)
def test_controls(fault_ledger: Ledger) -> None:
    Controls.ledger = fault_ledger
    run_state_machine_as_test(
        Controls,
        settings=settings(
            max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
