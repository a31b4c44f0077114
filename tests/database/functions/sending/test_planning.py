"""Planning: every recipient once, in bounded transactions, despite interruptions."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest

from ddp.addresses import email_hash
from ddp.channels import EMAIL
from tests import lambdas
from tests.database.functions.sending.conftest import Sending


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten records per batch, four recipients per chunk."""
    from ddp import chunking
    from functions.sending import batches
    from functions.sending.recipients import sources

    monkeypatch.setattr(batches, "RECORDS", 10)
    monkeypatch.setattr(sources, "RECORDS", 10)
    monkeypatch.setattr(chunking, "CHUNK_SIZE", 4)


def suppress(sending: Sending, address: str, owner: str | None) -> None:
    sending.run(
        "insert into suppressions (channel, address_hash, owner_user_id, reason)"
        " values ('email', %s, %s, 'unsubscribe')",
        email_hash(address),
        sending.platform.users[owner] if owner else None,
    )


def test_a_list(sending: Sending) -> None:
    plan = sending.listed(
        {"email": "Ann@Example.com", "name": "Ann Lee", "template_data": {"order": 7, "items": ["a"]}},
        {"email": "bob@bücher.example", "time_zone": "Asia/Tokyo"},
        "ann@example.com",
        "nobody",
        "a@b.c\r\nBcc: d@e.f",
    )
    assert sending.work(plan) == []
    columns = "recipient_email, recipient_name, template_data, time_zone, status, attempt, chunk_no"
    assert sending.sends(plan, columns) == [
        ("ann@example.com", "Ann Lee", {"order": 7, "items": ["a"]}, None, "pending", 1, 1),
        ("bob@xn--bcher-kva.example", None, {}, "Asia/Tokyo", "pending", 1, 1),
    ]
    assert sending.rejections(plan) == [(4, "no-at"), (5, "control-character")]
    assert sending.totals(plan) == (5, 2, 0, 1, 2)
    assert sending.row(plan, "planned_at is not null, resumed_at is not null, failure_code") == (
        True,
        True,
        None,
    )
    hashes = sending.sends(plan, "recipient_hash")
    assert hashes == [(email_hash("ann@example.com"),), (email_hash("bob@xn--bcher-kva.example"),)]


def test_what_is_the_same_for_all_is_prepared_once(sending: Sending) -> None:
    plan = sending.listed("ann@example.com")
    sending.work(plan)
    html, text, call_size = sending.row(plan, "prepared_html, prepared_text, call_size")
    assert "<p>Hello {{ name }}</p>" in html
    assert text.strip() == "Hello {{ name }}"
    assert call_size == 50


def test_messages_with_attachments_go_one_at_a_time(sending: Sending) -> None:
    plan = sending.listed("ann@example.com")
    sending.query("update send_plans set attachments = %s where send_plan_id = %s returning 1", '["x"]', plan)
    sending.work(plan)
    assert sending.row(plan, "call_size") == (1,)


def test_content_that_cannot_be_prepared(sending: Sending) -> None:
    plan = sending.listed("ann@example.com", content="<p>{% if %}</p>")
    sending.work(plan)
    assert sending.failure(plan) == "unusable-content"
    assert sending.sends(plan) == []


def test_the_total_is_told(sending: Sending) -> None:
    suppress(sending, "bob@example.com", None)
    plan = sending.listed("ann@example.com", "bob@example.com", "ann@example.com")
    sending.work(plan)
    total = (
        "select total_recipients from email_campaigns join send_plans using (email_campaign_id)"
        " where send_plan_id = %s"
    )
    assert sending.query(total, plan) == [(2,)]


def test_planning_twice_plans_nothing_twice(sending: Sending) -> None:
    plan = sending.csv("email\nann@example.com\nbob@example.com\n")
    sending.work(plan)
    before = sending.sends(plan, "*")
    sending.work(plan)
    assert sending.sends(plan, "*") == before
    assert len(before) == 2


def test_chunks_and_their_messages(sending: Sending, small_batches: None) -> None:
    plan = sending.csv("email\n" + "".join(f"user{n}@example.com\n" for n in range(25)))
    sending.work(plan)
    # Batches of 10, 10 and 5 in chunks of at most 4.
    chunks = sending.query(
        "select c.chunk_no, count(*), min(s.not_before) = c.due_at, c.queued_at is not null, c.sender_user_id"
        " from ddp.send_chunks c join send_plans p using (send_plan_id)"
        " join email_sends s on s.email_campaign_id = p.email_campaign_id and s.chunk_no = c.chunk_no"
        " where c.send_plan_id = %s group by c.chunk_no, c.due_at, c.queued_at, c.sender_user_id order by 1",
        plan,
    )
    brand = sending.platform.users["brand"]
    assert chunks == [
        (n, size, True, True, brand) for n, size in enumerate([4, 4, 2, 4, 4, 2, 4, 1], start=1)
    ]
    told = sending.messages("email-send")
    expected = [{"type": "SendChunk", "send_plan_id": str(plan), "chunk_no": n} for n in range(1, 9)]
    assert sorted(told, key=lambda message: message["chunk_no"]) == expected


def test_what_is_due_later_is_not_told(sending: Sending) -> None:
    plan = sending.listed("ann@example.com", scheduled_at=datetime.now(UTC) + timedelta(hours=1))
    sending.work(plan)
    assert sending.messages("email-send") == []
    chunk = "select due_at > now() + interval '55 minutes', queued_at from ddp.send_chunks where send_plan_id = %s"
    assert sending.query(chunk, plan) == [(True, None)]


def test_a_queue_that_takes_nothing_does_not_stop_planning(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddp import queues
    from ddp.errors import Transient

    def refuse(*_: object, **__: object) -> None:
        raise Transient("not now")

    monkeypatch.setattr(queues, "send", refuse)
    plan = sending.listed("ann@example.com")
    assert sending.work(plan) == []
    assert sending.row(plan, "planned_at is not null") == (True,)
    # Reconciliation does the rest: it looks for chunks without a message.
    assert sending.query("select queued_at from ddp.send_chunks where send_plan_id = %s", plan) == [(None,)]


def test_the_suppressed_are_in_the_ledger_and_not_pending(sending: Sending, small_batches: None) -> None:
    suppress(sending, "own@example.com", "brand")
    suppress(sending, "everywhere@example.com", None)
    suppress(sending, "rivals@example.com", "rival")
    plan = sending.listed(
        "own@example.com", "Everywhere@example.com", "rivals@example.com", "free@example.com"
    )
    sending.work(plan)
    assert sending.sends(plan) == [
        ("everywhere@example.com", "suppressed"),
        ("free@example.com", "pending"),
        ("own@example.com", "suppressed"),
        ("rivals@example.com", "pending"),
    ]
    assert sending.totals(plan) == (4, 2, 2, 0, 0)


def test_a_chunk_of_the_suppressed_is_not_due(sending: Sending) -> None:
    suppress(sending, "own@example.com", "brand")
    plan = sending.listed("own@example.com")
    sending.work(plan)
    assert sending.query("select due_at from ddp.send_chunks where send_plan_id = %s", plan) == [(None,)]
    assert sending.messages("email-send") == []
    assert sending.row(plan, "planned_at is not null") == (True,)


def test_duplicates_inside_and_across_batches(sending: Sending, small_batches: None) -> None:
    lines = [f"User{n % 12}@Example.com" if n % 2 else f"user{n % 12}@example.com" for n in range(50)]
    plan = sending.csv("email\n" + "\n".join(lines))
    sending.work(plan)
    assert len(sending.addresses(plan)) == 12
    assert sending.totals(plan) == (50, 12, 0, 38, 0)


# Four commits before the first batch, three for each of the four batches, and three at the end.
@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("commit", range(19))
def test_a_crash_at_each_commit(
    sending: Sending, small_batches: None, monkeypatch: pytest.MonkeyPatch, commit: int, *, applied: bool
) -> None:
    """The transaction is lost, or its commit's answer is. After planning again, everyone is there once."""
    plan = sending.csv("email\n" + "".join(f"user{n}@example.com\n" for n in range(35)) + "nobody\n")
    with monkeypatch.context() as patch:
        crash_at_commit(patch, commit, applied=applied)
        assert sending.work(plan) != []
    assert sending.work(plan) == []
    assert len(sending.addresses(plan)) == 35
    assert sending.totals(plan) == (36, 35, 0, 0, 1)
    assert sending.row(plan, "planned_at is not null, failed_at") == (True, None)
    assert sending.query("select count(*) from ddp.send_chunks where send_plan_id = %s", plan) == [(11,)]


def crash_at_commit(patch: pytest.MonkeyPatch, number: int, *, applied: bool) -> None:
    """Make the number-th commit from now raise, before or after it takes effect."""
    from ddp import db

    begin, count = db._begin, [0]

    def begin_and_break(*opening):
        connection = begin(*opening)
        commit = type(connection).commit

        def crash():
            count[0] += 1
            if count[0] - 1 != number:
                return commit(connection)
            if applied:
                commit(connection)
            raise ConnectionAbortedError("killed")

        connection.commit = crash
        return connection

    patch.setattr(db, "_begin", begin_and_break)
    db.close()


def test_two_planners_at_once(sending: Sending, small_batches: None) -> None:
    """The second finds the first batch done and leaves. The test's only connection belongs to the first."""
    from ddp.queries.sending import plans, recipients
    from functions.email.planner import EmailPlanner
    from functions.sending.batches import cut
    from functions.sending.recipients import listed

    plan_id = sending.listed(*(f"user{n}@example.com" for n in range(25)))
    with sending.platform.database.as_worker() as other:
        from psycopg.rows import dict_row

        cursor = other.cursor(row_factory=dict_row)
        plan = plans.get(cursor, EMAIL, plan_id)
        progress = plans.lock_plan(cursor, plan_id)
        planner = EmailPlanner()
        reader = planner.reader(plan)
        batch = next(cut(listed.entries(reader, plan.audience["recipients"], 0), reader, 1, 0))
        runs = dict(planner.runs(cursor, plan, recipients.unknown_kinds(batch, {})))
        recipients.add_batch(cursor, plan, batch, progress, runs)
        second = threading.Thread(target=sending.work, args=[plan_id])
        second.start()
        sending.platform.wait_for_a_lock()
    second.join()
    assert sending.totals(plan_id)[:2] == (25, 25) or sending.totals(plan_id)[:2] == (10, 10)
    sending.work(plan_id)
    assert sending.totals(plan_id) == (25, 25, 0, 0, 0)
    assert len(sending.addresses(plan_id)) == 25


def test_the_second_planner_leaves_a_batch_that_is_taken(sending: Sending, small_batches: None) -> None:
    from ddp.queries.sending import plans
    from functions.email.plan import planning
    from functions.sending.planning import _transaction

    plan_id = sending.listed(*(f"user{n}@example.com" for n in range(25)))
    sending.platform.login("ddp_worker")
    with _transaction() as cursor:
        plan = plans.get(cursor, EMAIL, plan_id)
        progress = plans.lock_plan(cursor, plan_id)
    batches = list(planning._batches(plan, progress, None))
    assert planning._write(plan, batches[0], {})
    assert not planning._write(plan, batches[0], {})
    assert sending.totals(plan_id) == (10, 10, 0, 0, 0)


class ShortOfTime(lambdas.Context):
    """An invocation whose time is always over."""

    def get_remaining_time_in_millis(self) -> int:
        return 1_000


def test_short_of_time_it_goes_on_in_another_invocation(sending: Sending, small_batches: None) -> None:
    plan = sending.csv("email\n" + "".join(f"user{n}@example.com\n" for n in range(35)))
    rounds = 0
    while sending.row(plan, "planned_at")[0] is None:
        sending.work(plan, ShortOfTime())
        rounds += 1
        again = sending.messages("email-plan")
        assert again == ([{"type": "PlanSend", "send_plan_id": str(plan)}] if rounds < 4 else [])
    assert rounds == 4
    assert sending.totals(plan) == (35, 35, 0, 0, 0)


def test_cancelled_in_the_middle(sending: Sending, small_batches: None) -> None:
    plan = sending.csv("email\n" + "".join(f"user{n}@example.com\n" for n in range(35)))
    sending.work(plan, ShortOfTime())
    cancel(sending, plan)
    sending.work(plan)
    assert {status for _, status in sending.sends(plan)} == {"cancelled"}
    assert sending.row(plan, "planned_at") == (None,)


def test_cancelled_between_two_batches(
    sending: Sending, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running planner notices before it writes more."""
    from functions.sending.planning import Planning

    plan = sending.csv("email\n" + "".join(f"user{n}@example.com\n" for n in range(35)))
    monkeypatch.setattr(Planning, "_tell_senders", lambda *_: cancel(sending, plan))
    assert sending.work(plan) == []
    assert [status for _, status in sending.sends(plan)] == ["cancelled"] * 10
    assert sending.row(plan, "planned_at") == (None,)


def test_cancelled_while_a_batch_is_written(sending: Sending, small_batches: None) -> None:
    """The cancellation waits for the batch, and then sees its rows."""
    from ddp.queries.sending import plans, recipients
    from functions.email.plan import planning
    from functions.sending.planning import _transaction

    plan_id = sending.listed(*(f"user{n}@example.com" for n in range(25)))
    sending.work(plan_id, ShortOfTime())
    with _transaction() as cursor:
        plan = plans.get(cursor, EMAIL, plan_id)
        progress = plans.lock_plan(cursor, plan_id)
        batch = next(planning._batches(plan, progress, None))
        runs = dict(planning.planner.runs(cursor, plan, [""]))
        recipients.add_batch(cursor, plan, batch, progress, runs)
        canceller = threading.Thread(target=cancel, args=[sending, plan_id])
        canceller.start()
        sending.platform.wait_for_a_lock()
    canceller.join()
    assert [status for _, status in sending.sends(plan_id)] == ["cancelled"] * 20
    sending.work(plan_id)
    assert len(sending.addresses(plan_id)) == 20


def cancel(sending: Sending, plan: object) -> None:
    """Cancel as the API does: first the plan's row, then its recipients."""
    with sending.platform.database.connect("superuser") as connection, connection.transaction():
        connection.execute("update send_plans set cancelled_at = now() where send_plan_id = %s", [plan])
        connection.execute(
            "update email_sends set status = 'cancelled' where status = 'pending' and email_campaign_id ="
            " (select email_campaign_id from send_plans where send_plan_id = %s)",
            [plan],
        )


def test_paused_planning_goes_on(sending: Sending) -> None:
    plan = sending.listed("ann@example.com", paused_at="now")
    sending.work(plan)
    assert sending.row(plan, "planned_at is not null, paused_at is not null") == (True, True)


def test_an_interruption_is_noted(sending: Sending, small_batches: None) -> None:
    """Recipients that are too late when planning resumes become missed instead of getting a late message."""
    plan = sending.csv("email\n" + "".join(f"user{n}@example.com\n" for n in range(25)))
    sending.work(plan, ShortOfTime())
    resumed = sending.row(plan, "resumed_at")
    sending.work(plan, ShortOfTime())
    assert sending.row(plan, "resumed_at") == resumed
    sending.run(
        "update ddp.send_plan_batches set created_at = now() - interval '11 minutes' where send_plan_id = %s",
        plan,
    )
    sending.work(plan)
    assert sending.row(plan, "resumed_at")[0] > resumed[0]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("name,city\nAnn,Bern\n", "no-address-column"),
        ("", "no-address-column"),
        ("\n\n\n", "no-address-column"),
        ("email\n", "no-recipients"),
        ("email\nnobody\n", "no-recipients"),
        ("\x89PNG\r\n\x1a\n" + "\x00" * 5000, "no-address-column"),
    ],
)
def test_files_without_recipients(sending: Sending, content: str, code: str) -> None:
    plan = sending.csv((content or " ").encode("latin-1"))
    assert sending.work(plan) == []
    assert sending.failure(plan) == code
    assert sending.row(plan, "planned_at, failure_reason <> ''") == (None, True)
    assert sending.work(plan) == []


def test_another_tenants_file(sending: Sending) -> None:
    plan = sending.plan(sending.file(b"email\nann@example.com\n", user="rival"))
    sending.work(plan)
    assert sending.failure(plan) == "file-gone"
    assert sending.sends(plan) == []


def test_a_file_that_is_gone(sending: Sending) -> None:
    audience = sending.file(b"email\nann@example.com\n")
    boto3.client("s3").delete_object(Bucket=lambdas.BUCKET, Key=f"files/{audience['file_id']}")
    plan = sending.plan(audience)
    sending.work(plan)
    assert sending.failure(plan) == "file-gone"


def test_a_file_that_is_another_one(sending: Sending) -> None:
    audience = sending.file(b"email\nann@example.com\n")
    key = f"files/{audience['file_id']}"
    boto3.client("s3").put_object(Bucket=lambdas.BUCKET, Key=key, Body=b"email\neve@example.com\n")
    plan = sending.plan(audience)
    sending.work(plan)
    assert sending.failure(plan) == "file-changed"
    assert sending.sends(plan) == []


def test_a_file_that_goes_in_the_middle(sending: Sending, small_batches: None) -> None:
    """The plan fails visibly, and recipients that were planned already get nothing."""
    audience = sending.file(("email\n" + "".join(f"user{n}@example.com\n" for n in range(35))).encode())
    plan = sending.plan(audience)
    sending.work(plan, ShortOfTime())
    boto3.client("s3").delete_object(Bucket=lambdas.BUCKET, Key=f"files/{audience['file_id']}")
    sending.work(plan)
    assert sending.failure(plan) == "file-gone"
    assert [status for _, status in sending.sends(plan)] == ["cancelled"] * 10
    due = "select count(*) from ddp.send_chunks where send_plan_id = %s and due_at is not null"
    assert sending.query(due, plan) == [(0,)]


def test_messages_that_are_none(sending: Sending) -> None:
    from functions.email import plan

    other = {"type": "PlanSend", "send_plan_id": str(uuid4())}
    for message in (
        "{}",
        "nonsense",
        other,
        {"type": "SendChunk", "send_plan_id": str(uuid4()), "chunk_no": 1},
    ):
        assert sending.deliver(plan, message) == []
