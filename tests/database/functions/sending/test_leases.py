"""Planners and test sends under leases: who dies is replaced, and nobody else is disturbed."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from ddp.outcomes import Outcome
from ddp.providers.transport import Answer
from tests import lambdas
from tests.database.functions.sending.conftest import Sending


class Killed(BaseException):
    """kill -9: no handler of errors runs."""


def die(sending: Sending, plan: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planner is killed before it plans anything."""
    from functions.email import plan as function

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(function.planning), "_prepare", kill)
        with pytest.raises(Killed):
            sending.work(plan)


def end_lease(sending: Sending, plan: UUID) -> None:
    sending.run(
        "update send_plans set leased_until = now() - interval '1 second' where send_plan_id = %s", plan
    )


def test_a_hint_about_a_plan_that_a_planner_has_ends_at_once(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = sending.listed("ann@example.com")
    die(sending, plan, monkeypatch)
    assert sending.work(plan) == []
    assert sending.sends(plan) == []
    end_lease(sending, plan)
    assert sending.work(plan) == []
    assert sending.addresses(plan) == ["ann@example.com"]
    assert sending.row(plan, "leased_until, lost_leases") == (None, 1)


def test_a_plan_that_kills_its_planners_fails_visibly(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = sending.listed("ann@example.com")
    for _ in range(5):
        die(sending, plan, monkeypatch)
        end_lease(sending, plan)
    assert sending.failure(plan) is None
    assert sending.work(plan) == []
    assert sending.failure(plan) == "planning-crashes"


def test_a_planner_that_fails_leaves_the_plan_to_its_message(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddp.queries.sending import recipients

    def refuse(*_: object) -> None:
        raise ConnectionError

    plan = sending.listed("ann@example.com")
    with monkeypatch.context() as patch:
        patch.setattr(recipients, "add_batch", refuse)
        assert len(sending.work(plan)) == 1
    state = (
        "leased_until, queued_at > now() + interval '5 seconds', queued_at < now() + interval '11 seconds'"
    )
    assert sending.row(plan, state) == (None, True, True)
    assert sending.work(plan) == []
    assert sending.addresses(plan) == ["ann@example.com"]


def test_the_lease_lives_as_long_as_the_work(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the planner prepares, for example, which it does outside of any transaction."""
    from ddp.queries import leases
    from functions.email import plan as function

    plan, renewed = sending.listed("ann@example.com"), 0
    prepare = type(function.planning)._prepare

    def slowly(planning: Any, of: Any) -> None:
        nonlocal renewed
        end_lease(sending, plan)
        deadline = time.monotonic() + 5
        while sending.row(plan, "leased_until < now()")[0]:
            assert time.monotonic() < deadline
        renewed += 1
        prepare(planning, of)

    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(type(function.planning), "_prepare", slowly)
    assert sending.work(plan) == []
    assert renewed == 1
    assert sending.row(plan, "leased_until, planned_at is not null") == (None, True)
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


class Transport:
    """A transport that is told what to do during its one call."""

    longest_call = 1.0

    def __init__(self, during: Any) -> None:
        self.during = during

    def send(self, _: object) -> list[Answer]:
        self.during()
        return [Answer(outcome=Outcome.ACCEPTED, message_id="m")]


def test_a_test_send_whose_worker_died_is_unknown_soon_and_one_under_way_is_not_ended(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.email import test_sends as tests

    # What other tests left ends before.
    sending.run(
        "update email_test_sends set leased_until = now() - interval '1 second' where ended_at is null"
    )
    reconciled(sending)
    message = sending.row(sending.listed("ann@example.com"), "email_campaign_id")[0]
    died, living = uuid4(), uuid4()
    for test in (died, living):
        sending.run(
            "insert into email_test_sends (email_test_send_id, email_campaign_id, created_by_user_id,"
            " recipient_email, created_at) values (%s, %s, %s, 'ann@example.com', now() - interval '26 seconds')",
            test,
            message,
            sending.platform.users["brand"],
        )
    sending.run(
        "insert into sender_identities (identity, created_by_user_id, status) values ('example.com', %s, 'verified')"
        " on conflict do nothing",
        sending.platform.users["brand"],
    )
    sending.platform.login("ddp_worker")

    def kill() -> None:
        raise Killed

    with pytest.raises(Killed):
        tests.send(died, Transport(kill))  # type: ignore[arg-type]
    sending.run("update email_test_sends set leased_until = now() - interval '1 second'")
    ended: list[int] = []
    tests.send(living, Transport(lambda: ended.append(reconciled(sending))))  # type: ignore[arg-type]
    states = dict(
        sending.query(
            "select email_test_send_id, status::text from email_test_sends where ended_at is not null"
        )
    )
    assert (states[died], states[living]) == ("unknown", "sent")
    assert ended == [1]


def reconciled(sending: Sending) -> int:
    """End lost test sends, and return how many that were."""
    return sending.query("select ddp.end_lost_email_tests()")[0][0]


def test_an_export_that_kills_its_workers_is_given_up(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.sending import export as function

    plan, export = sending.listed("ann@example.com"), uuid4()
    sending.run(
        "insert into send_exports (send_export_id, send_plan_id, created_by_user_id, kind)"
        " values (%s, %s, %s, 'recipients')",
        export,
        plan,
        sending.platform.users["brand"],
    )

    def kill(*_: object) -> None:
        raise Killed

    message = {"type": "ExportSends", "send_export_id": str(export)}
    with monkeypatch.context() as patch:
        patch.setattr(function, "_write", kill)
        for _ in range(5):
            with pytest.raises(Killed):
                sending.deliver(function, message)
    assert sending.deliver(function, message) == []
    assert sending.query("select state from send_exports where send_export_id = %s", export) == [("failed",)]


def test_reconciliation_is_one_run_for_all_minutes_that_were_missed(sending: Sending) -> None:
    from functions.sending import reconcile

    batch = lambdas.with_message(lambdas.sample("email/plan"), {"type": "Reconcile"})
    batch["Records"].append(batch["Records"][0] | {"messageId": "second"})
    sending.platform.login("ddp_worker")
    assert reconcile.handler(batch, lambdas.Context()) == {"batchItemFailures": []}
