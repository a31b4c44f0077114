"""Messages that nobody should send, and batches that meet: nothing is lost, and what fails fails alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from ddp.addresses import phone_hash
from tests.database.functions.sms.answering import Answering


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        "[]",
        "null",
        "{}",
        '{"eventType": "TEXT_SENT"}',
        "[" * 100_000,
        '{"a": ' + "9" * 5_000 + "}",
    ],
)
def test_what_is_not_ours_is_dropped(answering: Answering, body: str) -> None:
    assert answering.deliver({"messageId": "x", "body": body, "attributes": {}}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"originationNumber": "12345"}, {"originationNumber": None}, {"originationNumber": "+1\u0662025550100"},
        {"originationNumber": "+12025550100\n"}, {"destinationNumber": ""}, {"destinationNumber": ["+12025550100"]},
        {"destinationNumber": "x" * 21}, {"inboundMessageId": ""}, {"inboundMessageId": "x" * 101},
        {"inboundMessageId": "a\x00b"}, {"inboundMessageId": 7}, {"messageBody": {"a": 1}},
    ],
)  # fmt: skip
def test_what_is_malformed_fails_alone(answering: Answering, changes: dict[str, Any]) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    bad, good = (
        answering.record(phone, identity, "Hello", **changes),
        answering.record(phone, identity, "STOP"),
    )
    assert answering.deliver(bad, good) == [bad["messageId"]]
    assert len(answering.suppressions(phone)) == 1


def test_snss_envelope_is_not_dropped(answering: Answering) -> None:
    inner = answering.record(answering.number(), answering.identity(), "STOP")
    envelope = {
        "messageId": "x",
        "attributes": {},
        "body": json.dumps({"Type": "Notification", "Message": inner["body"]}),
    }
    assert answering.deliver(envelope) == ["x"]


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ("a\x00b", "a\ufffdb"),
        ("\ud83d stop", "\ufffd stop"),
        ("\u202estop\u202c", "\u202estop\u202c"),
        ("x" * 10_240, "x" * 2_000),
        ("\U0001f600" * 3_000, "\U0001f600" * 2_000),
        ("'; drop table users; --", "'; drop table users; --"),
        ("", ""),
    ],
)
def test_hostile_texts_are_stored(answering: Answering, body: str, stored: str) -> None:
    message = answering.say(answering.number(), answering.identity(), body)
    assert answering.query("select body from inbound_messages where inbound_message_id = %s", message) == [
        (stored,)
    ]


def test_what_the_database_refuses_fails_alone(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    bad, good = answering.record(phone, identity, "x"), answering.record(answering.number(), identity, "STOP")
    from functions.sms import inbound
    from functions.sms.answers import message

    def parse(record: dict[str, Any]) -> Any:
        parsed = message.parse(record)
        return parsed._replace(verdict="nonsense") if record is bad else parsed

    monkeypatch.setattr(inbound, "parse", parse)
    assert answering.deliver(bad, good, answering.record(phone, identity, "HELP")) == [bad["messageId"]]
    assert answering.query("select count(*) from inbound_messages where identity = %s", identity) == [(2,)]


def test_batches_about_the_same_number_take_turns(answering: Answering) -> None:
    """If both looked at once, a number would get more than three answers."""
    from ddp.queries.sms import inbound_messages, replies
    from functions.sms.answers.message import parse
    from functions.sms.answers.replies import composed

    identity, phone = answering.identity(), answering.number()
    url = answering.platform.database.client_url("ddp_worker")

    def apply(number: int, before_commit: Callable[[], object]) -> int:
        messages = [parse(answering.record(phone, identity, "HELP")) for _ in range(number)]
        with (
            psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("select set_config('role', 'service_role', true)")
            wanted = inbound_messages.apply(cursor, messages).replies
            if wanted:
                replies.add(cursor, composed(wanted))
            before_commit()
        return len(wanted)

    with ThreadPoolExecutor(1) as pool:
        others: list[Future[int]] = []

        def begin_the_other() -> None:
            others.append(pool.submit(apply, 2, lambda: None))
            answering.platform.wait_for_a_lock()

        assert apply(2, begin_the_other) == 2
        assert others[0].result() == 1


def test_batches_at_once_do_not_block_each_other(answering: Answering) -> None:
    """Batches about the same numbers, in opposite orders, while links and the provider's list stop them too."""
    from ddp.queries.sms import inbound_messages
    from functions.sms.answers.message import parse

    identity, own = answering.identity(), answering.identity("retailer")
    phones = [answering.number() for _ in range(40)]
    words = ("STOP", "START", "HELP", "Cancel my order for Friday please")

    def batch(n: int) -> None:
        order = phones if n % 2 else phones[::-1]
        records = [
            answering.record(phone, identity if (n + i) % 3 else own, words[(n + i) % 4], ago=n)
            for i, phone in enumerate(order)
        ]
        with (
            psycopg.connect(
                answering.platform.database.client_url("ddp_worker"), row_factory=psycopg.rows.dict_row
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("select set_config('role', 'service_role', true)")
            inbound_messages.apply(cursor, [parse(record) for record in records])

    def link(n: int) -> None:
        with psycopg.connect(answering.platform.database.client_url("ddp_worker")) as connection:
            for phone in phones[n::3]:
                with connection.transaction():
                    connection.execute("select set_config('role', 'service_role', true)")
                    connection.execute(
                        "select ddp.stop_phone(%s, %s, null, null, 'link')", [phone_hash(phone), phone]
                    )
                with connection.transaction():
                    connection.execute("select set_config('role', 'service_role', true)")
                    connection.execute(
                        "select ddp.note_opt_out_page(%s, %s, null)",
                        [phones, [phone_hash(each) for each in phones]],
                    )

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(batch, n) for n in range(12)] + [pool.submit(link, n) for n in range(3)]:
            future.result()
    stored = "select count(*) from inbound_messages where phone = any(%s)"
    assert answering.query(stored, phones) == [(12 * 40,)]
