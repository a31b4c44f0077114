"""What content costs is its sender's: holds on senders, plans that are set aside, and workers that died composing."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ddp.outcomes import Outcome
from ddp.queries.sending import contents, reconciliation, sends
from ddp.queries.sending.sends import Claimed
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of

ME, OTHER = uuid4(), uuid4()
LEASE = timedelta(minutes=3)


def claim(ledger: Ledger, worker: UUID = ME, *, limit: int = 500, is_idle: bool = True) -> list[Claimed]:
    with ledger.working() as cursor:
        return sends.claim(cursor, ledger.channel, limit=limit, lease=LEASE, worker=worker, is_idle=is_idle)


def hold(ledger: Ledger, plan: Plan, worker: UUID = ME, *, is_slow: bool = True) -> bool:
    with ledger.working() as cursor:
        return contents.hold(
            cursor,
            ledger.channel,
            bucket=ledger.bucket,
            sender=plan.created_by_user_id,
            worker=worker,
            is_slow=is_slow,
        )


def free(ledger: Ledger, plan: Plan, worker: UUID = ME) -> None:
    with ledger.working() as cursor:
        sender = plan.created_by_user_id
        contents.free(cursor, ledger.channel, bucket=ledger.bucket, sender=sender, worker=worker)


def begun(ledger: Ledger, count: int, **options: object) -> Plan:
    """A plan that was claimed from before."""
    plan = ledger.plan(count, **options)  # type: ignore[arg-type]
    ledger.query("update send_plans set started_at = now() where send_plan_id = %s", plan.send_plan_id)
    return plan


def die(ledger: Ledger) -> None:
    """Let all leases end, and the holds with them, as after a death; then reconcile."""
    ledger.query(
        "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"
    )
    ledger.query(
        "update ddp.bucket_senders set held_until = now() - interval '1 second' where held_until is not null"
    )
    ledger.reconcile()


def failure(ledger: Ledger, plan: Plan) -> str | None:
    code: str | None = ledger.value(
        "select failure_code from send_plans where send_plan_id = %s", plan.send_plan_id
    )
    return code


# Holds.


def test_a_plans_first_claim_holds_its_sender_until_the_worker_frees_it(ledger: Ledger) -> None:
    plan = ledger.plan(30)
    first = claim(ledger, limit=10)
    assert [(len(first), first[0].hold)] == [(10, "trial")]
    assert claim(ledger, OTHER) == []
    assert 0 < (ledger.wait() or 0) <= 0.25, "the others look again soon"
    free(ledger, plan, OTHER)
    assert claim(ledger, OTHER) == [], "only the holder frees it"
    free(ledger, plan)
    second = claim(ledger, OTHER)
    assert [(len(second), second[0].hold)] == [(20, None)]


def test_a_held_sender_stands_in_nobodys_way(ledger: Ledger) -> None:
    ledger.plan(30)
    claim(ledger, limit=10)
    other = ledger.plan(5)
    assert {one.send_plan_id for one in claim(ledger, OTHER)} == {other.send_plan_id}


def test_a_claim_that_returns_nobody_holds_nobody(ledger: Ledger) -> None:
    ledger.plan(1)
    ledger.query(
        "insert into suppressions (channel, address_hash, reason) values ('email', sha256('1'), 'manual')"
    )
    assert claim(ledger) == []
    assert ledger.value("select count(*) from ddp.bucket_senders where held_by is not null") == 0


def test_slow_content_is_claimed_by_the_call_and_by_one_worker(ledger: Ledger) -> None:
    plan = begun(ledger, 200)
    assert hold(ledger, plan)
    assert not hold(ledger, plan, OTHER), "two workers found out at once: one of them stops"
    assert hold(ledger, plan), "and the other one goes on"
    assert claim(ledger, OTHER) == []
    assert 5 < (ledger.wait() or 0) <= 10, "nobody needs to watch it"
    free(ledger, plan)
    slow = claim(ledger, OTHER)
    assert [(len(slow), slow[0].hold)] == [(50, "slow")]
    assert claim(ledger) == []


def test_a_senders_next_plan_is_slow_too_for_an_hour(ledger: Ledger) -> None:
    plan = begun(ledger, 60, sender="slow@sender.example")
    hold(ledger, plan)
    free(ledger, plan)
    ledger.acts(plan, "cancel_email_campaign(%(message)s)")
    again = begun(ledger, 60, sender="slow@sender.example")
    first = claim(ledger)
    assert [(len(first), first[0].send_plan_id, first[0].hold)] == [(50, again.send_plan_id, "slow")]
    free(ledger, plan)
    ledger.query("update senders set slow_until = now() - interval '1 second'")
    assert {one.hold for one in claim(ledger)} == {None}


def test_workers_of_the_release_before_hold_nobody_and_respect_holds(ledger: Ledger) -> None:
    plan = ledger.plan(30)
    assert len(ledger.claim(10)) == 10
    assert len(ledger.claim(10)) == 10
    hold(ledger, plan)
    assert ledger.claim(10) == []


# Plans that are set aside.


def test_the_third_message_that_takes_too_long_fails_the_plan(ledger: Ledger) -> None:
    plan = ledger.plan(60)
    claimed = claim(ledger, limit=50)
    calls = calls_of(claimed)
    ledger.start(calls)

    def note(messages: int) -> bool:
        with ledger.working() as cursor:
            return contents.note_slow(
                cursor, ledger.channel, plan.send_plan_id, messages=messages, reason="Line 2, at “where”."
            )

    assert [note(1), note(1), note(1)] == [False, False, True]
    assert ledger.query("select failure_code, failure_reason from send_plans") == [
        {
            "failure_code": "unusable-content",
            "failure_reason": "Making a message takes too long; sending stopped after 3 such messages."
            " Line 2, at “where”.",
        }
    ]
    assert claim(ledger, OTHER) == []
    results = results_of(claimed[:30], Outcome.ACCEPTED) + results_of(claimed[30:40], Outcome.UNKNOWN)
    ledger.record(calls, results + results_of(claimed[40:], Outcome.RETRY))
    ledger.reconcile()
    assert ledger.states(plan) == {"sent": 30, "unknown": 10, "cancelled": 20}
    assert ledger.value("select count(*) from email_sends where failure_code = 'unusable-content'") == 20
    assert ledger.value("select completed_at is not null from send_plans"), "so what was sent is paid for"
    assert ledger.reconcile()["completed"] == 0


def test_an_unknown_message_of_a_failed_plan_stays_unknown(ledger: Ledger) -> None:
    plan = ledger.plan(2)
    claimed = claim(ledger)
    ledger.start(calls_of(claimed))
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.UNKNOWN))
    ledger.query("update send_plans set unknown_policy = 'retry'")
    ledger.query("update email_sends set unknown_at = now() - interval '10 days'")
    with ledger.working() as cursor:
        contents.set_aside(cursor, ledger.channel, plan.send_plan_id, reason="x")
    ledger.reconcile()
    assert ledger.states(plan) == {"unknown": 2}
    ledger.acts(plan, "settle_unknown_email_sends(%(message)s, 'mark_sent')")
    assert ledger.states(plan) == {"sent": 2}


def test_the_sender_is_charged_and_each_time_for_longer(ledger: Ledger) -> None:
    for number in (1, 2):
        plan = ledger.plan(1, sender="slow@sender.example")
        with ledger.working() as cursor:
            contents.note_slow(cursor, ledger.channel, plan.send_plan_id, messages=3, reason="x")
        (charged,) = ledger.query("select plans_set_aside, slow_until - now() as left from senders")
        assert charged["plans_set_aside"] == number
        assert timedelta(days=number, minutes=-5) < charged["left"] <= timedelta(days=number)


def test_content_that_is_merely_broken_is_not_charged(ledger: Ledger) -> None:
    plan = ledger.plan(1)
    with ledger.working() as cursor:
        contents.set_aside(cursor, ledger.channel, plan.send_plan_id, reason="An attached file is gone.")
    assert failure(ledger, plan) == "unusable-content"
    assert ledger.query("select user_id from senders") == []


@pytest.mark.parametrize("state", ["cancelled_at", "completed_at"])
def test_a_plan_that_is_over_does_not_fail(ledger: Ledger, state: str) -> None:
    plan = ledger.plan(1)
    ledger.query(f"update send_plans set {state} = now()")
    with ledger.working() as cursor:
        assert not contents.note_slow(cursor, ledger.channel, plan.send_plan_id, messages=9, reason="x")
    assert failure(ledger, plan) is None


# Workers that die composing.


def test_a_plan_with_which_two_workers_in_a_row_die_is_set_aside(ledger: Ledger) -> None:
    plan = ledger.plan(100)
    claim(ledger)
    die(ledger)
    assert failure(ledger, plan) is None, "it may have been chance"
    alone = claim(ledger)
    assert [(len(alone), alone[0].hold)] == [(50, "alone")]
    die(ledger)
    assert failure(ledger, plan) == "unusable-content"
    assert ledger.states(plan) == {"cancelled": 100}
    assert ledger.value("select plans_set_aside from senders") == 1


def test_messages_that_are_composed_in_between_clear_a_plan(ledger: Ledger) -> None:
    plan = ledger.plan(200)
    for _ in range(3):
        claim(ledger)
        die(ledger)
        alone = claim(ledger)
        ledger.start(calls_of(alone))
        ledger.record(calls_of(alone), results_of(alone, Outcome.RETRY))
        free(ledger, plan)
    assert failure(ledger, plan) is None


def test_whoever_dies_with_several_plans_accuses_none_but_each_is_composed_alone(ledger: Ledger) -> None:
    plans = [begun(ledger, 10) for _ in range(2)]
    for _ in range(3):
        for _ in plans:
            claim(ledger)
        ledger.query("update ddp.content_troubles set died_at = died_at - interval '11 minutes'")
        die(ledger)
    assert [failure(ledger, plan) for plan in plans] == [None, None]
    busy = claim(ledger, is_idle=False)
    assert busy == [], "a worker with other messages in its hands leaves them"
    while (ledger.wait() or 0) > 0:
        ledger.query("update ddp.bucket_senders set due_at = now()")
    assert {one.hold for one in claim(ledger, is_idle=True)} == {"alone"}


def test_workers_that_die_at_the_same_time_are_one_death(ledger: Ledger) -> None:
    """An outage of the database, for example."""
    plan = begun(ledger, 100)
    for worker in (ME, OTHER):
        claim(ledger, worker, limit=50)
    for worker in (ME, OTHER):  # their leases end one after the other
        ledger.query(
            "update ddp.send_calls set leased_until = now() - interval '1 second' where worker = %s", worker
        )
        with ledger.working() as cursor:
            reconciliation.note_deaths(cursor, ledger.channel)
    assert ledger.query("select deaths from ddp.content_troubles") == [{"deaths": 1}]
    assert failure(ledger, plan) is None


def test_a_death_is_counted_once(ledger: Ledger) -> None:
    ledger.plan(10)
    claim(ledger)
    ledger.query("update ddp.send_calls set leased_until = now() - interval '1 second'")
    counts = []
    for _ in range(2):
        with ledger.working() as cursor:
            counts.append(reconciliation.note_deaths(cursor, ledger.channel)["suspected"])
    assert counts == [1, 0]


def test_a_worker_that_dies_in_a_call_says_nothing_about_content(ledger: Ledger) -> None:
    plan = ledger.plan(10)
    for _ in range(3):
        if claimed := claim(ledger, limit=3):
            ledger.start(calls_of(claimed))
        die(ledger)
    assert failure(ledger, plan) is None
    assert ledger.query("select send_plan_id from ddp.content_troubles") == []


def test_whoever_does_not_free_a_sender_is_followed_by_one_worker_alone(ledger: Ledger) -> None:
    """Ten seconds after its last sign, long before its lease ends."""
    begun(ledger, 200, chunk_size=100)
    ledger.query("update send_plans set started_at = null")
    claim(ledger, limit=100)
    ledger.query("update ddp.bucket_senders set held_until = now() - interval '1 second'")
    alone = claim(ledger, OTHER)
    assert [(len(alone), alone[0].hold)] == [(50, "alone")]
    assert claim(ledger) == []
