"""Suppression by bounces and complaints, and senders that are paused before the provider pauses everyone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ddp.queries.sending import reconciliation
from tests.database.functions.email.ledger import Ledger
from tests.database.platform import Platform
from tests.ses_events import event

START = datetime(2026, 10, 12, 8, tzinfo=UTC)


@pytest.fixture
def ledger(platform: Platform) -> Iterator[Ledger]:
    ledger = Ledger(platform)
    yield ledger
    ledger.connection.close()


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


# ── suppression


@pytest.mark.parametrize(
    ("name", "reason"), [("bounce_permanent", "hard_bounce"), ("complaint", "complaint")]
)
def test_for_everyone_at_once(ledger: Ledger, name: str, reason: str) -> None:
    ledger.deliver(event(name, ledger.send(address="gone@x")))
    assert ledger.suppressions("gone@x") == {("everyone", reason)}


def refused(words: str, subtype: str = "General") -> dict[str, object]:
    """Fields of a permanent bounce with these words of the recipient's server."""
    return {"bounceSubType": subtype, "bouncedRecipients": [{"status": words[:5], "diagnosticCode": words}]}


@pytest.mark.parametrize(
    "fields",
    [refused("5.7.26 unauthenticated mail"), refused("5.1.1 on the list", "OnAccountSuppressionList")],
)
def test_a_refusal_that_a_sender_can_provoke_silences_no_other_sender(
    ledger: Ledger, fields: dict[str, object]
) -> None:
    address = str(fields)
    bounce = event("bounce_permanent", ledger.send(address=address), **fields)
    ledger.deliver(bounce, bounce)
    ledger.deliver(bounce)
    assert ledger.suppressions(address) == {("brand", "hard_bounce")}
    assert ledger.hours()[1] >= 1  # it counts against its sender all the same


@pytest.mark.parametrize("order", [1, -1])
def test_two_bounces_of_a_message_suppress_alike_in_any_order(ledger: Ledger, order: int) -> None:
    send = ledger.send(address=f"both{order}@x")
    for fields in (refused("5.7.1 policy"), {"feedbackId": "second"})[::order]:
        ledger.deliver(event("bounce_permanent", send, **fields))
    assert ledger.suppressions(f"both{order}@x") == {("brand", "hard_bounce"), ("everyone", "hard_bounce")}


@pytest.mark.parametrize("name", ["bounce_transient", "bounce_undetermined", "delivery", "reject", "open"])
def test_others_suppress_nobody(ledger: Ledger, name: str) -> None:
    ledger.deliver(event(name, ledger.send(address=name)))
    assert ledger.suppressions(name) == set()


def test_what_was_lifted_by_hand_is_not_suppressed_again_by_a_repeated_event(ledger: Ledger) -> None:
    bounce = event("bounce_permanent", ledger.send(address="lifted@x"))
    ledger.deliver(bounce)
    ledger.query("delete from suppressions where address_hash = %s returning 1", ledger.hash("lifted@x"))
    ledger.deliver(bounce, bounce)
    assert ledger.suppressions("lifted@x") == set()


def test_five_soft_bounces_in_a_row_suppress_for_that_sender(ledger: Ledger) -> None:
    for number in range(5):
        assert ledger.suppressions("full@x") == set()
        bounce = event("bounce_transient", ledger.send(address="full@x"), at=day(number))
        ledger.deliver(bounce, bounce)
        ledger.deliver(bounce)
        ledger.deliver(event("bounce_transient", ledger.send("rival", address="other@x"), at=day(number)))
    assert ledger.suppressions("full@x") == {("brand", "soft_bounces")}
    assert ledger.suppressions("other@x") == {("rival", "soft_bounces")}


def test_a_delivery_in_between_begins_anew(ledger: Ledger) -> None:
    for number in range(12):
        name = "delivery" if number % 5 == 4 else "bounce_transient"
        ledger.deliver(event(name, ledger.send(address="between@x"), at=day(number)))
    assert ledger.suppressions("between@x") == set()
    assert ledger.query(
        "select in_a_row, last_delivered_at from ddp.soft_bounces where address_hash = %s and owner_user_id = %s",
        ledger.hash("between@x"),
        ledger.platform.users["brand"],
    ) == [(2, START + timedelta(days=9))]


def test_any_order_of_soft_bounces_and_deliveries_counts_the_same(ledger: Ledger) -> None:
    """The address has bounced four times in a row since the delivery on the third day."""
    happened = [("bounce_transient", 1), ("delivery", 2), *(("bounce_transient", n) for n in (3, 4, 5, 6))]
    for number, order in enumerate(itertools.islice(itertools.permutations(happened), 0, 720, 37)):
        address = f"{number}@orders"
        ledger.deliver(event("bounce_transient", ledger.send(address=address), at=day(0)))
        for name, when in order:
            ledger.deliver(event(name, ledger.send(address=address), at=day(when)))
        counted = "select in_a_row from ddp.soft_bounces where address_hash = %s"
        assert ledger.query(counted, ledger.hash(address)) == [(4,)], order


# ── sender health


def hours(
    ledger: Ledger,
    accepted: int,
    bounced: int = 0,
    complained: int = 0,
    *,
    user: str = "brand",
    ago: str = "1 hour",
) -> None:
    with ledger.platform.database.connect() as connection:
        connection.execute(
            "insert into ddp.sender_hours values (%s, 'email', date_trunc('hour', now() - %s::interval), %s, %s, %s)",
            [ledger.platform.users[user], ago, accepted, bounced, complained],
        )


def paused(ledger: Ledger) -> dict[str, tuple[str, str]]:
    """The users of this test that a check pauses now, with code and reason."""
    from ddp import db

    ledger.platform.login("ddp_worker")
    with db.transaction(role="service_role") as cursor:
        rows = reconciliation.pause_unhealthy_senders(cursor)
    names = {str(user_id): name for name, user_id in ledger.platform.users.items()}
    return {names[p["user_id"]]: (p["pause_code"], p["pause_reason"]) for p in rows if p["user_id"] in names}


@pytest.mark.parametrize(
    ("accepted", "bounced", "complained", "code"),
    [
        (200, 10, 0, "bounces"),
        (200, 9, 0, None),
        (199, 199, 0, None),
        (10_000, 500, 0, "bounces"),
        (10_000, 499, 0, None),
        (1_000, 0, 2, "complaints"),
        (1_000, 0, 1, None),
        (1_999, 0, 2, "complaints"),
        (2_001, 0, 2, None),
        (999, 0, 2, None),
        (400, 0, 2, "complaints"),
        (401, 0, 2, None),
        (199, 0, 100, None),
        (100_000, 0, 100, "complaints"),
        (100_000, 0, 99, None),
        (0, 0, 0, None),
    ],
)
def test_thresholds(ledger: Ledger, accepted: int, bounced: int, complained: int, code: str | None) -> None:
    hours(ledger, accepted - accepted // 2, bounced, complained, ago="1 hour")
    hours(ledger, accepted // 2, ago="22 hours")
    hours(ledger, accepted, accepted, accepted, ago="25 hours", user="rival")
    found = paused(ledger)
    assert {name: reason[0] for name, reason in found.items()} == ({"brand": code} if code else {})


def test_the_reason_is_a_sentence_with_the_figures(ledger: Ledger) -> None:
    hours(ledger, 1_234, 75, ago="2 hours")
    hours(ledger, 10_000, 0, 13, user="rival")
    found = paused(ledger)
    assert found["brand"][1] == (
        "Sending is paused: of 1,234 e-mails accepted within 24 hours, 75 bounced because the address does not exist"
        " (6.1 %). The limit is 5 %. Remove addresses that are old, bought or guessed."
        " Then ask an administrator to resume sending."
    )
    assert (
        "of 10,000 e-mails accepted within 24 hours, 13 were reported as spam (0.13 %)" in found["rival"][1]
    )
    assert paused(ledger) == {}, "once"


def test_whoever_was_resumed_is_judged_by_what_came_since(ledger: Ledger) -> None:
    hours(ledger, 1_000, 500, ago="3 hours")
    assert set(paused(ledger)) == {"brand"}
    ledger.query(
        "update senders set paused_at = null, pause_code = null, pause_reason = null,"
        " resumed_at = now() - interval '1 hour'"
        " where user_id = %s returning 1",
        ledger.platform.users["brand"],
    )
    assert paused(ledger) == {}
    hours(ledger, 1_000, 50, ago="0 hours")
    assert set(paused(ledger)) == {"brand"}


def test_events_add_up_to_a_pause(ledger: Ledger) -> None:
    """From events alone: of 200 accepted messages ten bounced hard; some events are repeated."""
    sends = [ledger.send() for _ in range(200)]
    bodies = [event("send", send) for send in sends] + [event("bounce_permanent", send) for send in sends[:9]]
    ledger.deliver(*bodies)
    ledger.deliver(*bodies)
    assert ledger.hours() == (200, 9, 0)
    assert paused(ledger) == {}
    ledger.deliver(event("bounce_permanent", sends[10]))
    assert set(paused(ledger)) == {"brand"}


def test_the_last_day_is_found_without_reading_all_days(ledger: Ledger) -> None:
    connection = ledger.platform.database.connect()
    with connection.transaction(force_rollback=True):
        connection.execute(
            "insert into ddp.sender_hours"
            " select %s, 'email', '2000-01-01'::timestamptz + n * interval '1 hour', 1, 0, 0"
            " from generate_series(1, 20000) n",
            [ledger.platform.users["brand"]],
        )
        connection.execute("analyze ddp.sender_hours")
        plan = connection.execute(
            "explain select sum(accepted) from ddp.sender_hours"
            " where channel = 'email' and hour > now() - interval '1 day'"
        ).fetchall()
        assert "sender_hours_hour_idx" in str(plan)
