"""Events about SMS on the real ledger: in any order, repeated, early, late, across attempts, dear, hostile."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest

from functions.sms.reports.receipts import KINDS, parse
from tests.database.functions.sms.ledger import BY_ROWS, Ledger
from tests.database.platform import Platform
from tests.sms_events import AT, event

SENT = datetime(2026, 10, 12, 8, 0, 0, 512_000, UTC)
REPORTED = datetime(2026, 10, 12, 8, 0, 1, 903_000, UTC)
FREE = {"totalMessagePrice": 0.0, "totalCarrierFee": 0.0}
UNKNOWN_SENTENCE = "The carrier never reported whether it arrived."


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("status", ["sending", "unknown", "sent"])
def test_every_type_has_its_state_code_and_sentence(ledger: Ledger, kind: str, status: str) -> None:
    send = ledger.send(status=status, unknown_at=datetime.now(UTC) if status == "unknown" else None)
    assert ledger.deliver(event(kind, send)) == []
    learnt, says = ledger.learnt(send), KINDS[kind]
    assert learnt["status"] == says.status
    assert (learnt["failure_code"], learnt["failure_reason"]) == (says.code, says.sentence)
    assert ledger.sentence(send) == (UNKNOWN_SENTENCE if kind == "UNKNOWN" else says.sentence)
    assert (learnt["accepted_attempts"], learnt["sent_at"], learnt["unknown_at"]) == (1, SENT, None)
    assert learnt["delivered_at"] == (REPORTED if says.status == "delivered" else None)
    assert learnt["failed_at"] == (REPORTED if says.status == "failed" else None)
    assert learnt["carrier_reported_at"] == (REPORTED if says.is_last_word else None)
    assert learnt["provider_message_id"] == f"message-{send}-1"
    assert learnt["charged"] == Decimal("0.00881")


def test_raw_events_are_kept_once_with_what_they_said(ledger: Ledger) -> None:
    send = ledger.send()
    bodies = [event("SENT", send, **FREE), event("DELIVERED", send, eventTimestamp=AT + 1)]
    ledger.deliver(*bodies, *bodies)
    ledger.deliver(*bodies)
    rows = ledger.query(
        "select event_type, attempt, is_machine, detail -> 'price' from sms_events where sms_send_id = %s"
        " order by occurred_at",
        send,
    )
    assert rows == [("SENT", 1, False, 0.0), ("DELIVERED", 1, False, 0.00581)]
    assert ledger.hours() == (1, 0, 0)


# ── any order gives the same row


def orders(ledger: Ledger, events: list[tuple[str, int, float]], **columns: object) -> set[str]:
    """Send the events in all orders, each about its own message, some repeated, in batches of any size."""
    chance = random.Random(4)
    queues, sends = [], []
    for order in itertools.permutations(events):
        send = ledger.send(**columns)
        bodies = [
            event(kind, send, attempt, eventTimestamp=AT + place, totalMessagePrice=price, totalCarrierFee=0)
            for place, (kind, attempt, price) in ((events.index(one), one) for one in order)
        ]
        sends.append(send)
        queues.append([*bodies, *chance.choices(bodies, k=2)])
    while any(queues):
        batch = [queue.pop(0) for queue in queues for _ in range(chance.randint(0, 3)) if queue]
        assert ledger.deliver(*batch) == []
    return {json.dumps(ledger.learnt(send), default=str).replace(str(send), "…") for send in sends}


def test_any_order_of_one_attempts_events_gives_the_same_row(ledger: Ledger) -> None:
    said = [
        ("QUEUED", 1, 0.0),
        ("SENT", 1, 0.005),
        ("UNKNOWN", 1, 0.006),
        ("BLOCKED", 1, 0.006),
        ("DELIVERED", 1, 0.004),
    ]
    (row,) = orders(ledger, said)
    learnt = json.loads(row)
    assert (learnt["status"], learnt["charged"], learnt["failure_code"]) == (
        "delivered",
        "0.00600",
        "blocked",
    )
    assert ledger.hours() == (120, 0, 0)
    assert ledger.budget() == (0, Decimal("0.00600") * 120)


@pytest.mark.parametrize("status", ["sending", "unknown", "sent"])
def test_any_order_across_attempts_gives_the_same_row(ledger: Ledger, status: str) -> None:
    said = [("SENT", 1, 0.004), ("UNREACHABLE", 1, 0.004), ("SENT", 2, 0.005), ("SPAM", 2, 0.007)]
    (row,) = orders(ledger, said, status=status, attempt=2)
    learnt = json.loads(row)
    assert (learnt["status"], learnt["failure_code"], learnt["accepted_attempts"]) == ("failed", "spam", 0b11)
    assert learnt["charges"] == {"1": 0.004, "2": 0.007}
    assert learnt["charged"] == "0.01100"
    assert learnt["provider_message_id"] == "message-…-2"


def test_a_failure_before_a_retry_that_was_never_called_is_the_messages_fate(ledger: Ledger) -> None:
    """Nobody hears of an attempt that was dropped: the one before is all there is."""
    (row,) = orders(
        ledger,
        [("SENT", 1, 0.004), ("QUEUED", 1, 0.0), ("UNREACHABLE", 1, 0.004)],
        status="pending", attempt=2, send_call_id=None,
    )  # fmt: skip
    assert (json.loads(row)["status"], json.loads(row)["failure_code"]) == ("failed", "unreachable")


def test_an_event_drops_a_pending_retry(ledger: Ledger) -> None:
    send = ledger.send(status="pending", attempt=2, send_call_id=None)
    ledger.deliver(event("SENT", send, 1))
    assert ledger.status(send) == "sent"


def test_an_old_failure_says_nothing_of_a_later_attempt(ledger: Ledger) -> None:
    send = ledger.send(attempt=2)
    ledger.deliver(event("UNREACHABLE", send, 1))
    learnt = ledger.learnt(send)
    assert (learnt["status"], learnt["failure_code"], learnt["carrier_reported_at"]) == ("sent", None, None)


def test_two_accepted_attempts_are_reported_once(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    send = ledger.send(attempt=2)
    ledger.deliver(event("SENT", send, 1), event("SENT", send, 1))
    assert "accepted twice" not in caplog.messages
    ledger.deliver(event("DELIVERED", send, 2))
    (line,) = [record for record in caplog.records if record.message == "accepted twice"]
    assert (line.levelname, line.send_ids) == ("ERROR", [str(send)])


# ── money


def test_a_charge_takes_the_place_of_the_price(ledger: Ledger) -> None:
    send = ledger.send(status="unknown")
    assert ledger.budget() == ledger.query(BY_ROWS, ledger.campaign())[0] == (Decimal("0.01"), 0)
    ledger.deliver(event("QUEUED", send, **FREE))
    # The provider has not said yet what it charges: the price counts.
    assert ledger.query(BY_ROWS, ledger.campaign()) == [(0, Decimal("0.01"))]
    ledger.deliver(event("DELIVERED", send))
    assert ledger.query(BY_ROWS, ledger.campaign()) == [(0, Decimal("0.00881"))]
    failed = ledger.send()
    ledger.deliver(event("PROTECT_BLOCKED", failed, **FREE))
    assert ledger.budget() == ledger.query(BY_ROWS, ledger.campaign())[0] == (0, Decimal("0.00881"))


def test_a_charge_of_the_first_attempt_that_comes_after_the_seconds_is_added(ledger: Ledger) -> None:
    send = ledger.send(attempt=2)
    ledger.deliver(event("DELIVERED", send, 2, totalMessagePrice=0.005, totalCarrierFee=0))
    ledger.deliver(event("SENT", send, 1, totalMessagePrice=0.004, totalCarrierFee=0))
    assert ledger.learnt(send)["charges"] == {"1": 0.004, "2": 0.005}
    assert ledger.query(BY_ROWS, ledger.campaign()) == [(0, Decimal("0.009"))]


def test_a_dearer_charge_pauses_the_plan_in_the_same_batch_and_a_person_resumes_it(ledger: Ledger) -> None:
    first, second, third = (ledger.send() for _ in range(3))
    assert ledger.pause() is None
    ledger.deliver(
        event("SENT", first, totalMessagePrice=0.01, totalCarrierFee=0),
        event("DELIVERED", second, totalMessagePrice=0.02, totalCarrierFee=0.003),
    )
    pause = ledger.pause()
    assert pause is not None
    assert (pause["by"], pause["code"]) == ("budget", "dearer-than-reserved")
    assert "charged $0.023 for 1 messages for which $0.01 were reserved" in pause["reason"]
    dear = event("DELIVERED", third, totalMessagePrice=0.02, totalCarrierFee=0)
    ledger.deliver(dear)
    assert "charged $0.043 for 2 messages for which $0.02 were reserved" in ledger.pause()["reason"]
    plan = ledger.plan()
    ledger.query(
        "update ddp.budgets set exhausted_at = null where scope = 'send_plan' and owner_id = %s returning 1",
        plan,
    )
    assert ledger.pause() is None
    ledger.deliver(dear)  # known already
    assert ledger.pause() is None


def completed(ledger: Ledger) -> list[Decimal]:
    """Books what the completed plan cost. Returns its expenses."""
    ledger.query("select ddp.book_sms_costs(null) + ddp.correct_sms_costs()")
    return [
        row[0]
        for row in ledger.query(
            "select amount from campaign_expenses where send_plan_id = %s order by amount desc", ledger.plan()
        )
    ]


@pytest.fixture
def dollars(platform: Platform) -> Iterator[None]:
    """A platform whose expenses are in US dollars."""
    before = platform.query("select currency from ddp.platform_settings")[0][0]
    change = "update ddp.platform_settings set currency = %s returning 1"
    platform.query(change, "USD")
    yield
    platform.query(change, before)


def test_expenses_in_another_currency_are_not_booked(ledger: Ledger) -> None:
    send = ledger.send(price="1")
    ledger.deliver(event("SENT", send, totalMessagePrice=None))
    ledger.query(
        "update send_plans set completed_at = now() where send_plan_id = %s returning 1", ledger.plan()
    )
    assert completed(ledger) == []


@pytest.mark.usefixtures("dollars")
def test_later_charges_correct_the_expense_for_three_days(ledger: Ledger) -> None:
    sends = [ledger.send(price="1") for _ in range(3)]
    ledger.deliver(*(event("SENT", send, totalMessagePrice=None) for send in sends))
    ledger.query(
        "update send_plans set completed_at = now() where send_plan_id = %s returning 1", ledger.plan()
    )
    assert completed(ledger) == [Decimal("3.00")]
    assert completed(ledger) == [Decimal("3.00")]
    ledger.deliver(*(event("DELIVERED", send, totalMessagePrice=0.75, totalCarrierFee=0) for send in sends))
    assert completed(ledger) == completed(ledger) == [Decimal("3.00"), Decimal("-0.75")]
    spent = "select budget_spent from campaigns join send_plans using (campaign_id) where send_plan_id = %s"
    assert ledger.value(spent, ledger.plan()) == Decimal("2.25")
    ledger.query(
        "update send_plans set completed_at = now() - interval '76 hours', cost_booked_at = now() - interval '76 hours'"
        " where send_plan_id = %s returning 1",
        ledger.plan(),
    )
    ledger.deliver(event("UNKNOWN", sends[0], totalMessagePrice=0.95, totalCarrierFee=0))
    assert completed(ledger) == [Decimal("3.00"), Decimal("-0.75")]


@pytest.mark.usefixtures("dollars")
def test_what_a_person_says_was_sent_is_an_expense_however_late(ledger: Ledger) -> None:
    sends = [ledger.send(price="1") for _ in range(3)]
    ledger.deliver(*(event("SENT", send, totalMessagePrice=None) for send in sends[:2]))
    ledger.query(
        "update sms_sends set status = 'unknown', unknown_at = now() where sms_send_id = %s returning 1",
        sends[2],
    )
    ledger.query(
        "update send_plans set completed_at = now() - interval '90 days' where send_plan_id = %s returning 1",
        ledger.plan(),
    )
    assert completed(ledger) == [Decimal("2.00")]
    with ledger.platform.database.as_user({"sub": str(ledger.platform.users["brand"])}) as person:
        person.execute("select settle_unknown_sms_sends(%s, 'mark_sent')", [ledger.campaign()])
    assert completed(ledger) == completed(ledger) == [Decimal("2.00"), Decimal("1.00")]


# ── suppression, and the sender's health


def test_an_invalid_number_is_suppressed_for_everyone_for_ninety_days(ledger: Ledger) -> None:
    ledger.deliver(event("INVALID", ledger.send(phone="a")))
    assert ledger.suppressions("a") == {("everyone", "invalid_number")}
    expires = "select extract(day from expires_at - now()) from suppressions where address_hash = %s"
    assert 89 <= ledger.value(expires, ledger.hash("a")) <= 90
    ledger.query(
        "update suppressions set expires_at = now() - interval '1 minute' where address_hash = %s returning 1",
        ledger.hash("a"),
    )
    ledger.deliver(event("INVALID", ledger.send("rival", phone="a")))
    assert 89 <= ledger.value(expires, ledger.hash("a")) <= 90


def test_five_failed_deliveries_in_a_row_suppress_for_that_sender(ledger: Ledger) -> None:
    kinds = ["UNREACHABLE", "CARRIER_UNREACHABLE", "BLOCKED", "UNREACHABLE", "BLOCKED"]
    at = iter(range(AT, AT + 1000))
    for kind in kinds[:4]:
        ledger.deliver(event(kind, ledger.send(phone="b"), eventTimestamp=next(at)))
    ledger.deliver(event("DELIVERED", ledger.send(phone="b"), eventTimestamp=next(at)))
    for kind in kinds[:4]:
        ledger.deliver(event(kind, ledger.send(phone="b"), eventTimestamp=next(at)))
    assert ledger.suppressions("b") == set()
    ledger.deliver(event(kinds[4], ledger.send(phone="b"), eventTimestamp=next(at)))
    assert ledger.suppressions("b") == {("brand", "unreachable")}


def test_refusals_as_spam_count_once_per_message(ledger: Ledger) -> None:
    send, other = ledger.send(), ledger.send("rival")
    bodies = [event("SPAM", send), event("CARRIER_BLOCKED", send), event("SPAM", other)]
    ledger.deliver(*bodies)
    ledger.deliver(*bodies, event("SPAM", send, eventTimestamp=AT + 5))
    assert ledger.hours() == ledger.hours("rival") == (1, 1, 0)


@pytest.mark.parametrize(
    ("column", "bad", "code", "words"),
    [
        ("complained", 2, "spam", "of 200 SMS accepted within 24 hours, carriers refused 2 as spam (1.0 %)"),
        (
            "opted_out",
            6,
            "opt-outs",
            "after 200 SMS accepted within 24 hours, 6 recipients asked for no more (3.0 %)",
        ),
    ],
)
def test_a_sender_whose_sms_are_not_wanted_is_paused(
    ledger: Ledger, column: str, bad: int, code: str, words: str
) -> None:
    user = ledger.platform.users["brand"]
    paused = "select pause_code, pause_reason from senders where user_id = %s and channel = 'sms'"

    def judge(accepted: int, count: int) -> list[tuple[str, str]]:
        ledger.campaign()
        ledger.query(
            f"insert into ddp.sender_hours (user_id, channel, hour, accepted, {column})"
            f" values (%s, 'sms', date_trunc('hour', now()), %s, %s) on conflict (user_id, channel, hour)"
            f" do update set accepted = excluded.accepted, {column} = excluded.{column} returning 1",
            user, accepted, count,
        )  # fmt: skip
        ledger.query("select count(*) from ddp.pause_unhealthy_senders()")
        return ledger.query(paused, user)

    assert judge(199, 199) == judge(200, bad - 1) == [(None, None)]
    ((found, reason),) = judge(200, bad)
    assert found == code
    assert words in reason


# ── test sends


@pytest.mark.parametrize(
    ("kinds", "status", "reason"),
    [
        (["SENT"], "sent", None),
        (["DELIVERED"], "sent", None),
        (["UNKNOWN"], "sent", None),
        (["SENT", "INVALID"], "failed", "The number does not exist."),
    ],
)
def test_events_settle_test_sends(ledger: Ledger, kinds: list[str], status: str, reason: str | None) -> None:
    test_send = ledger.value(
        "insert into sms_test_sends (sms_campaign_id, created_by_user_id, recipient_phone, status)"
        " values (%s, %s, '+12065550100', 'unknown') returning sms_test_send_id",
        ledger.campaign(), ledger.platform.users["brand"],
    )  # fmt: skip
    bodies = [event(kind, uuid4(), context={"ddp_test": str(test_send)}) for kind in kinds]
    assert ledger.deliver(*bodies) == ledger.deliver(*bodies[::-1]) == []
    assert ledger.query(
        "select status::text, failure_reason from sms_test_sends where sms_test_send_id = %s", test_send
    ) == [(status, reason)]


# ── hostile


def test_events_that_cannot_be_read_fail_alone_and_foreign_ones_are_dropped(ledger: Ledger) -> None:
    send = ledger.send()
    failed = ledger.deliver(
        event("SENT", send, totalMessagePrice=-1),
        event("OTHER", send),
        event("DELIVERED", send, messageStatusDescription="\x00" + "x" * 100_000),
        "not JSON",
        event("DELIVERED", uuid4()),
        event("SENT", send, context={"ddp_test": str(uuid4())}),
        event("SENT", send, totalMessagePrice=1e12),
        event("SENT", "no-uuid"),
    )
    assert failed == ["message-0", "message-1", "message-6", "message-7"]
    assert ledger.status(send) == "delivered"


def test_batches_in_opposite_order_do_not_lock_each_other_out(ledger: Ledger) -> None:
    """All lock rows, budgets, hours, undelivered numbers and suppressions."""
    platform = ledger.platform
    url = platform.database.server.url(platform.database.name, "ddp_worker")
    errors: list[BaseException] = []
    for _ in range(4):
        pairs = [(ledger.send(user, phone=f"n{n}"), user) for n in range(40) for user in ("brand", "rival")]
        bodies = [
            event(kind, send, totalMessagePrice=0.02)
            for send, _ in pairs
            for kind in ("SENT", "UNREACHABLE", "INVALID", "SPAM")
        ]
        start = threading.Barrier(3)
        threads = [
            threading.Thread(target=_apply, args=(url, order, start, errors))
            for order in (bodies, bodies[::-1], random.Random(1).sample(bodies, len(bodies)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    assert ledger.hours("brand") == ledger.hours("rival") == (160, 160, 0)
    for user in ("brand", "rival"):
        assert [ledger.budget(user)] == ledger.query(BY_ROWS, ledger.campaign(user))


def _apply(url: str, bodies: list[str], start: threading.Barrier, errors: list[BaseException]) -> None:
    from ddp.queries.sms import events as sms_events
    from functions.sms.events import gather

    events = [parse(body) for body in bodies]
    arrays = sms_events.arrays_of_sends(events, gather(events))
    try:
        with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection:
            cursor = connection.cursor()
            cursor.execute("set local role service_role")
            start.wait()
            sms_events.apply(cursor, arrays)
    except BaseException as error:  # noqa: BLE001 - the test reports any error
        errors.append(error)


def test_two_thousand_events_take_one_statement(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddp.queries.sms import events as sms_events
    from functions.sending.reports import batches

    monkeypatch.setattr(batches, "PORTIONS", (2_000,))
    calls = []
    apply = sms_events.apply

    def timed(cursor: object, parameters: object) -> object:
        started = time.monotonic()
        applied = apply(cursor, parameters)  # type: ignore[arg-type]
        calls.append((applied.changed, applied.events, time.monotonic() - started))
        return applied

    monkeypatch.setattr(sms_events, "apply", timed)
    sends: list[UUID] = [ledger.send() for _ in range(1_000)]
    bodies = [body for send in sends for body in (event("SENT", send), event("DELIVERED", send))]
    assert ledger.deliver(*bodies) == []
    ((changed, events, seconds),) = calls
    assert (changed, events) == (1_000, 2_000)
    assert seconds < 5
    assert parse(bodies[0]).send_id == str(sends[0])
