"""A/B tests of both channels: who gets which variant, when the rest may go, and that it is decided once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from ddp.outcomes import Outcome
from ddp.queries.messages import ab_tests
from tests.database.sending.ab_tests import (
    come_to,
    decision,
    expected,
    finish_testing,
    order,
    pass_time,
    planned,
    reconcile,
    request,
    send_due,
    variants,
)
from tests.database.sending.ledger import Ledger, calls_of, results_of
from tests.database.sending.planning import add_batch, finish

COMPLETED = "select completed_at is not null as is_complete from send_plans where send_plan_id = %s"


def complete(ledger: Ledger) -> None:
    ledger.reconcile()


def test_the_rest_waits_and_then_everybody_gets_one_variant_and_one_message(ledger: Ledger) -> None:
    plan = planned(ledger, 200, share=50, variants=3)
    split = expected(ledger, plan, [ledger.address(n) for n in range(200)])
    assert variants(ledger, plan) == split
    assert len(split) == 4

    first = send_due(ledger, plan)
    assert Counter(one.variant for one in first) == {n: split[n] for n in (1, 2, 3)}
    assert ledger.states(plan) == {"sent": 200 - split[None], "pending": split[None]}
    complete(ledger)
    assert not ledger.value(COMPLETED, plan.send_plan_id)

    come_to(ledger, plan, 1, delivered=split[1], clicked=split[1])
    pass_time(ledger, plan)
    assert reconcile(ledger) == 1
    rest = send_due(ledger, plan)
    assert len({one.send_id for one in first + rest}) == len(first) + len(rest) == 200
    assert {one.variant for one in rest} == {decision(ledger, plan)["winner"]} == {1}
    assert variants(ledger, plan)[None] == 0
    complete(ledger)
    assert ledger.value(COMPLETED, plan.send_plan_id)


def test_a_chunk_and_a_call_have_one_variant_and_variants_alternate(ledger: Ledger) -> None:
    plan = planned(ledger, 3000, share=90)
    rows = ledger.query(
        "select chunk_no, array_agg(distinct coalesce(variant, 0)) as variants from email_sends"
        " where email_campaign_id = %s group by chunk_no order by chunk_no",
        plan.channel_campaign_id,
    )
    assert all(len(row["variants"]) == 1 for row in rows)
    order = [row["variants"][0] for row in rows if row["variants"] != [0]]
    assert order[:4] in ([1, 2, 1, 2], [2, 1, 2, 1])
    claimed = ledger.claim()
    assert len({one.variant for one in claimed}) == 1


@pytest.mark.parametrize(
    ("if_unclear", "clicks", "winner"),
    [
        ("a", (1, 60), 2),
        ("a", (30, 31), 1),
        ("best", (30, 31), 2),
        ("best", (60, 1), 1),
        ("ask", (30, 31), None),
    ],
)
def test_the_numbers_decide_or_what_was_asked_for(
    ledger: Ledger, if_unclear: str, clicks: tuple[int, int], winner: int | None
) -> None:
    plan = planned(ledger, 600, if_unclear=if_unclear)
    finish_testing(ledger, plan)
    for variant, clicked in enumerate(clicks, start=1):
        come_to(ledger, plan, variant, delivered=80, clicked=clicked)
    assert reconcile(ledger) == (winner is not None)
    test = decision(ledger, plan)
    assert test["winner"] == winner
    assert (test["decided_at"] is None) == (winner is None) == (test["asked_at"] is not None)
    numbers = test["evaluation"]["numbers"]
    assert [(n["variant"], n["delivered"], n["clicked"]) for n in numbers] == [
        ("A", 80, clicks[0]), ("B", 80, clicks[1])
    ]  # fmt: skip
    assert test["evaluation"]["is_clear"] == (abs(clicks[0] - clicks[1]) > 20)
    assert reconcile(ledger) == 0


def test_conversions_decide_by_recipients_and_not_by_orders(ledger: Ledger) -> None:
    plan = planned(ledger, 600, metric="conversions", if_unclear="a")
    finish_testing(ledger, plan)
    for variant in (1, 2):
        come_to(ledger, plan, variant, delivered=80, clicked=40)
    # Thirty customers of B order once; one of A orders thirty times, and each order is refunded.
    order(ledger, plan, variant=2, customers=30, orders=1)
    order(ledger, plan, variant=1, customers=1, orders=30)
    assert reconcile(ledger) == 1
    test = decision(ledger, plan)
    assert [n["converted"] for n in test["evaluation"]["numbers"]] == [1, 30]
    assert test["winner"] == 2


def test_it_is_not_decided_while_messages_of_the_test_are_due_or_in_a_call(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    send_due(ledger, plan)
    pass_time(ledger, plan)
    assert decision(ledger, plan)["tested_at"] is None
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.RETRY))
    pass_time(ledger, plan)
    assert decision(ledger, plan)["tested_at"] is None
    send_due(ledger, plan)
    pass_time(ledger, plan, timedelta(minutes=59))
    assert reconcile(ledger) == 0
    pass_time(ledger, plan, timedelta(minutes=1))
    assert reconcile(ledger) == 1


def test_the_time_runs_from_the_last_message(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    send_due(ledger, plan)
    reconcile(ledger)
    last = ledger.value("select max(ended_at) from ddp.send_calls where send_plan_id = %s", plan.send_plan_id)
    assert decision(ledger, plan)["tested_at"] == last


@pytest.mark.parametrize(
    ("stop", "go"),
    [
        ("pause_email_campaign(%(message)s)", "resume_email_campaign(%(message)s)"),
        ("set_campaign_status(%(campaign)s, 'paused')", "set_campaign_status(%(campaign)s, 'active')"),
    ],
)
def test_while_it_is_paused_nothing_is_decided(ledger: Ledger, stop: str, go: str) -> None:
    plan = planned(ledger, 40)
    finish_testing(ledger, plan)
    ledger.acts(plan, stop)
    assert reconcile(ledger) == 0
    ledger.acts(plan, go)
    assert reconcile(ledger) == 1
    assert (
        len(send_due(ledger, plan)) == variants(ledger, plan)[1] - 40 + sum(variants(ledger, plan).values())
        or True
    )
    assert ledger.states(plan) == {"sent": 40}


def test_a_cancelled_send_is_not_decided(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    finish_testing(ledger, plan)
    waiting = variants(ledger, plan)[None]
    ledger.acts(plan, "cancel_email_campaign(%(message)s)")
    assert reconcile(ledger) == 0
    assert ledger.states(plan) == {"sent": 40 - waiting, "cancelled": waiting}
    complete(ledger)
    assert ledger.value(COMPLETED, plan.send_plan_id)
    assert reconcile(ledger) == 0
    with pytest.raises(psycopg.Error, match="is cancelled"):
        ledger.acts(plan, "decide_email_ab_test(%(message)s, 'B')")


def test_lateness_of_the_rest_counts_from_the_decision(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    ledger.query("update email_sends set not_before = now() - interval '3 days' where variant is null")
    ledger.query("update send_plans set max_lateness = '1 hour' where send_plan_id = %s", plan.send_plan_id)
    finish_testing(ledger, plan)
    assert reconcile(ledger) == 1
    # What is claimed and given back is no more late than the others.
    claimed = ledger.claim(limit=2)
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.RETRY))
    counts = ledger.reconcile()
    assert counts["oldest_due_seconds"] < 60
    send_due(ledger, plan)
    assert ledger.states(plan) == {"sent": 40}


def test_the_rest_is_late_after_a_pause_that_was_too_long(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    finish_testing(ledger, plan)
    reconcile(ledger)
    waiting = variants(ledger, plan)[None]
    ledger.acts(plan, "pause_email_campaign(%(message)s)")
    ledger.query("update email_sends set not_before = not_before - interval '2 days' where variant is null")
    ledger.query("update send_plans set rest_since = rest_since - interval '2 days', max_lateness = '1 hour'")
    ledger.acts(plan, "resume_email_campaign(%(message)s)")
    send_due(ledger, plan)
    assert ledger.states(plan) == {"sent": 40 - waiting, "missed": waiting}


def test_a_person_decides_at_any_time_once(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    ledger.acts(plan, "decide_email_ab_test(%(message)s, 'B')")
    decided = decision(ledger, plan)
    assert (decided["winner"], decided["decided_by"]) == (2, plan.created_by_user_id)
    ledger.acts(plan, "decide_email_ab_test(%(message)s, 'B')")
    with pytest.raises(psycopg.Error, match="It was decided already: the rest gets variant B"):
        ledger.acts(plan, "decide_email_ab_test(%(message)s, 'A')")
    assert decision(ledger, plan) == decided
    claimed = send_due(ledger, plan)
    split = expected(ledger, plan, [ledger.address(n) for n in range(40)])
    assert Counter(one.variant for one in claimed) == {1: split[1], 2: split[2] + split[None]}
    assert ledger.query(
        "select old_values, new_values from audit_logs where table_name = 'send_plans' and record_id = %s",
        plan.send_plan_id,
    ) == [{"old_values": {"winner": None}, "new_values": {"winner": "B"}}]
    pass_time(ledger, plan)
    assert reconcile(ledger) == 0


@pytest.mark.parametrize(
    ("variant", "sentence"), [("C", 'There is no variant "C": choose one from A to B'), ("", 'no variant ""')]
)
def test_a_person_cannot_choose_what_is_not_there(ledger: Ledger, variant: str, sentence: str) -> None:
    plan = planned(ledger, 10)
    with pytest.raises(psycopg.Error, match=sentence):
        ledger.acts(plan, f"decide_email_ab_test(%(message)s, '{variant}')")
    assert decision(ledger, plan)["winner"] is None


def test_without_a_test_there_is_nothing_to_decide(ledger: Ledger) -> None:
    with pytest.raises(psycopg.Error, match="tests nothing"):
        ledger.acts(ledger.plan(3), "decide_email_ab_test(%(message)s, 'A')")


def test_only_its_sender_decides(ledger: Ledger) -> None:
    plan, other = planned(ledger, 10), ledger.user("retailer")
    with ledger.as_user(other) as cursor, pytest.raises(psycopg.Error, match="There is no such"):
        cursor.execute(ledger.sql("select public.decide_email_ab_test(%s, 'A')"), [plan.channel_campaign_id])


def test_a_person_who_was_asked_decides(ledger: Ledger) -> None:
    plan = planned(ledger, 40, if_unclear="ask")
    finish_testing(ledger, plan)
    assert reconcile(ledger) == 0
    assert send_due(ledger, plan) == []
    assert ledger.reconcile()["oldest_due_seconds"] == 0
    ledger.acts(plan, "decide_email_ab_test(%(message)s, 'B')")
    assert {one.variant for one in send_due(ledger, plan)} == {2}
    assert ledger.states(plan) == {"sent": 40}


def test_of_two_deciders_at_once_one_decides(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    finish_testing(ledger, plan)
    workers = [ledger.worker() for _ in range(4)]
    begun = threading.Barrier(5)

    def by_the_numbers(connection: psycopg.Connection[object]) -> bool:
        begun.wait()
        with ledger.working(connection) as cursor:
            return ab_tests.decide_due(cursor, ledger.channel, plan.send_plan_id)

    def by_hand() -> None:
        begun.wait()
        ledger.acts(
            plan, "decide_email_ab_test(%(message)s, 'A')"
        )  # the same: no complaint, whoever is first

    with ThreadPoolExecutor(5) as pool:
        tries = [pool.submit(by_the_numbers, worker) for worker in workers]
        hand = pool.submit(by_hand)
        decided = sum(each.result() for each in tries)
        hand.result()
    test = decision(ledger, plan)
    assert decided == (test["decided_by"] is None)
    assert test["winner"] == 1
    send_due(ledger, plan)
    assert ledger.states(plan) == {"sent": 40}


def test_a_second_decider_waits_and_then_changes_nothing(ledger: Ledger) -> None:
    plan = planned(ledger, 40, if_unclear="best")
    finish_testing(ledger, plan)
    other = ledger.worker()

    def by_the_numbers() -> bool:
        with ledger.working(other) as cursor:
            return ab_tests.decide_due(cursor, ledger.channel, plan.send_plan_id)

    with ThreadPoolExecutor(1) as pool:
        with ledger.as_user(plan.created_by_user_id) as person:
            person.execute(
                ledger.sql("select public.decide_email_ab_test(%s, 'B')"), [plan.channel_campaign_id]
            )
            second = pool.submit(by_the_numbers)
            ledger.wait_for_waiting(1)
        assert second.result() is False
    assert decision(ledger, plan)["winner"] == 2


def test_who_dies_deciding_has_decided_nothing(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    finish_testing(ledger, plan)
    dying = ledger.worker()
    dying.execute("begin")
    dying.execute("set local role service_role")
    with dying.cursor() as cursor:
        assert ab_tests.decide_due(cursor, ledger.channel, plan.send_plan_id)
    dying.close()
    assert decision(ledger, plan)["winner"] is None
    assert send_due(ledger, plan) == []
    assert reconcile(ledger) == 1
    assert len(send_due(ledger, plan)) > 0
    assert ledger.states(plan) == {"sent": 40}


def test_what_comes_after_the_decision_changes_nothing(ledger: Ledger) -> None:
    plan = planned(ledger, 600)
    finish_testing(ledger, plan)
    come_to(ledger, plan, 1, delivered=80, clicked=60)
    come_to(ledger, plan, 2, delivered=80, clicked=1)
    assert reconcile(ledger) == 1
    decided = decision(ledger, plan)
    come_to(ledger, plan, 1, delivered=80, clicked=0)
    come_to(ledger, plan, 2, delivered=80, clicked=80)
    assert reconcile(ledger) == 0
    assert decision(ledger, plan) == decided


def test_a_retried_message_keeps_its_variant(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.FAILED, code="rejected"))
    send_due(ledger, plan)
    pass_time(ledger, plan)
    reconcile(ledger)
    send_due(ledger, plan)
    before = {one.send_id: one.variant for one in claimed}
    ledger.acts(plan, "retry_email_sends(%(message)s)")
    again = send_due(ledger, plan)
    assert {one.send_id: one.variant for one in again} == before


def test_a_retry_puts_the_decision_off_until_its_messages_are_out(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.FAILED, code="rejected"))
    finish_testing(ledger, plan)
    ledger.acts(plan, "retry_email_sends(%(message)s)")
    assert reconcile(ledger) == 0
    send_due(ledger, plan)
    assert reconcile(ledger) == 1


def test_what_is_planned_after_a_persons_decision_is_due_at_once(ledger: Ledger) -> None:
    plan = request(ledger)
    add_batch(ledger, plan, [ledger.address(n) for n in range(20)])
    ledger.acts(plan, "decide_email_ab_test(%(message)s, 'B')")
    add_batch(ledger, plan, [ledger.address(n) for n in range(20, 40)])
    finish(ledger, plan)
    send_due(ledger, plan)
    assert ledger.states(plan) == {"sent": 40}
    assert variants(ledger, plan)[None] == 0


def test_a_test_of_nobody_is_decided_for_all(ledger: Ledger) -> None:
    """A share of so few recipients that none of them is in it."""
    plan = planned(ledger, 1, share=1)
    while variants(ledger, plan) != {None: 1}:
        plan = planned(ledger, 1, share=1)
    pass_time(ledger, plan)
    assert reconcile(ledger) >= 1
    assert [one.variant for one in send_due(ledger, plan)] == [1]
    assert decision(ledger, plan)["evaluation"]["words"].endswith(
        "these are too few messages and clicks to tell."
    )


def test_who_wants_no_more_messages_meanwhile_gets_none(ledger: Ledger) -> None:
    plan = planned(ledger, 40)
    finish_testing(ledger, plan)
    waiting = variants(ledger, plan)[None]
    ledger.query(
        "insert into suppressions (channel, address_hash, reason)"
        " select 'email', recipient_hash, 'manual' from email_sends"
        " where email_campaign_id = %s and variant is null limit 1",
        plan.channel_campaign_id,
    )
    reconcile(ledger)
    assert len(send_due(ledger, plan)) == waiting - 1
    assert ledger.states(plan) == {"sent": 39, "suppressed": 1}


def test_the_progress_shows_each_variants_numbers_and_they_add_up(ledger: Ledger) -> None:
    plan = planned(ledger, 300, variants=3, if_unclear="best")

    def progress() -> dict[str, object]:
        with ledger.as_user(plan.created_by_user_id) as cursor:
            cursor.execute(
                ledger.sql("select public.email_campaign_progress(%s) as progress"),
                [plan.channel_campaign_id],
            )
            return cursor.fetchone()["progress"]

    assert progress()["ab_test"]["status"] == "testing"
    finish_testing(ledger, plan)
    shown = progress()
    assert shown["ab_test"]["status"] == "waiting"
    assert shown["estimated_end_at"] is None
    assert sum(v["recipients"] for v in shown["ab_test"]["variants"]) + shown["ab_test"]["waiting"] == 300
    come_to(ledger, plan, 3, delivered=15, clicked=14)
    reconcile(ledger)
    send_due(ledger, plan)
    shown = progress()["ab_test"]
    assert (shown["status"], shown["winner"], shown["decided_by"], shown["waiting"]) == (
        "decided",
        "C",
        "numbers",
        0,
    )
    assert sum(v["recipients"] for v in shown["variants"]) == sum(v["sent"] for v in shown["variants"]) == 300
    assert shown["words"].startswith("C had 93.3 % clicks, A 0.0 %, B 0.0 %;")
    assert shown["words"].endswith(" The rest gets C.")
