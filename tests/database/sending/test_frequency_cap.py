"""Frequency caps: how many messages one recipient gets in some days, from one sender or from all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import psycopg
import pytest

from ddp.channels import EMAIL
from ddp.outcomes import Outcome
from ddp.queries.sending import sends
from ddp.queries.sending.sends import Claimed
from tests.database.sending.ledger import LEASE, Ledger, Plan, calls_of, results_of

SENDER = "capped@sender.example"
COUNTERS = """
select send_ids, attempts, counted_at, last_at from ddp.recipient_counters order by recipient_hash, owner_id
"""
AGE = """
update ddp.recipient_counters set last_at = last_at - %s::interval,
    counted_at = array(select t - %s::interval from unnest(counted_at) with ordinality c (t, n) order by n)
"""
ALL = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@pytest.fixture(autouse=True)
def no_caps(ledger: Ledger) -> None:
    ledger.query("truncate ddp.frequency_caps, ddp.recipient_counters")


def cap(ledger: Ledger, owner: UUID | str, messages: int, days: int = 7) -> None:
    """Set a cap of the ledger's channel, as the functions do."""
    ledger.query(
        "insert into ddp.frequency_caps (channel, owner_id, messages, days) values ('email', %s, %s, %s)"
        " on conflict (channel, owner_id) do update set messages = excluded.messages, days = excluded.days",
        owner, messages, days,
    )  # fmt: skip


def plans(ledger: Ledger, number: int, *, sender: str | None = SENDER, recipients: int = 1) -> list[Plan]:
    """Campaigns, each to the same recipients."""
    return [ledger.plan(recipients, sender=sender) for _ in range(number)]


def claim_all(ledger: Ledger) -> list[Claimed]:
    claimed: list[Claimed] = []
    while more := ledger.claim():
        claimed += more
    return claimed


def send(ledger: Ledger, claimed: Sequence[Claimed], outcome: Outcome = Outcome.ACCEPTED) -> list[Claimed]:
    """Start the calls and record the same result of everyone who may go. Returns these."""
    started = ledger.start_sends(calls_of(claimed))
    going = [one for one in claimed if one.send_id in started]
    ledger.record(calls_of(claimed), results_of(going, outcome, code="c"))
    return going


def states(ledger: Ledger) -> dict[str, int]:
    return dict(Counter(row["status"] for row in ledger.query("select status::text from email_sends")))


def test_without_a_cap_nothing_is_counted(ledger: Ledger) -> None:
    (plan, *_) = plans(ledger, 3)
    cap(ledger, ledger.user("retailer"), 1)  # somebody else's
    ledger.query(
        "insert into ddp.frequency_caps values (%s, %s, 1, 1)",
        ledger.other_channel.name, plan.created_by_user_id,
    )  # fmt: skip
    assert len(send(ledger, claim_all(ledger))) == 3
    assert ledger.query(COUNTERS) == []


def test_who_has_had_as_many_is_missed_and_everybody_else_gets_the_message(ledger: Ledger) -> None:
    first, _ = plans(ledger, 2, recipients=60)
    plans(ledger, 1, recipients=50)
    cap(ledger, first.created_by_user_id, 2)
    assert len(send(ledger, claim_all(ledger))) == 2 * 60
    assert states(ledger) == {"sent": 120, "missed": 50}
    rows = ledger.query(
        "select distinct failure_code, failure_reason, failed_at, send_call_id from email_sends where status = 'missed'"
    )
    assert rows == [
        {
            "failure_code": "frequency-cap",
            "failure_reason": "The recipient has had as many messages as a frequency cap allows.",
            "failed_at": None,
            "send_call_id": None,
        }
    ]
    counters = ledger.query(COUNTERS)
    assert {len(row["send_ids"]) for row in counters} == {2}
    assert all(row["counted_at"] == sorted(row["counted_at"]) for row in counters)


def test_a_call_of_which_nobody_is_left_is_not_made(ledger: Ledger) -> None:
    first, second = plans(ledger, 2, recipients=5)
    cap(ledger, first.created_by_user_id, 1)
    assert [len(send(ledger, ledger.claim())) for _ in range(2)] == [5, 0]
    assert sorted([ledger.states(first), ledger.states(second)], key=str) == [{"missed": 5}, {"sent": 5}]
    assert ledger.value("select count(*) from ddp.send_calls where ended_at is null") == 0
    ledger.reconcile()
    assert ledger.value("select count(*) from send_plans where completed_at is null") == 0


def test_the_caps_of_a_sender_and_of_the_platform_both_hold(ledger: Ledger) -> None:
    own = plans(ledger, 3)
    (other,) = plans(ledger, 1, sender="other@sender.example")
    cap(ledger, own[0].created_by_user_id, 2)
    cap(ledger, ALL, 3)
    claimed = claim_all(ledger)
    assert len(send(ledger, claimed)) == 3
    assert ledger.states(other) == {"sent": 1}, (
        "the third message of its sender took nothing of the platform's cap"
    )
    (late,) = plans(ledger, 1, sender="third@sender.example")
    assert send(ledger, claim_all(ledger)) == []
    assert ledger.states(late) == {"missed": 1}
    assert ledger.value("select count(distinct failure_reason) from email_sends where status = 'missed'") == 1


def test_who_is_over_the_platforms_cap_keeps_the_slot_of_its_sender(ledger: Ledger) -> None:
    plans(ledger, 1, sender="other@sender.example")
    cap(ledger, ALL, 1)
    assert len(send(ledger, claim_all(ledger))) == 1
    (plan,) = plans(ledger, 1)
    cap(ledger, plan.created_by_user_id, 1)
    assert send(ledger, claim_all(ledger)) == []
    ledger.query("delete from ddp.frequency_caps where owner_id = %s", ALL)
    plans(ledger, 1)
    assert len(send(ledger, claim_all(ledger))) == 1


def test_two_messages_of_one_start_share_the_cap(ledger: Ledger) -> None:
    (plan, *_) = plans(ledger, 4, recipients=3)
    cap(ledger, plan.created_by_user_id, 2)
    assert Counter(one.address for one in send(ledger, claim_all(ledger))) == {
        ledger.address(n): 2 for n in (1, 2, 3)
    }


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.RETRY])
def test_what_certainly_was_not_accepted_counts_no_more(ledger: Ledger, outcome: Outcome) -> None:
    first, _ = plans(ledger, 2)
    cap(ledger, first.created_by_user_id, 1)
    claimed = ledger.claim()
    assert len(send(ledger, claimed, outcome)) == 1
    again = claim_all(ledger)
    (other,) = [c for c in again if c.send_id != claimed[0].send_id]
    assert len(send(ledger, [other])) == 1
    again.remove(other)
    if outcome is Outcome.FAILED:
        message = ledger.value("select email_campaign_id from email_sends where status = 'failed'")
        with ledger.as_user(first.created_by_user_id) as cursor:
            cursor.execute(ledger.sql("select public.retry_email_sends(%s)"), [message])
    assert send(ledger, [*again, *claim_all(ledger)]) == [], "the other one has the slot"
    assert states(ledger) == {"sent": 1, "missed": 1}


def test_an_unknown_result_keeps_its_slot_which_its_retry_uses(ledger: Ledger) -> None:
    first, _ = plans(ledger, 2)
    cap(ledger, first.created_by_user_id, 1)
    claimed = ledger.claim()
    send(ledger, claimed, Outcome.UNKNOWN)
    (before,) = ledger.query(COUNTERS)
    assert send(ledger, claim_all(ledger)) == []
    assert states(ledger) == {"unknown": 1, "missed": 1}
    message = ledger.value("select email_campaign_id from email_sends where status = 'unknown'")
    with ledger.as_user(first.created_by_user_id) as cursor:
        cursor.execute(ledger.sql("select public.settle_unknown_email_sends(%s, 'retry')"), [message])
    plans(ledger, 1)
    assert [one.attempt for one in send(ledger, claim_all(ledger), Outcome.FAILED)] == [2]
    (after,) = ledger.query(COUNTERS)
    assert (after["send_ids"], after["attempts"]) == (before["send_ids"], [1])
    assert after["last_at"] > before["last_at"]
    plans(ledger, 1)
    assert send(ledger, claim_all(ledger)) == [], "the first attempt may have been accepted"


def test_a_worker_that_dies_leaves_what_it_started_and_nothing_else(ledger: Ledger) -> None:
    first, *_ = plans(ledger, 3)
    cap(ledger, first.created_by_user_id, 2)
    lost, started = ledger.claim(lease=timedelta(0)), ledger.claim(lease=LEASE)
    assert len(ledger.start_sends(calls_of([*lost, *started]))) == 1
    ledger.query(
        "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"
    )
    ledger.reconcile()
    assert states(ledger) == {"pending": 2, "unknown": 1}
    assert len(send(ledger, claim_all(ledger))) == 1
    assert states(ledger) == {"sent": 1, "missed": 1, "unknown": 1}


def test_a_start_that_was_rolled_back_took_nothing(ledger: Ledger) -> None:
    (plan,) = plans(ledger, 1)
    cap(ledger, plan.created_by_user_id, 1)
    claimed = ledger.claim()
    with ledger.working() as cursor:
        assert sends.start_calls(cursor, ledger.channel, calls_of(claimed), lease=LEASE)
        raise psycopg.Rollback
    assert ledger.query(COUNTERS) == []
    assert len(send(ledger, claimed)) == 1


def test_messages_count_for_so_many_days(ledger: Ledger) -> None:
    first, _ = plans(ledger, 2)
    cap(ledger, first.created_by_user_id, 2, days=3)
    assert len(send(ledger, claim_all(ledger))) == 2
    plans(ledger, 1)
    ledger.query(AGE, "2 days 23:59", "2 days 23:59")
    assert send(ledger, claim_all(ledger)) == []
    ledger.query(AGE, "1 minute", "1 minute")
    for expected in (1, 1, 0):
        plans(ledger, 1)
        assert len(send(ledger, claim_all(ledger))) == expected
    (counter,) = ledger.query(COUNTERS)
    assert len(counter["send_ids"]) == 2


def test_a_change_of_the_cap_holds_from_the_next_call_on(ledger: Ledger) -> None:
    first, *_ = plans(ledger, 3)
    for messages, days, expected in ((3, 7, 3), (2, 7, 0), (4, 7, 1), (4, 1, 0), (1, 30, 0), (2, 30, 0)):
        cap(ledger, first.created_by_user_id, messages, days)
        assert len(send(ledger, claim_all(ledger))) == expected, messages
        plans(ledger, 1)
    ledger.query("delete from ddp.frequency_caps")
    assert len(send(ledger, claim_all(ledger))) == 1


def test_a_longer_period_counts_what_a_shorter_one_no_longer_did(ledger: Ledger) -> None:
    first, _ = plans(ledger, 2)
    cap(ledger, first.created_by_user_id, 2, days=1)
    assert len(send(ledger, claim_all(ledger))) == 2
    ledger.query(AGE, "2 days", "2 days")
    plans(ledger, 1)
    assert len(send(ledger, claim_all(ledger))) == 1
    cap(ledger, first.created_by_user_id, 2, days=7)
    plans(ledger, 1)
    assert send(ledger, claim_all(ledger)) == []


def start_at_once(ledger: Ledger, claimed: Sequence[Claimed], together: Barrier, *, dies: bool) -> int:
    """A worker that starts its calls when the others do. Returns how many messages went."""
    calls = calls_of(claimed)
    connection = ledger.worker()
    try:
        with ledger.working(connection) as cursor:
            together.wait(10)
            going = sends.start_calls(cursor, ledger.channel, calls, lease=LEASE)
        if (went := sum(map(len, going.values()))) and not dies:
            with ledger.working(connection) as cursor:
                sends.record(cursor, ledger.channel, calls, results_of(claimed, Outcome.ACCEPTED))
        return went
    finally:
        connection.close()


@pytest.mark.parametrize("repetition", range(3))
def test_eight_workers_and_one_recipient(ledger: Ledger, repetition: int) -> None:
    """Each has claimed a campaign of its own; all start at once, and half of them die before they record."""
    made = plans(ledger, 8)
    cap(ledger, made[0].created_by_user_id, 3)
    cap(ledger, ALL, 5)
    claimed, together = [ledger.claim() for _ in made], Barrier(len(made))
    with ThreadPoolExecutor(len(made)) as pool:
        running = [
            pool.submit(start_at_once, ledger, own, together, dies=number % 2 == 0)
            for number, own in enumerate(claimed)
        ]
        assert sum(future.result() for future in running) == 3
    ledger.query(
        "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"
    )
    ledger.reconcile()
    found = states(ledger)
    assert found.get("sent", 0) + found.get("unknown", 0) == 3, found
    assert found["missed"] == 5


def test_transactional_messages_neither_count_nor_are_held_back(ledger: Ledger) -> None:
    if ledger.channel is EMAIL:
        pytest.skip("e-mail has no transactional messages")
    first, second, third = plans(ledger, 3)
    cap(ledger, first.created_by_user_id, 1)
    ledger.query(
        "update send_plans set message_type = 'transactional' where send_plan_id = any (%s)",
        [first.send_plan_id, second.send_plan_id],
    )
    assert len(send(ledger, claim_all(ledger))) == 3
    assert ledger.states(third) == {"sent": 1}


def test_progress_says_how_many_a_cap_held_back(ledger: Ledger) -> None:
    first, second = plans(ledger, 2, recipients=3)
    cap(ledger, first.created_by_user_id, 1)
    for _ in range(2):
        send(ledger, ledger.claim())
    seen = []
    for plan in (first, second):
        with ledger.as_user(plan.created_by_user_id) as cursor:
            cursor.execute(
                ledger.sql("select public.email_campaign_progress(%s) as p"), [plan.channel_campaign_id]
            )
            progress = cursor.fetchone()["p"]
        seen.append((progress["missed"], progress["missed_by_cap"], progress["state"]))
    assert [each[:2] for each in sorted(seen)] == [(0, 0), (3, 3)]


@pytest.mark.parametrize("wrong", ["null, 7", "3, null", "0, 7", "3, 0", "101, 1", "1, 91"])
def test_bad_caps(ledger: Ledger, wrong: str) -> None:
    statement = ledger.sql(f"select public.set_frequency_cap(null, 'email', {wrong})")
    refused = pytest.raises(psycopg.Error, match="1 to 100 messages in 1 to 90 days")
    with refused, ledger.as_user(ledger.user("retailer")) as cursor:
        cursor.execute(statement)
