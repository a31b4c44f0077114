"""Events of SES on the real ledger: in any order, repeated, early, late, across attempts, by machines, hostile."""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from functions.sending.reports import batches
from tests import lambdas, ses_events
from tests.database.functions.email.ledger import Ledger
from tests.database.platform import Platform
from tests.ses_events import event


@pytest.fixture
def ledger(platform: Platform) -> Iterator[Ledger]:
    ledger = Ledger(platform)
    yield ledger
    ledger.connection.close()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


SENT = at("2026-10-12T08:00:00.512Z")
DELIVERED = at("2026-10-12T08:00:01.903Z")
OPENED = at("2026-10-12T09:14:03.220Z")


def test_the_life_of_a_message(ledger: Ledger) -> None:
    send = ledger.send()
    seen = []
    for name in ("send", "delivery", "open_machine", "open", "click", "complaint"):
        assert ledger.deliver(event(name, send)) == []
        seen.append(ledger.status(send))
    assert seen == ["sent", "delivered", "delivered", "opened", "clicked", "complained"]
    learnt = ledger.learnt(send)
    assert (learnt["sent_at"], learnt["delivered_at"], learnt["opened_at"]) == (SENT, DELIVERED, OPENED)
    assert learnt["machine_opened_at"] == at("2026-10-12T08:03:44.001Z")
    assert learnt["provider_message_id"] == f"message-{send}-1"
    assert learnt["accepted_attempts"] == 1
    assert ledger.hours() == (1, 0, 1)


def test_raw_events_are_kept_once_with_what_they_said(ledger: Ledger) -> None:
    send = ledger.send()
    bodies = [event("send", send), event("open_machine", send), event("bounce_transient", send)]
    ledger.deliver(*bodies, *bodies)
    ledger.deliver(*bodies)
    rows = ledger.query(
        "select event_type, occurred_at, attempt, is_machine, detail from email_events where email_send_id = %s"
        " order by occurred_at",
        send,
    )
    assert [row[0] for row in rows] == ["Send", "Bounce", "Open"]
    assert rows[2][1:] == (at("2026-10-12T08:03:44.001Z"), 1, True, {"agent": "Mozilla/5.0"})
    assert rows[1][4] == {
        "type": "Transient",
        "subtype": "MailboxFull",
        "diagnosis": "smtp; 452 4.2.2 mailbox full",
    }


# ── any order gives the same row

# Of two deliveries the earlier one counts, in whichever order they arrive.
LATER = {("delivery", 2): "2026-10-13T08:00:01Z"}

ONE_ATTEMPT = ("send", "delivery", "open_machine", "open", "click", "bounce_transient")
TWO_ATTEMPTS = (
    ("send", 1),
    ("delivery", 1),
    ("bounce_permanent", 1),
    ("reject", 1),
    ("delivery", 2),
    ("open", 2),
    ("reject", 2),
)


def orders(
    ledger: Ledger, events: list[tuple[str, int]], count: int | None = None, **columns: object
) -> set[str]:
    """Send the events in many orders, each about its own message, some repeated, in batches of any size."""
    chance = random.Random(4)
    permutations = list(itertools.permutations(events))
    chosen = permutations if count is None else chance.sample(permutations, count)
    sends = [ledger.send(**columns) for _ in chosen]
    queues = []
    for send, order in zip(sends, chosen, strict=True):
        bodies = [event(name, send, attempt, at=LATER.get((name, attempt))) for name, attempt in order]
        queues.append([*bodies, *chance.choices(bodies, k=2)])
    while any(queues):
        batch = [queue.pop(0) for queue in queues for _ in range(chance.randint(0, 3)) if queue]
        assert ledger.deliver(*batch) == []
    return {json.dumps(ledger.learnt(send), default=str).replace(str(send), "…") for send in sends}


def test_any_order_of_one_attempts_events_gives_the_same_row(ledger: Ledger) -> None:
    (row,) = orders(ledger, [(name, 1) for name in ONE_ATTEMPT], 250)
    learnt = json.loads(row)
    assert learnt["status"] == "bounced"
    assert learnt["bounce_reason"] == "Transient (MailboxFull): smtp; 452 4.2.2 mailbox full"
    assert ledger.hours() == (250, 0, 0)


@pytest.mark.parametrize(
    "status", ["pending", "sending", "unknown", "failed", "cancelled", "suppressed", "missed"]
)
def test_any_order_across_attempts_gives_the_same_row(ledger: Ledger, status: str) -> None:
    (row,) = orders(ledger, list(TWO_ATTEMPTS), 60, status=status, attempt=2)
    learnt = json.loads(row)
    assert learnt["status"] == "bounced"
    assert learnt["accepted_attempts"] == 0b11
    assert learnt["provider_message_id"] == "message-…-2"
    assert learnt["failure_code"] == "rejected"
    assert ledger.hours() == (60, 60, 0)


def test_any_order_of_two_refusals_gives_the_same_row(ledger: Ledger) -> None:
    """SES writes no time for either: both have that of the message."""
    (row,) = orders(ledger, [("reject", 1), ("rendering_failure", 2), ("reject", 2)], attempt=2)
    assert json.loads(row)["failure_code"] == "rejected"


@pytest.mark.parametrize("refusals", [0, 1])
def test_any_order_around_the_recording_of_the_result(ledger: Ledger, refusals: int) -> None:
    """The worker may record the call's result before, between or after the events."""
    names = ["send", "delivery", "open", *["reject"] * refusals, "RECORD"]
    found = set()
    for order in itertools.permutations(names):
        send = ledger.send()
        for name in order:
            if name == "RECORD":
                with ledger.platform.database.as_worker() as connection:
                    connection.execute(
                        "select ddp.record_email_results('{}', array[%s]::uuid[], '{1}', '{accepted}', array[%s],"
                        " '{null}', '{null}', '{null}')",
                        [send, f"message-{send}-1"],
                    )
            else:
                ledger.deliver(event(name, send))
        learnt = ledger.learnt(send)
        assert learnt["sent_at"] == SENT
        found.add(json.dumps(learnt, default=str).replace(str(send), "…"))
    assert len(found) == 1
    assert ledger.hours()[0] == len(list(itertools.permutations(names)))


# ── what acceptance overrides


@pytest.mark.parametrize(
    "name",
    [
        "send",
        "delivery",
        "bounce_transient",
        "complaint",
        "open",
        "open_machine",
        "click",
        "click_machine",
        "delivery_delay",
        "subscription",
    ],
)
@pytest.mark.parametrize("status", ["pending", "unknown", "cancelled", "suppressed", "missed"])
def test_proof_of_acceptance_overrides_what_was_thought(ledger: Ledger, name: str, status: str) -> None:
    """Also proof of an earlier attempt, because a pending retry would be a second message."""
    unknown_at = datetime.now(UTC) if status == "unknown" else None
    send = ledger.send(status=status, attempt=2, unknown_at=unknown_at)
    ledger.deliver(event(name, send, 1))
    learnt = ledger.learnt(send)
    assert learnt["status"] in {"sent", "delivered", "bounced", "complained", "opened", "clicked"}
    assert learnt["accepted_attempts"] == 0b01
    assert learnt["sent_at"] == SENT
    assert learnt["unknown_at"] is None


@pytest.mark.parametrize(
    ("name", "code"), [("reject", "rejected"), ("rendering_failure", "rendering-failed")]
)
@pytest.mark.parametrize("status", ["sending", "unknown", "pending", "sent"])
def test_a_refusal_counts_for_the_present_attempt(ledger: Ledger, name: str, code: str, status: str) -> None:
    send = ledger.send(status=status, attempt=2)
    ledger.deliver(event(name, send, 1))
    assert ledger.learnt(send)["failure_code"] is None
    assert ledger.status(send) == status
    ledger.deliver(event(name, send, 2))
    learnt = ledger.learnt(send)
    assert (learnt["status"], learnt["failure_code"], learnt["accepted_attempts"]) == ("failed", code, 0)
    assert learnt["failed_at"] == SENT
    assert learnt["failure_reason"].startswith("The provider")


def test_two_accepted_attempts_are_reported_once(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    send = ledger.send(status="pending", attempt=2)
    ledger.deliver(event("delivery", send, 1), event("delivery", send, 1))
    assert "accepted twice" not in caplog.messages
    ledger.deliver(event("delivery", send, 2))
    (line,) = [record for record in caplog.records if record.message == "accepted twice"]
    assert (line.levelname, line.send_ids, line.sent_twice) == ("ERROR", [str(send)], 1)
    ledger.deliver(event("open", send, 2), event("open", send, 1))
    assert caplog.messages.count("accepted twice") == 1
    assert ledger.learnt(send)["accepted_attempts"] == 0b11
    assert ledger.hours() == (1, 0, 0)


def test_machines_open_and_click_nothing(ledger: Ledger) -> None:
    send = ledger.send()
    ledger.deliver(event("delivery", send), event("open_machine", send), event("click_machine", send))
    learnt = ledger.learnt(send)
    assert (learnt["status"], learnt["opened_at"], learnt["clicked_at"]) == ("delivered", None, None)
    assert learnt["machine_opened_at"] is not None


# ── hostile and strange


def test_what_is_not_ours_stops_no_other_event(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    send = ledger.send()
    hostile = [
        "not JSON",
        "[" * 100_000,
        "",
        event("send", uuid4()),  # of another stage, or of a deleted campaign
        event("open", send, userAgent="\x00\ud800" + "x" * 240_000),
        event("click", send, link="javascript:'\"{}\\,null\x00"),
        event("bounce_transient", send, bouncedRecipients=[{"diagnosticCode": '\\"},{"\x00' * 1000}]),
        event("delivery", send, at="0001-01-01T00:00:00Z"),
        event("delivery", send, at="9999-12-31T23:59:59Z"),
        event("delivery", send, smtpResponse="null"),
    ]
    assert ledger.deliver(*hostile, event("complaint", send)) == []
    learnt = ledger.learnt(send)
    assert learnt["status"] == "complained"
    assert "\x00" not in learnt["bounce_reason"]
    assert "not ours: dropped" in caplog.messages
    assert ledger.query("select count(*) from email_events where email_send_id = %s", send) == [(7,)]


def test_events_about_unknown_messages_are_counted_and_not_stored(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    send, unknown = ledger.send(), uuid4()
    caplog.set_level("INFO")
    assert ledger.deliver(event("delivery", unknown), event("send", send), event("open", unknown)) == []
    (line,) = [record for record in caplog.records if record.message == "events applied"]
    assert (line.events, line.changed, line.unknown_sends) == (1, 1, 1)
    assert ledger.query("select count(*) from email_events where email_send_id = %s", unknown) == [(0,)]


def test_events_of_ours_that_cannot_be_read_fail_alone(
    ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.email.ses import events as ses

    reader = ses._READERS["Complaint"]
    monkeypatch.setitem(ses._READERS, "Complaint", reader._replace(read=lambda said: said["bug"]))
    send = ledger.send()
    bodies = [
        event("bounce_permanent", send, bounceType=None),
        event("complaint", send),
        event("open", send),
        event("open", send, userAgent=5),
    ]
    assert ledger.deliver(*bodies) == ["message-0", "message-1", "message-3"]
    assert ledger.status(send) == "opened"
    (bug, malformed) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert (bug.message, bug.item) == ("an event could not be read", "message-1")
    assert bug.exc_info[0] is KeyError
    assert malformed.malformed == {"bounceType is missing": 1, "userAgent is not text": 1}


def test_one_event_that_the_database_refuses_keeps_no_other(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.email import events

    sends = [ledger.send() for _ in range(9)]
    arrays = events._send_arrays
    monkeypatch.setattr(events, "_send_arrays", lambda some: arrays([poisoned(e) for e in some]))

    def poisoned(one: events.Event) -> events.Event:
        return one._replace(kind="x" * 31) if one.send_id == str(sends[4]) else one

    assert ledger.deliver(*(event("delivery", send) for send in sends)) == ["message-4"]
    assert [ledger.status(send) for send in sends] == ["delivered"] * 4 + ["sending"] + ["delivered"] * 4


def test_a_batch_of_several_portions_is_applied_whole(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PORTIONS", (2, 3, 4))
    for count in (1, 2, 5, 9, 14):  # full portions, and a shorter last one
        sends = [ledger.send() for _ in range(count)]
        assert ledger.deliver(*(event("delivery", send) for send in sends)) == []
        assert [ledger.status(send) for send in sends] == ["delivered"] * count


def test_what_there_is_no_time_for_comes_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PORTIONS", (2,))
    left = iter([10_000, batches.RESERVE_MILLISECONDS - 1])
    monkeypatch.setattr(lambdas.Context, "get_remaining_time_in_millis", lambda _: next(left))
    sends = [ledger.send() for _ in range(4)]
    assert ledger.deliver(*(event("delivery", send) for send in sends)) == ["message-2", "message-3"]
    assert [ledger.status(send) for send in sends] == ["delivered"] * 2 + ["sending"] * 2


def test_a_database_that_does_not_answer_gets_all_of_them_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddp import db
    from functions.email import events

    monkeypatch.setattr(db, "_PATIENCE", 0.1)
    bodies = [event("delivery", ledger.send()) for _ in range(3)]
    db.close()
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    answer = events.handler(ses_events.batch(bodies), lambdas.Context())
    assert [f["itemIdentifier"] for f in answer["batchItemFailures"]] == [
        "message-0",
        "message-1",
        "message-2",
    ]


def test_two_batches_in_opposite_order_do_not_lock_each_other_out(ledger: Ledger) -> None:
    """Both lock rows, hours, suppressions and soft bounces."""
    url = ledger.platform.database.server.url(ledger.platform.database.name, "ddp_worker")
    errors: list[BaseException] = []
    for _ in range(6):
        pairs = [
            (ledger.send(user, address=f"{n}@x"), user) for n in range(60) for user in ("brand", "rival")
        ]
        bodies = [
            (event("bounce_permanent", send), event("bounce_transient", send), event("complaint", send))
            for send, _ in pairs
        ]
        flat = [body for bodies_of_one in bodies for body in bodies_of_one]
        start = threading.Barrier(3)
        threads = [
            threading.Thread(target=_apply, args=(url, order, start, errors))
            for order in (flat, flat[::-1], random.Random(1).sample(flat, len(flat)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    assert ledger.hours("brand") == ledger.hours("rival") == (360, 360, 360)


def _apply(url: str, bodies: list[str], start: threading.Barrier, errors: list[BaseException]) -> None:
    from ddp.queries.email import events as email_events
    from functions.email import events
    from functions.email.ses.events import parse

    arrays = events._send_arrays([parse(body) for body in bodies])
    try:
        with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection:
            cursor = connection.cursor()
            cursor.execute("set local role service_role")
            start.wait()
            email_events.apply(cursor, arrays)
    except BaseException as error:  # noqa: BLE001 - the test reports any error
        errors.append(error)


# ── test sends


@pytest.fixture
def test_sends(ledger: Ledger) -> Iterator[tuple[Ledger, UUID]]:
    (row,) = ledger.query(
        "insert into email_test_sends (email_campaign_id, created_by_user_id, recipient_email, status)"
        " values (%s, %s, 'me@example.com', 'unknown') returning email_test_send_id",
        ledger.campaign(),
        ledger.platform.users["brand"],
    )
    return ledger, row[0]


@pytest.mark.parametrize(
    ("names", "status", "reason"),
    [
        (["send"], "sent", None),
        (["delivery", "open", "delivery"], "sent", None),
        (["send", "reject"], "failed", "The provider refused the message: Bad content"),
        (["reject", "send"], "failed", "The provider refused the message: Bad content"),
        (["bounce_permanent"], "failed", "Permanent (General): smtp; 550 5.1.1 user unknown"),
        (["bounce_transient"], "sent", None),
    ],
)
def test_test_sends_are_settled(
    test_sends: tuple[Ledger, UUID], names: list[str], status: str, reason: str | None
) -> None:
    ledger, test_send = test_sends
    for name in names:
        assert ledger.deliver(ses_events.test_event(name, test_send)) == []
    assert ledger.query(
        "select status::text, failure_reason, ended_at is not null from email_test_sends where email_test_send_id = %s",
        test_send,
    ) == [(status, reason, True)]


# ── what follows


def test_the_views_show_people_not_machines(ledger: Ledger) -> None:
    sends = [ledger.send() for _ in range(6)]
    bodies = [event("send", send) for send in sends] + [event("delivery", send) for send in sends[:5]]
    bodies += [event("open_machine", send) for send in sends[:4]] + [
        event("click_machine", send) for send in sends[:3]
    ]
    bodies += [event("open", send) for send in sends[:2]] + [
        event("click", sends[0]),
        event("bounce_permanent", sends[5]),
    ]
    assert ledger.deliver(*bodies, *bodies[::-1]) == []
    with ledger.platform.database.as_worker() as connection:
        connection.execute("select refresh_all_analytics()")
    numbers = ledger.query(
        "select recipient_count, sent_count, delivered_count, opened_count, clicked_count, bounced_count"
        " from email_campaign_analytics where email_campaign_id = %s",
        ledger.campaign(),
    )
    assert numbers == [(6, 6, 5, 2, 1, 1)]


@pytest.mark.parametrize(
    "path", sorted((lambdas.EVENTS / "email").glob("event_*.json")), ids=lambda path: path.stem
)
def test_every_sample_reaches_its_stage(ledger: Ledger, path: object) -> None:
    from functions.email import events

    ledger.platform.login("ddp_worker")
    assert events.handler(lambdas.sample(f"email/{path.stem}"), lambdas.Context()) == {
        "batchItemFailures": []
    }
