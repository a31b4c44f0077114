"""Automatic answers: who gets one, when, and that each is sent at most once. The queue function on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ddp.addresses import phone_hash
from ddp.outcomes import Outcome
from tests.database.functions.sms.answering import Answering


def age(world: Answering, phone: str, by: str) -> None:
    """Make what is known of a number older."""
    world.query(
        "update inbound_messages set received_at = received_at - %s::interval where phone = %s returning 1",
        by,
        phone,
    )
    world.query(
        "update ddp.sms_replies set created_at = created_at - %s::interval, due_by = due_by - %s::interval"
        " where phone_hash = %s returning 1",
        by, by, phone_hash(phone),
    )  # fmt: skip


def test_a_stop_gets_one_confirmation(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.say(phone, identity, "STOP")
    (message,) = answering.phones.sent
    assert (message.recipient, message.origin, message.message_type) == (phone, identity, "promotional")
    assert (
        message.body
        == "retailer: You are unsubscribed and will get no more messages. Help: help@brand.example"
    )
    assert list(message.tags) == ["ddp_reply"]
    assert message.max_price == Decimal("0.50")  # of one part, for which no price is known
    assert timedelta(minutes=4) < message.expires_at - datetime.now(UTC) <= timedelta(minutes=5)
    answering.run_minute()
    assert len(answering.phones.sent) == 1
    numbers = "select phone from ddp.sms_replies where phone_hash = %s"
    assert answering.query(numbers, phone_hash(phone)) == [(None,)]


def test_a_repetition_gets_none_within_a_day(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.say(phone, identity, "STOP")
    age(answering, phone, "23 hours 59 minutes")
    answering.say(phone, identity, "Stop it")
    assert answering.replies(phone) == [("stop", "sent")]
    age(answering, phone, "24 hours")
    answering.say(phone, identity, "STOP")
    assert answering.replies(phone) == [("stop", "sent"), ("stop", "sent")]


def test_who_came_back_in_between_gets_another(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    for n, body in enumerate(("STOP", "START", "STOP")):
        answering.say(phone, identity, body, ago=10 - n)
    assert answering.replies(phone) == [("stop", "sent"), ("start", "sent"), ("stop", "sent")]
    assert answering.phones.sent[1].body == (
        "retailer: You will get messages again. Reply STOP for no more messages, HELP for help."
    )


def test_of_a_stop_that_waited_more_than_five_minutes_there_is_none(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.say(phone, identity, "STOP", ago=301)
    assert answering.replies(phone) == [("stop", "too-late")]
    assert answering.suppressions(phone) != set()
    other = answering.number()
    answering.say(other, identity, "STOP", ago=280)
    assert answering.replies(other) == [("stop", "sent")]


def test_at_most_three_a_day(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    records = [answering.record(phone, identity, "HELP", ago=n) for n in range(5)]
    assert answering.deliver(*records) == []
    assert answering.replies(phone) == [("help", "sent")] * 3
    answering.say(phone, identity, "STOP")
    assert len(answering.replies(phone)) == 3
    age(answering, phone, "25 hours")
    answering.say(phone, identity, "HELP")
    assert len(answering.replies(phone)) == 4


@pytest.mark.parametrize(
    "columns",
    [{"manages_opt_outs": False}, {"kind": "toll_free"}],
)
@pytest.mark.parametrize("body", ["STOP", "START", "HELP"])
def test_none_where_the_provider_or_the_carrier_answers(
    answering: Answering, columns: dict[str, Any], body: str
) -> None:
    phone = answering.number()
    answering.say(phone, answering.identity("retailer", **columns), body)
    assert answering.replies(phone) == []


def test_toll_free_elsewhere_is_ours_to_answer(answering: Answering) -> None:
    phone = answering.number()
    answering.say(phone, answering.identity("retailer", kind="toll_free", country="CA"), "STOP")
    assert answering.replies(phone) == [("stop", "sent")]


def test_help_names_sender_and_contact(answering: Answering) -> None:
    phone = answering.number()
    answering.say(phone, answering.identity("retailer", contact=None, country="FR"), "AIDE")
    (message,) = answering.phones.sent
    assert message.body == (
        "retailer : pour de l'aide, contactez https://ddp.example.com."
        " Répondez STOP pour ne plus recevoir de messages."
    )


def test_nobody_is_promised_messages_that_do_not_come(answering: Answering) -> None:
    identity, shared, phone = answering.identity("retailer"), answering.identity(), answering.number()
    answering.say(phone, shared, "STOP", ago=30)
    answering.say(phone, identity, "START")
    assert answering.replies(phone) == [("stop", "sent")]


def test_the_price_is_of_all_parts(answering: Answering) -> None:
    phone = answering.number()
    answering.query(
        "insert into sms_prices (country, kind, price_per_part, valid_from, source)"
        " values ('US', 'ten_dlc', 0.0083, '2020-01-01', 'x') returning 1"
    )
    try:
        answering.say(phone, answering.identity("retailer", contact="x" * 190), "HELP")
    finally:
        answering.query("delete from sms_prices returning 1")
    assert [message.max_price for message in answering.phones.sent] == [Decimal("0.0083") * 2]


def test_a_crash_during_the_call_leaves_unknown_and_no_second_call(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()

    def die() -> None:
        raise SystemExit

    answering.phones.during = die
    with pytest.raises(SystemExit):
        answering.deliver(answering.record(phone, identity, "STOP"))
    answering.phones.during = None
    answering.run_minute()
    assert answering.replies(phone) == [("stop", None)]
    answering.query(
        "update ddp.sms_replies set leased_until = now() where phone_hash = %s returning 1", phone_hash(phone)
    )
    answering.run_minute()
    assert answering.replies(phone) == [("stop", "unknown")]
    assert len(answering.phones.sent) == 1


def test_a_crash_before_the_call_is_made_good_by_the_schedule(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.sms import inbound

    identity, phone = answering.identity("retailer"), answering.number()
    with monkeypatch.context() as patch:
        patch.setattr(inbound, "empty", lambda deadline: None)
        answering.say(phone, identity, "STOP")
    assert answering.replies(phone) == [("stop", None)]
    answering.run_minute()
    assert answering.replies(phone) == [("stop", "sent")]


@pytest.mark.parametrize(("outcome", "expected"), [(Outcome.FAILED, "failed"), (Outcome.UNKNOWN, "unknown")])
def test_what_the_provider_answers(answering: Answering, outcome: Outcome, expected: str) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.phones.outcomes = [outcome]
    answering.say(phone, identity, "STOP")
    answering.run_minute()
    assert answering.replies(phone) == [("stop", expected)]
    assert len(answering.phones.sent) == 1


def test_what_was_certainly_not_accepted_is_sent_again(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.phones.outcomes = [Outcome.RETRY]
    answering.say(phone, identity, "STOP")
    assert answering.replies(phone) == [("stop", None)]
    answering.query(
        "update ddp.sms_replies set leased_until = now() where phone_hash = %s returning 1", phone_hash(phone)
    )
    answering.run_minute()
    assert answering.replies(phone) == [("stop", "sent")]


def test_acceptance_that_is_recorded_late_counts(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()

    def end_the_lease() -> None:
        answering.query(
            "update ddp.sms_replies set leased_until = now(), outcome = 'unknown', ended_at = now()"
            " where phone_hash = %s returning 1",
            phone_hash(phone),
        )

    answering.phones.during = end_the_lease
    answering.say(phone, identity, "STOP")
    assert answering.replies(phone) == [("stop", "sent")]


def test_workers_at_once_send_each_answer_once(answering: Answering) -> None:
    from psycopg import connect
    from psycopg.rows import dict_row

    from ddp.queries.sms import replies

    identity = answering.identity("retailer", parts_per_second=100)
    answering.phones.outcomes = [Outcome.RETRY] * 60
    records = [answering.record(answering.number(), identity, "HELP") for _ in range(60)]
    assert answering.deliver(*records) == []
    answering.query(
        "update ddp.sms_replies set leased_until = now() where identity = %s returning 1", identity
    )

    def begin(_: int) -> list[str]:
        url = answering.platform.database.client_url("ddp_worker")
        with connect(url, row_factory=dict_row) as connection, connection.cursor() as cursor:
            cursor.execute("select set_config('role', 'service_role', true)")
            begun = replies.begin(cursor, limit=7, lease=timedelta(minutes=1))
        return [reply.phone for reply in begun]

    with ThreadPoolExecutor(6) as pool:
        phones = [phone for begun in pool.map(begin, range(12)) for phone in begun]
    assert len(phones) == len(set(phones)) == 60


def test_an_answer_that_is_no_message_fails_alone(answering: Answering) -> None:
    identity, bad, good = (
        answering.identity("retailer", parts_per_second=9),
        answering.number(),
        answering.number(),
    )
    answering.phones.outcomes = [Outcome.RETRY, Outcome.RETRY]
    assert answering.deliver(*(answering.record(phone, identity, "HELP") for phone in (bad, good))) == []
    answering.query(
        "update ddp.sms_replies set leased_until = now() where identity = %s returning 1", identity
    )
    answering.query("update ddp.sms_replies set body = ' ' where phone = %s returning 1", bad)
    answering.run_minute()
    assert (answering.replies(bad), answering.replies(good)) == ([("help", "failed")], [("help", "sent")])


def test_a_wave_has_what_its_identities_may_send_in_a_second(answering: Answering) -> None:
    slow, fast = answering.identity("retailer"), answering.identity("retailer", parts_per_second=3)
    records = [answering.record(answering.number(), identity, "HELP") for identity in (slow, fast) * 4]
    waves: list[int] = []
    answering.phones.during = lambda: waves.append(len(answering.phones.sent) - sum(waves))
    assert answering.deliver(*records) == []
    assert waves == [4, 2, 1, 1]
    assert len(answering.phones.sent) == 8


def test_a_stop_makes_the_answer_to_start_pointless(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.phones.outcomes = [Outcome.RETRY]
    answering.say(phone, identity, "START", ago=20)
    answering.say(phone, identity, "STOP", ago=10)
    assert sorted(answering.replies(phone)) == [("start", "too-late"), ("stop", "sent")]
