"""What is done in one channel leaves every row of the other as it was, also where both share tables.

Both channels have plans of one sender, in every state, in one database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from ddp.outcomes import Outcome
from ddp.queries.sending import chunks, rates, recipients, reconciliation
from ddp.queries.sending.sends import Claimed
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of
from tests.database.sending.people import ask
from tests.database.sending.planning import add_batch, finish
from tests.database.servers import Database

SENDER = "both@sender.example"

# Tables that both channels share: their rows say whose they are.
SHARED = (
    "send_plans", "ddp.send_chunks", "ddp.send_calls", "ddp.rate_buckets", "ddp.bucket_senders", "senders",
    "suppressions", "ddp.sender_hours",
)  # fmt: skip

HOLD = """
select ddp.hold_email_sends(
    array[%s::uuid], array['suppressed']::public.email_send_status[], array[null::timestamptz]
)
"""
SUPPRESS = """
select ddp.suppress_addresses(
    'email', array[sha256(%s::text::bytea)], array[null::uuid], array['complaint']::public.suppression_reason[],
    array[null::uuid]
)
"""
OUTCOMES_OF_HOUR = """
insert into ddp.sender_hours (user_id, channel, hour, accepted, hard_bounced, complained)
values (%s, 'email', date_trunc('hour', now()), 1000, 500, 0)
on conflict (user_id, channel, hour) do update set accepted = 1000, hard_bounced = 500
"""


@dataclass(slots=True, kw_only=True)
class Busy:
    """A channel in which something of everything is going on. `lost` are calls whose lease has ended."""

    ledger: Ledger
    plan: Plan
    finished: Plan
    cancelled: Plan
    requested: Plan
    waiting: list[Claimed]
    under_way: list[Claimed]
    lost: list[Claimed]

    def dump(self) -> dict[str, list[Any]]:
        """All rows of the channel."""
        rows = "select to_jsonb(t) as row from {} t {} order by to_jsonb(t)::text"
        shared = {
            table: self.ledger.query(rows.format(table, "where channel = %s"), self.ledger.channel.name)
            for table in SHARED
        }
        own = {
            table: self.ledger.query(rows.format(table, "")) for table in ("email_sends", "email_campaigns")
        }
        return shared | own

    def ask(self, function: str, *values: object) -> bool:
        """Call a function as the sender."""
        return ask(self.ledger, self.plan.created_by_user_id, function, *values)

    def ask_as_admin(self, function: str, *values: object) -> bool:
        """Call a function as an administrator."""
        return ask(self.ledger, self.ledger.user("admin"), function, *values)


def busy(ledger: Ledger) -> Busy:
    """Plans of one sender with recipients and calls in every state, a limit, and a suppression."""
    ledger.rate(10_000)
    finished = ledger.plan(3, sender=SENDER)
    settle(ledger, Outcome.ACCEPTED, limit=3)
    plan = ledger.plan(30, sender=SENDER, call_size=2, chunk_size=30)
    ledger.query("update send_plans set unknown_policy = 'retry' where send_plan_id = %s", plan.send_plan_id)
    for outcome in (Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNKNOWN):
        settle(ledger, outcome, limit=2)
    ledger.query("update email_sends set unknown_at = now() - interval '80 hours' where status = 'unknown'")
    lost = [*started(ledger), *ledger.claim(2)]
    ledger.query(
        "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"
        " and channel = 'email'"
    )
    under_way, waiting = started(ledger), ledger.claim(2)
    cancelled = ledger.plan(2, sender=SENDER)
    ledger.query("update send_plans set cancelled_at = now() where send_plan_id = %s", cancelled.send_plan_id)
    requested = ledger.request([])
    add_batch(ledger, requested, [ledger.address(1)])
    ledger.query(
        "insert into senders (user_id, channel, max_per_second) values (%s, 'email', 1000)",
        plan.created_by_user_id,
    )
    ledger.query(SUPPRESS, "18")
    return Busy(
        ledger=ledger, plan=plan, finished=finished, cancelled=cancelled, requested=requested, waiting=waiting,
        under_way=under_way, lost=lost,
    )  # fmt: skip


def started(ledger: Ledger, limit: int = 2) -> list[Claimed]:
    """Recipients whose call is under way."""
    claimed = ledger.claim(limit)
    assert len(claimed) == limit
    ledger.start(calls_of(claimed))
    return claimed


def settle(ledger: Ledger, outcome: Outcome, *, limit: int) -> None:
    """Send to some recipients, with this outcome for all of them."""
    claimed = started(ledger, limit)
    ledger.record(calls_of(claimed), results_of(claimed, outcome))


@pytest.fixture
def both(ledger_database: Database, ledger: Ledger) -> Iterator[tuple[Busy, Busy]]:
    """The channel that acts, and the other one."""
    other = Ledger(ledger_database, ledger.other_channel)
    yield busy(ledger), busy(other)
    other.close()


# Work of a channel that changes shared tables or its ledger, by name, in an order in which each finds something to do.
WORK: dict[str, Callable[[Busy], None]] = {}


def work(function: Callable[[Busy], None]) -> Callable[[Busy], None]:
    """Add a function to WORK."""
    WORK[function.__name__] = function
    return function


@work
def claim(busy: Busy) -> None:
    busy.ledger.claim(2)


@work
def start(busy: Busy) -> None:
    busy.ledger.start(calls_of(busy.waiting))


@work
def record_acceptances(busy: Busy) -> None:
    busy.ledger.record(calls_of(busy.under_way), results_of(busy.under_way, Outcome.ACCEPTED))


@work
def give_back(busy: Busy) -> None:
    busy.ledger.record(calls_of(busy.waiting), results_of(busy.waiting, Outcome.RETRY))


@work
def hold(busy: Busy) -> None:
    busy.ledger.query(HOLD, busy.waiting[0].send_id)


@work
def expire(busy: Busy) -> None:
    busy.ledger.query("select ddp.expire_email_calls()")


@work
def complete(busy: Busy) -> None:
    with busy.ledger.working() as cursor:
        recipients.complete(cursor, busy.ledger.channel, [busy.finished.send_plan_id])


@work
def reconcile(busy: Busy) -> None:
    busy.ledger.reconcile()


@work
def hand_out_waiting_work(busy: Busy) -> None:
    with busy.ledger.working() as cursor:
        found = reconciliation.waiting_work(cursor, busy.ledger.channel, limit=100)
        reconciliation.mark_queued(cursor, busy.ledger.channel, found)


@work
def put_off(busy: Busy) -> None:
    with busy.ledger.working() as cursor:
        chunks.put_off(cursor, busy.plan.send_plan_id, 1, delay=timedelta(minutes=1))


@work
def store_quota(busy: Busy) -> None:
    with busy.ledger.working() as cursor:
        assert rates.quota_is_stale(cursor, busy.ledger.channel, busy.ledger.bucket, after=timedelta(0))
        rates.store_quota(cursor, busy.ledger.bucket, per_second=7, daily_left=1000)


@work
def slow_down(busy: Busy) -> None:
    with busy.ledger.working() as cursor:
        rates.slow_down(cursor, busy.ledger.bucket)


@work
def plan_more(busy: Busy) -> None:
    add_batch(busy.ledger, busy.requested, [busy.ledger.address(n) for n in range(2, 10)])
    finish(busy.ledger, busy.requested)


@work
def suppress(busy: Busy) -> None:
    busy.ledger.query(SUPPRESS, "20")


@work
def pause_and_resume(busy: Busy) -> None:
    assert busy.ask("pause_email_campaign", busy.plan.channel_campaign_id)
    assert busy.ask("resume_email_campaign", busy.plan.channel_campaign_id)


@work
def retry(busy: Busy) -> None:
    assert busy.ask("retry_email_sends", busy.plan.channel_campaign_id)


@work
def settle_unknown(busy: Busy) -> None:
    assert busy.ask("settle_unknown_email_sends", busy.plan.channel_campaign_id, "mark_sent")


@work
def pause_and_resume_the_campaign(busy: Busy) -> None:
    assert busy.ask("set_campaign_status", busy.plan.campaign_id, "paused")
    assert busy.ask("set_campaign_status", busy.plan.campaign_id, "active")


@work
def limit_the_sender(busy: Busy) -> None:
    assert busy.ask_as_admin("set_sender", busy.plan.created_by_user_id, busy.ledger.channel.name, 5.0, None)


@work
def resume_the_sender(busy: Busy) -> None:
    busy.ledger.query(
        "update senders set paused_at = now(), pause_code = 'bounces', pause_reason = 'Too many.'"
        " where user_id = %s and channel = 'email'",
        busy.plan.created_by_user_id,
    )
    assert busy.ask_as_admin("resume_sender", busy.plan.created_by_user_id, busy.ledger.channel.name)


@work
def cancel(busy: Busy) -> None:
    assert busy.ask("cancel_email_campaign", busy.plan.channel_campaign_id)


def test_work_of_one_channel_leaves_the_other_alone(both: tuple[Busy, Busy]) -> None:
    """One piece of work after the other, because setting both channels up takes longer than all of it."""
    own, other = both
    own_before, other_before = own.dump(), other.dump()
    for name, function in WORK.items():
        function(own)
        own_after = own.dump()
        assert own_after != own_before, f"{name} does nothing"
        assert other.dump() == other_before, name
        own_before = own_after


def test_leases_that_end_beside_each_other_end_each_for_its_own_channel(both: tuple[Busy, Busy]) -> None:
    for one in both:
        ledger, lost = one.ledger, [recipient.send_id for recipient in one.lost]
        ledger.query("select ddp.expire_email_calls()")
        rows = ledger.query("select status::text from email_sends where email_send_id = any (%s)", lost)
        assert sorted(row["status"] for row in rows) == ["pending", "pending", "unknown", "unknown"]


def test_one_channels_work_on_the_others_ids_does_nothing(both: tuple[Busy, Busy]) -> None:
    own, other = both
    before = other.dump()
    ledger, calls = own.ledger, [*calls_of(other.waiting), *calls_of(other.under_way)]
    assert ledger.start(calls) == set()
    counts = ledger.record(calls, results_of([*other.waiting, *other.under_way], Outcome.ACCEPTED))
    assert (counts["recorded"], counts["fenced"]) == (0, 4)
    ledger.query(HOLD, other.waiting[0].send_id)
    with ledger.working() as cursor:
        assert recipients.complete(cursor, ledger.channel, [other.finished.send_plan_id]) == 0
    for function in ("pause_email_campaign", "cancel_email_campaign", "retry_email_sends"):
        with pytest.raises(psycopg.Error) as refused:
            own.ask(function, other.plan.channel_campaign_id)
        assert refused.value.sqlstate == "PT404"
    assert other.dump() == before


def test_bounces_of_e_mail_pause_e_mail_alone(both: tuple[Busy, Busy]) -> None:
    """SMS has no such pause yet. Its sender had as many failures in the same hour."""
    email, sms = sorted(both, key=lambda one: one.ledger.channel.name)
    for one in both:
        one.ledger.query(OUTCOMES_OF_HOUR, one.plan.created_by_user_id)
    before = sms.dump()
    with email.ledger.working() as cursor:
        (paused,) = reconciliation.pause_unhealthy_senders(cursor)
    assert paused["user_id"] == str(email.plan.created_by_user_id)
    assert sms.dump() == before
