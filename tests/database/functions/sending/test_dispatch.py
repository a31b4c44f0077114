"""The send stage on a real ledger, with a transport that records messages: every outcome, every interruption."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests import lambdas  # first: the environment that functions read when imported

# isort: split

from ddp import db, keys, queues
from ddp.errors import Transient, Unavailable
from ddp.links import unsubscribe
from ddp.outcomes import Outcome
from ddp.providers.email.base import Message
from ddp.providers.transport import Answer, Quota
from ddp.queries.sending import sends
from ddp.queries.sending.sends import Claimed
from functions.email import send
from functions.email.letter import Letter
from functions.sending import call_leases, dispatch
from functions.sending.composing import worklist
from functions.sending.dispatch import RECORD_SECONDS
from functions.sending.messages import SendChunk, SendTest, serialise
from tests.database.sending.ledger import Ledger, Plan, calls_of
from tests.transports import ScriptedTransport


@dataclass(frozen=True, slots=True)
class Context(lambdas.Context):
    """An invocation with this much time left."""

    seconds: float = 60

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass(slots=True)
class Stage:
    """The function, its transport, and the messages that it put into its queue."""

    ledger: Ledger
    transport: ScriptedTransport
    queued: list[tuple[str, int, str | None]]

    def deliver(self, body: str, *, seconds: float = 60) -> list[str]:
        """Invoke the function with one message. Returns the ids of the messages that failed."""
        batch = lambdas.with_message(lambdas.sample("uploads/object_created"), body)
        answer = send.handler(batch, Context(seconds=seconds))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def wake(self, plan: Plan, chunk_no: int = 1, *, seconds: float = 60) -> None:
        """Deliver a chunk's message, which must succeed."""
        body = serialise(SendChunk(send_plan_id=plan.send_plan_id, chunk_no=chunk_no))
        assert self.deliver(body, seconds=seconds) == []

    def rows(self, plan: Plan) -> list[dict[str, Any]]:
        return self.ledger.query(
            "select * from email_sends where email_campaign_id = %s order by recipient_email",
            plan.channel_campaign_id,
        )


@pytest.fixture
def stage(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    transport = ScriptedTransport()
    queued: list[tuple[str, int, str | None]] = []

    def put(_: str, bodies: Sequence[str], *, delay: int = 0, group: str | None = None) -> int:
        queued.extend((body, delay, group) for body in bodies)
        return len(queued)

    database = ledger.database
    monkeypatch.setenv("DATABASE_URL", database.server.url(database.name, "ddp_worker"))
    monkeypatch.setattr(keys, "derive", lambda purpose: purpose.encode().ljust(32, b"."))
    monkeypatch.setattr(send.email, "configured", lambda: transport)
    monkeypatch.setattr(send, "IN_FLIGHT", 8)  # fewer than the calls of a claim
    monkeypatch.setattr(queues, "send", put)
    monkeypatch.setattr(queues, "_come_again", lambda _: None)
    db.close()
    send.dispatcher.cache_clear()
    yield Stage(ledger, transport, queued)
    send.dispatcher.cache_clear()
    db.close()


def answering(outcome: Outcome, **members: Any) -> Callable[[Message], Answer]:
    return lambda _: Answer(outcome=outcome, **members)


def test_everyone_who_is_due_gets_one_message(stage: Stage) -> None:
    plan = stage.ledger.plan(1_120)
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 1_120}
    assert len(stage.transport.recipients) == stage.transport.recipients.total() == 1_120
    assert max(len(call) for call in stage.transport.calls) == 50
    assert len({row["provider_message_id"] for row in stage.rows(plan)}) == 1_120
    assert stage.ledger.value("select count(*) from ddp.send_calls where ended_at is null") == 0
    assert stage.ledger.value("select sum(accepted) from ddp.send_calls") == 1_120
    assert stage.queued == []


def test_a_campaign_is_complete_when_its_last_message_is_accepted(stage: Stage) -> None:
    """Without reconciliation."""
    plan = stage.ledger.plan(3, call_size=1)
    other = stage.ledger.plan(3, due_in=timedelta(hours=1))
    stage.wake(plan)
    complete = stage.ledger.query("select send_plan_id from send_plans where completed_at is not null")
    assert [row["send_plan_id"] for row in complete] == [plan.send_plan_id]
    assert stage.ledger.states(other) == {"pending": 3}


def test_a_message_says_whose_it_is_and_how_to_stop_it(stage: Stage) -> None:
    plan = stage.ledger.plan(1)
    stage.ledger.query("update email_sends set recipient_name = %s", 'Zoë <b>, "Q"\r\nBcc: all@example.org')
    stage.ledger.query(
        "update send_plans set sender_name = 'Café', prepared_html = '<p>{{ name }} {{ city }}</p>'"
    )
    stage.ledger.query(
        """update email_sends set template_data = '{"city": "Ä", "unsubscribe_url": "x", "email": "y"}'"""
    )
    stage.wake(plan)
    (message,) = stage.transport.messages
    (row,) = stage.rows(plan)
    assert message.tags == {"ddp_send": str(row["email_send_id"]), "ddp_attempt": "1"}
    assert str(message.sender) == "=?utf-8?b?Q2Fmw6k=?= <shop@sender.example>"
    assert message.recipient.name == 'Zoë <b>, "Q" Bcc: all@example.org'
    assert "<p>Zoë &lt;b&gt;, &#34;Q&#34;\nBcc: all@example.org Ä</p>" in message.html
    url = message.headers["List-Unsubscribe"].strip("<>")
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in message.html
    assert url in message.text
    assert unsubscribe.verify(url.rsplit("/", 1)[1]) == row["email_send_id"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(outcome=Outcome.FAILED, code="MESSAGE_REJECTED", reason="no\0"), "failed"),
        (Answer(outcome=Outcome.UNKNOWN, code="ReadTimeoutError", reason="lost"), "unknown"),
        (Answer(outcome=Outcome.RETRY, code="TRANSIENT_FAILURE", reason="later", later=120), "pending"),
    ],
)
def test_each_outcome_is_recorded(stage: Stage, answer: Answer, status: str) -> None:
    plan = stage.ledger.plan(3)
    bad = "2@example.com"
    stage.transport.script = lambda m: answer if m.recipient.address == bad else stage.transport.accept()
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 2, status: 1}
    row = next(row for row in stage.rows(plan) if row["recipient_email"] == bad)
    assert (row["status"], row["attempt"]) == (status, 1)
    if status != "pending":
        assert row["failure_code"] == answer.code
    else:
        assert stage.transport.recipients[bad] == 1
        assert row["not_before"] > stage.rows(plan)[0]["sent_at"] + timedelta(seconds=110)


def test_a_transport_that_raises_leaves_unknown_behind(stage: Stage) -> None:
    def burst(_: Message) -> Answer:
        raise RuntimeError("of all things")

    plan = stage.ledger.plan(3)
    stage.transport.script = burst
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"unknown": 3}


def test_what_cannot_be_rendered_fails_alone_and_says_why(stage: Stage) -> None:
    plan = stage.ledger.plan(3)
    stage.ledger.query("update send_plans set prepared_html = E'\\n\\n{{ 12 | divided_by: share }}'")
    stage.ledger.query("""update email_sends set template_data = '{"share": 3}'""")
    stage.ledger.query("update email_sends set template_data = '{}' where recipient_email = '2@example.com'")
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 2, "failed": 1}
    failed = next(row for row in stage.rows(plan) if row["status"] == "failed")
    assert failed["failure_code"] == "template-invalid"
    assert failed["failure_reason"].startswith("Line 3, ")
    assert stage.transport.recipients["2@example.com"] == 0


def progress(stage: Stage, plan: Plan) -> dict[str, Any]:
    """What the sender sees."""
    with stage.ledger.as_user(plan.created_by_user_id) as cursor:
        cursor.execute("select public.email_campaign_progress(%s) as seen", [plan.channel_campaign_id])
        row = cursor.fetchone()
    assert row is not None
    seen: dict[str, Any] = row["seen"]
    return seen


def content(stage: Stage, plan: Plan, html: str) -> None:
    """Replace a plan's content."""
    stage.ledger.query(
        "update send_plans set prepared_html = %s where send_plan_id = %s", html, plan.send_plan_id
    )


# Content as a hostile or careless sender writes it: searches a long list, so many times.
LIST = "{% assign a = '" + "x," * 1_500 + "' | split: ',' %}"
SEARCH = "\n{% assign c = a | where: 'x','y' %}"


def test_a_plan_without_usable_content_fails_as_a_whole(stage: Stage) -> None:
    plan, other = stage.ledger.plan(60), stage.ledger.plan(60)
    content(stage, plan, "<p>\n{{ a | }}</p>")
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"cancelled": 60}
    assert stage.ledger.states(other) == {"sent": 60}
    assert stage.ledger.value("select count(*) from ddp.send_calls where ended_at is null") == 0
    assert stage.ledger.value("select count(*) from ddp.send_chunks where due_at is not null") == 0
    seen = progress(stage, plan)
    assert (seen["state"], seen["failure"]["code"]) == ("failed", "unusable-content")
    assert seen["failure"]["reason"].startswith("Line 2, ")


def test_content_that_takes_too_long_fails_after_three_messages_and_says_where(stage: Stage) -> None:
    """What was sent before stays sent, and other senders are served."""
    plan, other = stage.ledger.plan(600), stage.ledger.plan(60)
    content(stage, plan, "{% if hard %}" + LIST + SEARCH * 60 + "{% endif %}<p>Hello</p>")
    stage.ledger.query(
        """update email_sends set template_data = '{"hard": true}' where recipient_email like '2%%'"""
        " and email_campaign_id = %s",
        plan.channel_campaign_id,
    )
    stage.wake(plan)
    states = stage.ledger.states(plan)
    assert states["failed"] == 3
    assert states.keys() <= {"failed", "sent", "cancelled"}
    assert {row["failure_code"] for row in stage.rows(plan) if row["status"] == "failed"} == {
        "template-too-slow"
    }
    assert stage.ledger.states(other) == {"sent": 60}
    seen = progress(stage, plan)
    assert (seen["state"], seen["failure"]["code"]) == ("failed", "unusable-content")
    assert "where" in seen["failure"]["reason"]
    assert "Line " in seen["failure"]["reason"]
    assert stage.ledger.query("select user_id, plans_set_aside from senders") == [
        {"user_id": plan.created_by_user_id, "plans_set_aside": 1}
    ]


def test_slow_content_is_sent_by_one_worker_a_call_at_a_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stage.ledger.plan(230)
    claimed: list[int] = []
    real = sends.claim

    def watched(*arguments: Any, **options: Any) -> list[Claimed]:
        found = real(*arguments, **options)
        claimed.extend([len(found)] if found else [])
        return found

    def other_worker(_: Sequence[Message]) -> None:
        with psycopg.connect(stage.ledger.database.url) as connection:
            assert connection.execute("select * from ddp.claim_email_sends(500, '1 minute')").fetchall() == []

    monkeypatch.setattr(worklist, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(sends, "claim", watched)
    stage.transport.before = other_worker
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 230}
    assert claimed[0] == 230, "nobody knows yet"
    assert max(claimed[1:]) <= 50
    assert stage.ledger.value("select count(*) from ddp.bucket_senders where held_by is not null") == 0


def test_a_worker_that_finds_out_second_leaves_slow_content_to_the_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, other = stage.ledger.plan(60), stage.ledger.plan(20)
    stage.ledger.query("update send_plans set started_at = now()")
    compose, first = Letter.compose, iter([True])

    def compose_while_another_takes_hold(self: Letter, recipient: Claimed) -> Message:
        if recipient.send_plan_id == plan.send_plan_id and next(first, False):
            with psycopg.connect(stage.ledger.database.url) as connection:
                connection.execute(
                    "select ddp.hold_sender('email', %s, gen_random_uuid(), true)", [plan.created_by_user_id]
                )
        return compose(self, recipient)

    monkeypatch.setattr(worklist, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(worklist, "MEASURED", 1)
    monkeypatch.setattr(dispatch, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(Letter, "compose", compose_while_another_takes_hold)
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"pending": 60}
    assert stage.ledger.states(other) == {"sent": 20}


def test_time_that_runs_short_while_a_call_is_composed_stops_between_messages(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stage.ledger.plan(50)
    compose, composed = Letter.compose, count(1)
    done = [0]

    def counting(self: Letter, recipient: Claimed) -> Message:
        done[0] = next(composed)
        return compose(self, recipient)

    monkeypatch.setattr(Letter, "compose", counting)
    monkeypatch.setattr(dispatch, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(dispatch.Run, "has_time", lambda *_: done[0] < 7)
    stage.wake(plan)
    assert done == [7]
    assert stage.ledger.states(plan) == {"pending": 50}
    assert stage.ledger.value("select count(*) from ddp.send_calls where ended_at is null") == 0
    assert stage.ledger.value("select count(*) from ddp.bucket_senders where held_by is not null") == 0


def test_a_file_that_is_gone_cannot_be_attached(stage: Stage) -> None:
    plan = stage.ledger.plan(2)
    stage.ledger.query("update send_plans set attachments = %s", json.dumps([{"file_id": str(uuid4())}]))
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"cancelled": 2}
    assert {row["failure_code"] for row in stage.rows(plan)} == {"unusable-content"}
    assert "no longer exists" in progress(stage, plan)["failure"]["reason"]
    assert stage.ledger.query("select * from senders") == [], "slips cost nothing"


def test_what_does_not_fit_a_call_goes_in_the_next(stage: Stage) -> None:
    plan = stage.ledger.plan(100)
    stage.transport.fits = 7
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 100}
    assert max(len(call) for call in stage.transport.calls) == 7
    assert stage.transport.recipients.total() == 100
    assert {row["attempt"] for row in stage.rows(plan)} == {1}


def test_throttling_slows_down_and_burns_no_attempt(stage: Stage) -> None:
    plan = stage.ledger.plan(50)
    throttled = answering(Outcome.RETRY, code="ACCOUNT_THROTTLED", slow_down=True)
    seen = iter([True])

    def script(message: Message) -> Answer:
        return throttled(message) if next(seen, False) else stage.transport.accept()

    stage.transport.script = script
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 50}
    assert {row["attempt"] for row in stage.rows(plan)} == {1}
    assert stage.ledger.value("select throttled_at is not null and pace < 1 from ddp.rate_buckets")
    assert stage.ledger.value("select count(*) from ddp.send_calls") == 2


def test_an_account_that_is_stopped_is_asked_and_left_alone(stage: Stage) -> None:
    plan = stage.ledger.plan(500)
    stage.ledger.query("update ddp.rate_buckets set quota_at = now() - interval '10 seconds'")
    stage.transport.script = answering(
        Outcome.RETRY, code="ACCOUNT_SENDING_PAUSED", slow_down=True, later=300
    )
    stage.transport.allowed = Quota(per_second=10_000, daily_left=0)
    stage.wake(plan)
    assert stage.transport.quotas_asked == 1
    assert stage.ledger.states(plan) == {"pending": 500}
    assert stage.ledger.value("select daily_left from ddp.rate_buckets") == 0


def test_without_tokens_one_delayed_message_takes_its_place(stage: Stage) -> None:
    plan = stage.ledger.plan(60)
    stage.ledger.rate(1_000, daily_left=10)
    stage.ledger.query("update ddp.rate_buckets set quota_at = now()")
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 10, "pending": 50}
    ((body, delay, group),) = stage.queued
    assert json.loads(body) == {"type": "SendChunk", "send_plan_id": str(plan.send_plan_id), "chunk_no": 1}
    assert (delay, group) == (300, str(plan.created_by_user_id))
    stage.wake(plan)  # a repeated message: the delayed one is already on its way
    assert len(stage.queued) == 1


def test_a_chunk_of_a_paused_plan_needs_no_message(stage: Stage) -> None:
    other, plan = stage.ledger.plan(60), stage.ledger.plan(10)
    stage.ledger.rate(1_000, daily_left=0)
    stage.ledger.query("update send_plans set paused_at = now() where send_plan_id = %s", plan.send_plan_id)
    stage.wake(plan)
    assert stage.queued == []
    stage.wake(other)
    assert len(stage.queued) == 1


def test_short_waits_for_tokens_are_waited_for(stage: Stage) -> None:
    plan = stage.ledger.plan(150)
    stage.ledger.query("update ddp.rate_buckets set per_second = 100, tokens = 50, filled_at = now()")
    started = time.monotonic()
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 150}
    assert 0.5 < time.monotonic() - started < 5
    assert stage.queued == []


def test_no_call_starts_that_could_not_end_in_time(stage: Stage) -> None:
    plan = stage.ledger.plan(10)
    stage.transport.longest_call = 35
    stage.wake(plan, seconds=35 + RECORD_SECONDS - 1)
    assert stage.transport.calls == []
    assert stage.ledger.states(plan) == {"pending": 10}
    ((_, delay, _),) = stage.queued
    assert delay == 0


def test_time_that_runs_short_in_between_gives_the_rest_back(stage: Stage) -> None:
    plan = stage.ledger.plan(500)
    stage.transport.before = lambda _: time.sleep(3)
    stage.wake(plan, seconds=1 + RECORD_SECONDS + 2.5)
    assert stage.ledger.states(plan) == {"sent": 400, "pending": 100}  # eight calls of 50, not ten
    assert stage.ledger.value("select count(*) from ddp.send_calls where ended_at is null") == 0
    assert len(stage.queued) == 1


def test_the_leases_of_calls_live_as_long_as_their_worker(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of calls under way, and of those that wait for them; however long a provider takes."""
    plan = stage.ledger.plan(10, call_size=1)  # eight of them at once
    numbers, renewed = count(1), Event()

    def see_that_ended_leases_are_renewed(_: Sequence[Message]) -> None:
        if next(numbers) > 1:
            assert renewed.wait(10)
            return
        with psycopg.connect(stage.ledger.database.url, autocommit=True) as connection:
            connection.execute("update ddp.send_calls set leased_until = now() - interval '1 second'")
            ended = "select count(*) from ddp.send_calls where leased_until < now()"
            deadline = time.monotonic() + 5
            while connection.execute(ended).fetchone() != (0,):
                assert time.monotonic() < deadline
        renewed.set()

    stage.transport.before = see_that_ended_leases_are_renewed
    monkeypatch.setattr(call_leases, "BEAT_SECONDS", 0)
    monkeypatch.setattr(dispatch, "TURN_SECONDS", 0.02)
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 10}


def counted(stage: Stage, status: str) -> int:
    """Recipients in this state, on a connection of its own: calls are made in threads."""
    with psycopg.connect(stage.ledger.database.url) as connection:
        row = connection.execute(
            "select count(*) from email_sends where status::text = %s", [status]
        ).fetchone()
    assert row is not None
    number: int = row[0]
    return number


def watching(claim: Callable[[int], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Call `claim` after each claim, in its transaction, with the claim's number from 1."""
    real, numbers = sends.claim, count(1)

    def watched(*arguments: Any, **options: Any) -> Any:
        claimed = real(*arguments, **options)
        claim(next(numbers))
        return claimed

    monkeypatch.setattr(sends, "claim", watched)


def test_the_next_recipients_are_claimed_while_calls_are_in_flight(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stage.ledger.plan(1_000)
    claimed_twice = Event()
    watching(lambda number: claimed_twice.set() if number == 2 else None, monkeypatch)
    waited: list[bool] = []
    stage.transport.before = lambda _: waited.append(claimed_twice.wait(timeout=5))
    stage.wake(plan)
    assert waited == [True] * 20
    assert stage.ledger.states(plan) == {"sent": 1_000}


def test_two_claims_are_held_at_most(stage: Stage) -> None:
    plan = stage.ledger.plan(2_000)
    held: list[int] = []

    stage.transport.before = lambda _: held.append(counted(stage, "sending"))
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 2_000}
    assert 500 < max(held) <= 1_000


def test_a_slow_call_does_not_hold_up_the_others(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "TURN_SECONDS", 60.0)
    plan = stage.ledger.plan(1_000)
    others_made, first = Event(), iter([True])
    waited: list[bool] = []

    def before(_: Sequence[Message]) -> None:
        if next(first, False):
            waited.append(others_made.wait(timeout=5))
        elif len(stage.transport.calls) == 20:
            others_made.set()

    stage.transport.before = before
    stage.wake(plan)
    assert waited == [True]
    assert stage.ledger.states(plan) == {"sent": 1_000}


def test_slow_composing_delays_no_results(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = stage.ledger.plan(500)
    compose, numbers = Letter.compose, count(1)
    sent: list[int] = []

    def looking(self: Letter, recipient: Claimed) -> Message:
        if next(numbers) == 500:
            sent.append(stage.ledger.states(plan).get("sent", 0))
        return compose(self, recipient)

    monkeypatch.setattr(dispatch, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(Letter, "compose", looking)
    stage.wake(plan)
    assert sent[0] >= 200, "calls are made and recorded as they are composed"


def test_time_that_runs_short_gives_a_second_claim_back_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stage.ledger.plan(1_000)
    claims: list[int] = []
    watching(claims.append, monkeypatch)
    stage.transport.before = lambda _: time.sleep(3)
    stage.wake(plan, seconds=1 + RECORD_SECONDS + 2.5)
    assert claims == [1, 2]
    assert stage.ledger.states(plan) == {"sent": 400, "pending": 600}  # eight calls of 50
    assert stage.ledger.value("select count(*) from ddp.send_calls where ended_at is null") == 0
    assert len(stage.queued) == 1


def test_a_claim_that_fails_loses_no_result_of_calls_in_flight(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stage.ledger.plan(1_000)

    def fail(number: int) -> None:
        if number == 2:
            raise Unavailable("away")

    pending: list[int] = []

    def look(_: Sequence[Message]) -> None:
        time.sleep(0.5)
        pending.append(counted(stage, "pending"))

    watching(fail, monkeypatch)
    stage.transport.before = look
    body = serialise(SendChunk(send_plan_id=plan.send_plan_id, chunk_no=1))
    assert len(stage.deliver(body)) == 1  # the message is delivered again
    assert stage.ledger.states(plan) == {"sent": 400, "pending": 600}
    assert pending == [600] * 8, "the others are given back at once, and never those in flight"
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 1_000}
    assert stage.transport.recipients.total() == 1_000


def test_a_lease_that_ends_between_claim_and_start_is_respected(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stage.ledger.plan(100)
    real = sends.claim

    def slow_claim(cursor: Any, *arguments: Any, **options: Any) -> Any:
        claimed = real(cursor, *arguments, **options)
        for call in calls_of(claimed)[:1]:
            cursor.execute("update ddp.send_calls set leased_until = now() where send_call_id = %s", (call,))
        return claimed

    monkeypatch.setattr(sends, "claim", slow_claim)
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 50, "sending": 50}
    stage.ledger.reconcile()
    assert stage.ledger.states(plan) == {"sent": 50, "pending": 50}
    monkeypatch.setattr(sends, "claim", real)
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 100}
    assert stage.transport.recipients.total() == 100


def test_started_at_is_committed_before_the_provider_hears_of_it(stage: Stage) -> None:
    plan = stage.ledger.plan(120)
    started: list[int] = []
    query = "select count(*) from ddp.send_calls where started_at is not null"

    def look(_: Sequence[Message]) -> None:
        with psycopg.connect(stage.ledger.database.url) as connection:
            started.append(connection.execute(query).fetchone()[0])  # type: ignore[index]

    stage.transport.before = look
    stage.wake(plan)
    assert started == [3, 3, 3]


def test_the_same_message_many_times_sends_nothing_twice(stage: Stage) -> None:
    plan = stage.ledger.plan(70)
    for _ in range(3):
        stage.wake(plan)
    assert stage.transport.recipients.total() == 70


def test_another_worker_between_all_steps_sends_nothing_twice(stage: Stage) -> None:
    plan = stage.ledger.plan(300, chunk_size=300)
    stolen: list[UUID] = []

    def steal(_: Sequence[Message]) -> None:
        claimed = stage.ledger.claim(20)
        stolen.extend(recipient.send_id for recipient in claimed)

    stage.transport.before = steal
    stage.wake(plan)
    given = {UUID(m.tags["ddp_send"]) for m in stage.transport.messages}
    assert len(given) == len(stage.transport.messages)
    assert given.isdisjoint(stolen)
    assert len(given) + len(stolen) == 300


def test_results_outlive_a_database_that_is_away(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = stage.ledger.plan(60)
    real = sends.record
    failures = iter([Unavailable("away"), RuntimeError("odd"), Unavailable("away")])

    def record(*arguments: Any, **options: Any) -> dict[str, int]:
        if error := next(failures, None):
            raise error
        return real(*arguments, **options)

    monkeypatch.setattr(sends, "record", record)
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 60}
    assert stage.transport.recipients.total() == 60


def test_results_that_cannot_be_recorded_end_as_unknown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stage.ledger.plan(10)

    def record(*_: Any, **__: Any) -> dict[str, int]:
        raise Unavailable("away for good")

    with monkeypatch.context() as patch:
        patch.setattr(sends, "record", record)
        patch.setattr(dispatch, "RECORD_SECONDS", 3.0)  # which it tries for
        stage.wake(plan, seconds=5)
    assert stage.ledger.states(plan) == {"sending": 10}
    stage.ledger.query("update ddp.send_calls set leased_until = now()")
    stage.ledger.reconcile()
    assert stage.ledger.states(plan) == {"unknown": 10}


def test_a_start_that_cannot_be_committed_calls_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = stage.ledger.plan(500)

    def start(*_: Any, **__: Any) -> set[UUID]:
        raise Unavailable("away")

    monkeypatch.setattr(sends, "start_calls", start)
    body = serialise(SendChunk(send_plan_id=plan.send_plan_id, chunk_no=1))
    assert len(stage.deliver(body)) == 1  # the message is delivered again
    assert stage.transport.calls == []
    assert stage.ledger.states(plan) == {"pending": 500}


def test_an_error_beside_calls_under_way_gives_back_only_what_was_not_called(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wave is composed while the first is in flight; none of the first may become pending."""
    plan = stage.ledger.plan(500)
    compose, numbers = Letter.compose, count()

    def failing(self: Letter, recipient: Claimed) -> Message:
        if next(numbers) == 420:  # a wave has eight calls of 50
            raise RuntimeError("a mistake of ours")
        return compose(self, recipient)

    monkeypatch.setattr(Letter, "compose", failing)
    stage.transport.before = lambda _: time.sleep(0.2)
    body = serialise(SendChunk(send_plan_id=plan.send_plan_id, chunk_no=1))
    assert len(stage.deliver(body)) == 1  # the message is delivered again
    assert stage.ledger.states(plan) == {"sent": 400, "pending": 100}
    monkeypatch.setattr(Letter, "compose", compose)
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 500}
    assert stage.transport.recipients.total() == 500


def test_what_may_have_been_called_is_never_given_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread can be started for the second call, but the first one may have been made."""
    plan = stage.ledger.plan(500)
    submit, threads = ThreadPoolExecutor.submit, iter([True])

    def submit_once(self: ThreadPoolExecutor, *call: Any) -> Any:
        if not next(threads, False):
            raise RuntimeError("can't start new thread")
        return submit(self, *call)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit_once)
    body = serialise(SendChunk(send_plan_id=plan.send_plan_id, chunk_no=1))
    assert len(stage.deliver(body)) == 1
    assert len(stage.transport.messages) == 50
    # Eight calls were started, and the first one has its answer; two were not started.
    assert stage.ledger.states(plan) == {"sent": 50, "sending": 350, "pending": 100}
    stage.ledger.query("update ddp.send_calls set leased_until = now()")
    stage.ledger.reconcile()
    assert stage.ledger.states(plan) == {"sent": 50, "unknown": 350, "pending": 100}


def test_the_quota_is_asked_for_once_in_a_while(stage: Stage) -> None:
    stage.transport.allowed = Quota(per_second=777, daily_left=50_000)
    stage.wake(stage.ledger.plan(1))
    stage.wake(stage.ledger.plan(1))
    assert stage.transport.quotas_asked == 1
    assert stage.ledger.value("select per_second from ddp.rate_buckets") == 777


def test_sending_goes_on_without_an_answer_about_the_quota(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> Quota:
        raise Transient("throttled")

    monkeypatch.setattr(ScriptedTransport, "quota", refuse)
    plan = stage.ledger.plan(1)
    stage.wake(plan)
    assert stage.ledger.states(plan) == {"sent": 1}


def test_foreign_messages_are_dropped(stage: Stage) -> None:
    assert stage.deliver("no json") == []
    assert stage.deliver(json.dumps({"type": "PlanSend", "send_plan_id": str(uuid4())})) == []


def test_a_masked_recipients_address_is_in_no_place_that_the_sender_reads(stage: Stage) -> None:
    """`<img src="https://sender.example/?{{ email }}">` would send it to the sender."""
    open_plan, masked = stage.ledger.plan(1), stage.ledger.plan(1)
    content = "<p>{{ email }} {{ name }} {{ unsubscribe_url }}</p>"
    stage.ledger.query("update send_plans set prepared_html = %s, prepared_text = %s", content, content)
    stage.ledger.query(
        "update send_plans set recipients_masked = true where send_plan_id = %s", masked.send_plan_id
    )
    stage.ledger.query("update email_sends set recipient_name = 'Ann'")
    stage.wake(open_plan)
    stage.wake(masked)
    shown = [(m.recipient.address, "1@example.com" in m.html + m.text) for m in stage.transport.messages]
    assert sorted(shown) == [("1@example.com", False), ("1@example.com", True)]
    (hidden,) = [m for m in stage.transport.messages if "1@example.com" not in m.html]
    assert "1***@e***.com" in hidden.html
    assert "1***@e***.com" in hidden.text
    assert "Ann" in hidden.html, "the greeting stays"


def request_test_send(ledger: Ledger, content: str = "<p>Hello</p>") -> str:
    """The queue message about a test send of a draft with a verified sender."""
    plan = ledger.plan(1)
    ledger.query("delete from sender_identities")
    ledger.query(
        "insert into sender_identities (identity, created_by_user_id, status)"
        " values ('sender.example', %s, 'verified')",
        plan.created_by_user_id,
    )
    row = ledger.query(
        "with draft as (insert into email_campaigns"
        " (campaign_id, email_subject, email_content, sender_email, created_by_user_id)"
        " values (%s, 'Hi', %s, 'shop@sender.example', %s) returning *)"
        " insert into email_test_sends (email_campaign_id, created_by_user_id, recipient_email, template_data)"
        " select email_campaign_id, created_by_user_id, 'me@sender.example', '{}' from draft"
        " returning email_test_send_id",
        plan.campaign_id, content, plan.created_by_user_id,
    )[0]  # fmt: skip
    return serialise(SendTest(test_send_id=row["email_test_send_id"]))


def test_a_test_send_is_sent_once(stage: Stage) -> None:
    body = request_test_send(stage.ledger)
    assert stage.deliver(body) == stage.deliver(body) == []
    (message,) = stage.transport.messages
    (row,) = stage.ledger.query("select * from email_test_sends")
    assert (row["status"], row["provider_message_id"]) == ("sent", "m0")
    assert row["ended_at"] is not None
    assert message.tags == {"ddp_test": str(row["email_test_send_id"])}
    assert "Hello" in message.html
    assert message.text.endswith("/unsubscribe/test\n"), "a link that does nothing"
    assert message.headers["List-Unsubscribe"].endswith("/unsubscribe/test>")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.FAILED, "failed"), (Outcome.RETRY, "failed"), (Outcome.UNKNOWN, "unknown")],
)
def test_a_test_send_that_fails_says_why(stage: Stage, outcome: Outcome, status: str) -> None:
    stage.transport.script = answering(outcome, code="x", reason="because")
    stage.deliver(request_test_send(stage.ledger))
    (row,) = stage.ledger.query("select status::text, failure_reason from email_test_sends")
    assert row == {"status": status, "failure_reason": "because"}


def test_a_test_send_to_a_suppressed_address_is_not_sent(stage: Stage) -> None:
    from ddp.addresses import email_hash

    stage.ledger.query(
        "insert into suppressions (channel, address_hash, reason) values ('email', %s, 'hard_bounce')",
        email_hash("me@sender.example"),
    )
    stage.deliver(request_test_send(stage.ledger))
    assert stage.transport.calls == []
    assert stage.ledger.value("select status::text from email_test_sends") == "suppressed"


def test_a_test_send_of_a_broken_template_names_the_line(stage: Stage) -> None:
    stage.deliver(request_test_send(stage.ledger, "\n{{ a | nope }}"))
    assert stage.ledger.value("select failure_reason from email_test_sends").startswith("Line 2")


@pytest.mark.parametrize("sender", ["ceo@bank.example", "ceo@sender.example.bank.example"])
def test_a_sender_that_was_put_in_after_the_check_does_not_send(stage: Stage, sender: str) -> None:
    """A draft may change after its test send was requested, and SES sends from any address that any user verified."""
    body = request_test_send(stage.ledger)
    other = stage.ledger.plan(1).created_by_user_id
    stage.ledger.query(
        "insert into sender_identities (identity, created_by_user_id, status)"
        " values ('bank.example', %s, 'verified')",
        other,
    )
    stage.ledger.query("update email_campaigns set sender_email = %s where requested_at is null", sender)
    stage.deliver(body)
    assert stage.transport.calls == []
    (row,) = stage.ledger.query("select status::text, failure_reason from email_test_sends")
    assert row["status"] == "failed"
    assert sender in row["failure_reason"]


def test_a_test_send_of_a_deleted_draft_is_not_sent(stage: Stage) -> None:
    body = request_test_send(stage.ledger)
    stage.ledger.query("delete from email_campaigns where requested_at is null")
    assert stage.deliver(body) == []
    assert stage.transport.calls == []
    assert stage.ledger.value("select status::text from email_test_sends") == "failed"
