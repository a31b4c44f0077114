"""Sends whose messages are spread over time: planning shifts whole chunks, and everything after it stays as it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ddp.queries.sending import chunks, recipients, reconciliation
from tests.database.sending.ledger import Ledger, Plan, calls_of
from tests.database.sending.planning import add_batch, finish

HOUR = timedelta(hours=1)


def spread(ledger: Ledger, over: timedelta | None, *, scheduled_in: timedelta = timedelta(0)) -> Plan:
    plan = ledger.request([])
    ledger.query(
        "update send_plans set spread_over = %s, scheduled_at = now() + %s where send_plan_id = %s",
        over, scheduled_in, plan.send_plan_id,
    )  # fmt: skip
    return plan


def plan_all(ledger: Ledger, plan: Plan, *batches: int) -> None:
    """Plan batches of so many recipients."""
    first = 0
    for count in batches:
        add_batch(ledger, plan, [ledger.address(first + n) for n in range(count)])
        first += count


def shifts(ledger: Ledger, plan: Plan) -> dict[int, timedelta]:
    """By chunk: how long after the scheduled time it is due. Its recipients are due at the same moment."""
    rows = ledger.query(
        "select c.chunk_no, c.due_at - p.scheduled_at as shift, array_agg(distinct s.not_before) as times, c.due_at,"
        " count(*) as recipients from ddp.send_chunks c"
        " join send_plans p using (send_plan_id)"
        " join email_sends s on s.email_campaign_id = p.email_campaign_id and s.chunk_no = c.chunk_no"
        " where send_plan_id = %s group by c.chunk_no, c.due_at, p.scheduled_at order by c.chunk_no",
        plan.send_plan_id,
    )  # fmt: skip
    assert all(row["times"] == [row["due_at"]] for row in rows)
    assert all(row["recipients"] <= 50 for row in rows)
    return {row["chunk_no"]: row["shift"] for row in rows}


def test_chunks_of_50_fill_the_window_evenly_wherever_planning_stops(ledger: Ledger) -> None:
    plan = spread(ledger, 6 * HOUR)
    for batch in range(1, 4):
        add_batch(ledger, plan, [ledger.address(10_000 * batch + n) for n in range(500 * batch)])
        found = shifts(ledger, plan)
        assert list(found) == list(range(1, len(found) + 1))
        assert found[1] == timedelta(0)
        times = sorted(found.values())
        assert times[-1] < 6 * HOUR
        gaps = [later - earlier for earlier, later in zip(times, [*times[1:], 6 * HOUR], strict=True)]
        assert max(gaps) < 2.7 * 6 * HOUR / len(times)
    assert len(found) == 60


def test_without_the_option_nothing_changes(ledger: Ledger) -> None:
    plan = spread(ledger, None)
    plan_all(ledger, plan, 120)
    (row,) = ledger.query(
        "select chunk_no, due_at from ddp.send_chunks where send_plan_id = %s", plan.send_plan_id
    )
    assert row["chunk_no"] == 1
    assert ledger.value("select count(distinct not_before) from email_sends") == 1


def test_each_bucket_has_chunks_of_its_own(ledger: Ledger) -> None:
    """Also where a run of recipients ends within a chunk."""
    runs = {
        kind: recipients.Run(not_before=datetime.fromisoformat("2030-01-01T00:00+00:00") + shift * HOUR, bucket=bucket,
                             time_zone=None)
        for kind, (bucket, shift) in {"a": ("one", 0), "b": ("one", 5), "c": ("two", 0)}.items()
    }  # fmt: skip
    given: dict[str, Any] = {}
    for kind, count in (("a", 70), ("b", 50), ("c", 30)):
        given |= {f"{kind}{n:03}": (b"", "", kind, "{}") for n in range(count)}
    columns = recipients._columns(given, runs, 7, HOUR)
    where = list(zip(columns["first_places"], columns["part_runs"], strict=True))
    # 70 of the first run: two chunks, the second shared with 30 of the next; 20 left; then the other bucket's own.
    assert where == [(1, 1), (51, 1), (71, 2), (101, 2), (121, 3)]
    assert (columns["lane_chunks"], columns["lane_places"]) == ([8, 8, 11], [1, 1, 121])
    assert columns["last_chunk_no"] == 11
    at = [time - datetime.fromisoformat("2030-01-01T00:00+00:00") for time in columns["part_not_before"]]
    assert at[2] - at[1] == 5 * HOUR, "one chunk, one shift"
    assert all(timedelta(0) <= time < HOUR for time in (at[0], at[1], at[4]))
    assert columns["run_bucket"] == ["one", "one", "two"]


def test_claims_find_only_what_is_due_and_lateness_counts_from_then(ledger: Ledger) -> None:
    plan = spread(ledger, 10 * HOUR)
    plan_all(ledger, plan, 500)
    finish(ledger, plan)
    assert {one.send_plan_id for one in ledger.claim()} == {plan.send_plan_id}
    assert ledger.claim() == [], "the first chunk alone is due"
    assert (ledger.wait() or 300) > 60
    # Five hours later, after a pause: everything due is missed whose own time is longer ago than an hour.
    ledger.query(
        "update send_plans set max_lateness = '1 hour', resumed_at = now() where send_plan_id = %s",
        plan.send_plan_id,
    )
    ledger.query(
        "update email_sends set not_before = not_before - interval '5 hours' where status = 'pending'"
    )
    ledger.query("update ddp.send_chunks set due_at = due_at - interval '5 hours'")
    ledger.query("update ddp.bucket_senders set due_at = now()")
    claimed = []
    for _ in range(20):
        claimed += ledger.claim()
    assert ledger.states(plan)["missed"] > 0
    assert len(claimed) == ledger.states(plan)["sending"] - 50
    ages = ledger.value(
        "select max(now() - not_before) from email_sends"
        " where status = 'sending' and not_before > now() - interval '4 hours'"
    )
    assert ages < timedelta(hours=1, minutes=1)


def test_pausing_keeps_the_order(ledger: Ledger) -> None:
    plan = spread(ledger, 3 * HOUR)
    plan_all(ledger, plan, 300)
    finish(ledger, plan)
    before = shifts(ledger, plan)
    for action in ("pause_email_campaign", "resume_email_campaign"):
        ledger.acts(plan, f"{action}(%(message)s)")
    assert shifts(ledger, plan) == before
    ledger.query("update email_sends set not_before = not_before - interval '3 hours'")
    ledger.query("update ddp.send_chunks set due_at = due_at - interval '3 hours'")
    ledger.query("update ddp.bucket_senders set due_at = now()")
    order: list[int] = []
    while claimed := ledger.claim():
        chunk = ledger.value("select chunk_no from email_sends where email_send_id = %s", claimed[0].send_id)
        order.append(chunk)
        ledger.query("update ddp.send_calls set leased_until = now() + interval '1 hour'")
    assert order == sorted(before, key=lambda number: before[number])


@pytest.mark.parametrize(("over", "hints"), [(timedelta(minutes=10), 2), (24 * HOUR, 1), (None, 2)])
def test_a_hint_stands_for_500_recipients(ledger: Ledger, over: timedelta | None, hints: int) -> None:
    plan = spread(ledger, over)
    plan_all(ledger, plan, 1_000)
    with ledger.working() as cursor:
        due = chunks.due_soon(cursor, plan.send_plan_id, after_chunk_no=0)
    assert len(due) == hints
    assert [chunk.delay for chunk in due] == sorted(chunk.delay for chunk in due)
    assert all(chunk.delay % 15 == 0 and chunk.delay <= 900 for chunk in due)
    finish(ledger, plan)
    ledger.query("update ddp.send_chunks set due_at = now(), queued_at = null")
    with ledger.working() as cursor:
        work = reconciliation.waiting_work(cursor, ledger.channel, limit=100)
    assert len(work["chunks"]) == 2


def test_an_unsent_chunk_without_a_hint_is_told_within_the_minute(ledger: Ledger) -> None:
    """Whichever of ten chunks the hint was for, and whoever has sent it."""
    plan = spread(ledger, timedelta(minutes=1))
    plan_all(ledger, plan, 100)
    finish(ledger, plan)
    ledger.query("update ddp.send_chunks set due_at = now() where chunk_no = 2")
    assert calls_of(ledger.claim())
    with ledger.working() as cursor:
        work = reconciliation.waiting_work(cursor, ledger.channel, limit=100)
        assert len(work["chunks"]) == 1
        reconciliation.mark_queued(cursor, ledger.channel, work)


def test_progress_shows_the_window(ledger: Ledger) -> None:
    plan = spread(ledger, 2 * HOUR, scheduled_in=HOUR)
    with ledger.as_user(plan.created_by_user_id) as cursor:
        cursor.execute(
            ledger.sql("select public.email_campaign_progress(%s) as p"), [plan.channel_campaign_id]
        )
        progress = cursor.fetchone()["p"]
    until, scheduled = (datetime.fromisoformat(progress[name]) for name in ("spread_until", "scheduled_at"))
    assert until - scheduled == 2 * HOUR
