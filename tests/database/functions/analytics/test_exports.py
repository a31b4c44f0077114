"""Files of figures: asked for over HTTP, written as the person who asked, fetched; what stops each step."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import boto3
import psycopg
import pytest

from tests import lambdas
from tests.database.functions.analytics.conftest import Figures
from tests.database.functions.messaging import ask
from tests.database.platform import Platform


@dataclass(slots=True)
class Exporting:
    """The routes, the queue and the worker."""

    figures: Figures
    queue: str

    @property
    def platform(self) -> Platform:
        return self.figures.platform

    def request(self, user: str = "brand", **body: Any) -> lambdas.Answer:
        return ask(self.platform, user, "POST", "/analytics/exports", {"list": "files"} | body)

    def told(self) -> list[dict[str, Any]]:
        sqs, found = boto3.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def work(self, message: object) -> list[Any]:
        """Run the worker; returns the messages that failed."""
        from functions.analytics import export

        self.platform.login("ddp_api")
        event = lambdas.with_message(lambdas.sample("analytics/export"), message)
        return export.handler(event, lambdas.Context())["batchItemFailures"]

    def written(self, user: str = "brand", **body: Any) -> dict[str, Any]:
        """Ask for a file, let it be written, and get its row."""
        answer = self.request(user, **body)
        assert answer.status == 202, answer
        (message,) = self.told()
        assert self.work(message) == []
        return self.get(answer.body["analytics_export_id"], user).body

    def get(self, export_id: str, user: str = "brand") -> lambdas.Answer:
        return ask(self.platform, user, "GET", f"/analytics/exports/{export_id}")


@pytest.fixture
def exporting(figures: Figures, analytics_queues: dict[str, str]) -> Exporting:
    exporting = Exporting(figures, analytics_queues["export"])
    exporting.told()
    figures.platform.query("delete from analytics_exports where state = 'pending' returning 1")
    return exporting


def content(export: dict[str, Any]) -> str:
    key = f"exports/{export['analytics_export_id']}.{export['format']}.gz"
    stored = boto3.client("s3").get_object(Bucket=lambdas.BUCKET, Key=key)["Body"].read()
    return gzip.decompress(stored).decode("utf-8-sig")


def test_csv_of_what_the_requester_sees(exporting: Exporting) -> None:
    exporting.figures.file(number=1, views=7)
    exporting.figures.file(number=2, file_type="pdf")
    exporting.figures.file("rival", number=3)
    export = exporting.written(filters={"type": "image"})
    assert (export["status"], export["row_count"], export["failure_reason"]) == ("ready", 1, None)
    assert f"exports/{export['analytics_export_id']}.csv.gz" in export["url"]
    (row,) = csv.DictReader(io.StringIO(content(export)))
    assert (row["file_name"], row["view_count"]) == ("001.png", "7")


def test_json_lines(exporting: Exporting) -> None:
    for number in range(3):
        exporting.figures.file(number=number)
    export = exporting.written(format="jsonl", until="2026-10-01T14:00:00Z")
    assert export["row_count"] == 2
    rows = [json.loads(line) for line in content(export).splitlines()]
    assert [row["file_name"] for row in rows] == ["001.png", "000.png"]
    assert rows[0]["download_rate"] == 0


def test_every_list_can_be_written(exporting: Exporting) -> None:
    from functions.analytics.listings import FIGURES

    for name in FIGURES:
        export = exporting.written(list=name, scope="visible")
        assert export["status"] == "ready", export


def test_rows_without_a_value_are_in_it(exporting: Exporting) -> None:
    platform = exporting.platform
    platform.query(
        "insert into retailer_scores (retailer_id, brand_id, overall_rank)"
        " values (%s, %s, 1), (%s, %s, null) returning 1",
        platform.users["retailer"], platform.users["brand"], platform.users["other"], platform.users["brand"],
    )  # fmt: skip
    assert exporting.written(list="retailer-scores")["row_count"] == 2


def test_a_message_that_comes_again_changes_nothing(exporting: Exporting) -> None:
    export = exporting.request().body
    (message,) = exporting.told()
    assert exporting.work(message) == []
    before = exporting.get(export["analytics_export_id"]).body
    exporting.figures.file()
    assert exporting.work(message) == []
    assert exporting.work(message | {"analytics_export_id": str(uuid4())}) == []
    assert exporting.work("rubbish") == []
    after = exporting.get(export["analytics_export_id"]).body
    assert {**before, "url": None} == {**after, "url": None}


def test_while_another_worker_writes_it(exporting: Exporting) -> None:
    export = exporting.request().body
    (message,) = exporting.told()
    with exporting.platform.database.as_worker() as other:
        other.execute(
            "select from analytics_exports where analytics_export_id = %s for update",
            [export["analytics_export_id"]],
        )
        assert exporting.work(message) == []
    assert exporting.get(export["analytics_export_id"]).body["status"] == "pending"


def test_who_left_the_account_gets_no_file(exporting: Exporting) -> None:
    platform = exporting.platform
    platform.query(
        "insert into account_members (account_id, member_id, member_role, accepted_at)"
        " values (%s, %s, 'viewer', now()) returning 1",
        platform.users["brand"],
        platform.users["other"],
    )
    asked = ask(
        platform, "other", "POST", "/analytics/exports", {"list": "files"}, account=platform.users["brand"]
    )
    assert asked.status == 202, asked
    (message,) = exporting.told()
    platform.query("update account_members set ended_at = now() where member_id = %s and account_id = %s returning 1",
                   platform.users["other"], platform.users["brand"])  # fmt: skip
    assert exporting.work(message) == []
    export = exporting.get(asked.body["analytics_export_id"]).body
    assert export["status"] == "failed"
    assert "member" in export["failure_reason"]
    assert exporting.get(asked.body["analytics_export_id"], "other").status == 404


def test_a_forged_message_writes_nobody_elses_file(exporting: Exporting) -> None:
    export = exporting.request().body
    (message,) = exporting.told()
    for person in ("rival", "admin"):
        forged = message | {"person_id": str(exporting.platform.users[person])}
        assert exporting.work(forged) == []
    assert exporting.get(export["analytics_export_id"]).body["status"] == "pending"


def test_what_fails_comes_again_and_is_given_up_in_the_end(
    exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.analytics import export as function

    def refuse(*_: object) -> int:
        raise ConnectionError("no S3")

    export = exporting.request().body
    (message,) = exporting.told()
    with monkeypatch.context() as patch:
        patch.setattr(function, "_write", refuse)
        for _ in range(4):
            assert exporting.work(message) != []
            assert exporting.get(export["analytics_export_id"]).body["status"] == "pending"
        assert exporting.work(message) == []
    failed = exporting.get(export["analytics_export_id"]).body
    assert (failed["status"], failed["url"]) == ("failed", None)
    assert "again" in failed["failure_reason"]


def test_a_lost_hint_is_sent_again(exporting: Exporting) -> None:
    from functions.analytics.exports import waiting

    export = exporting.request().body
    exporting.told()
    exporting.platform.login("ddp_worker")
    assert waiting.tell() == 1
    assert waiting.tell() == 0  # one is on its way
    (message,) = exporting.told()
    assert message["analytics_export_id"] == export["analytics_export_id"]
    assert exporting.work(message) == []


def test_five_at_a_time(exporting: Exporting) -> None:
    for _ in range(5):
        assert exporting.request().status == 202
    answer = exporting.request()
    assert (answer.status, answer.code) == (429, "too-many-exports")


def test_a_repeated_request_is_one_export(exporting: Exporting) -> None:
    first, second = (
        ask(exporting.platform, "brand", "POST", "/analytics/exports", {"list": "files"}, key="once")
        for _ in range(2)
    )
    assert first.body == second.body
    assert len(exporting.told()) == 1


def test_exports_are_the_accounts_own(exporting: Exporting) -> None:
    export = exporting.request().body["analytics_export_id"]
    assert exporting.get(export, "rival").status == 404
    assert exporting.get(export, "admin").status == 200
    listed = ask(exporting.platform, "brand", "GET", "/analytics/exports").body["items"]
    assert export in {item["analytics_export_id"] for item in listed}
    assert ask(exporting.platform, "rival", "GET", "/analytics/exports").body["items"] == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"list": "passwords"}, "body.list"),
        ({"scope": "everyone"}, "body.scope"),
        ({"list": "asset-activity", "scope": "all"}, "scope:"),
        ({"from": "2026-10-02T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, "from:"),
        ({"filters": {"colour": "red"}}, "filters:"),
        ({"filters": {"id": "' or true --"}}, "filters.id:"),
        ({"filters": {"type": "x" * 300}}, "body.filters.type"),
        ({"format": "parquet"}, "body.format"),
        ({"limit": 3}, "body.limit"),
    ],
)
def test_bad_input_is_refused_with_what_to_mend(exporting: Exporting, body: dict, word: str) -> None:
    answer = exporting.request(**body)
    assert answer.status == 422, answer
    assert answer.body["detail"].startswith(word), answer.body["detail"]


def test_everything_is_for_administrators(exporting: Exporting) -> None:
    assert exporting.request(scope="all").status == 403
    assert exporting.written("admin", scope="all")["status"] == "ready"


def test_a_request_past_the_http_functions_is_judged_by_the_worker(exporting: Exporting) -> None:
    platform = exporting.platform
    brand = platform.users["brand"]
    for name, asked in (
        ("passwords", "{}"),
        ("files", '{"scope": "all"}'),
        ("files", '{"filters": {"a": 1}}'),
    ):
        export_id: UUID = platform.query(
            "insert into analytics_exports (created_by_user_id, requested_by_user_id, list, format, request)"
            " values (%s, %s, %s, 'csv', %s) returning analytics_export_id",
            brand, brand, name, asked,
        )[0][0]  # fmt: skip
        message = {
            "type": "ExportFigures",
            "analytics_export_id": str(export_id),
            "account_id": str(brand),
            "person_id": str(brand),
        }
        assert exporting.work(message) == []
        state = platform.query(
            "select state from analytics_exports where analytics_export_id = %s", export_id
        )
        assert state == [("failed",)]


def test_the_refresh_notes_how_long_an_export_waits_that_no_worker_begins(exporting: Exporting) -> None:
    assert exporting.request().status == 202
    (message,) = exporting.told()
    exporting.platform.run(
        "update analytics_exports set created_at = now() - interval '5 minutes' where attempts = 0"
    )
    assert 300 <= noted(exporting) < 310
    assert exporting.work(message) == []
    assert noted(exporting) == 0


def noted(exporting: Exporting) -> float:
    """What GET /health reads after the next refresh."""
    from functions.analytics import refresh

    exporting.platform.login("ddp_worker")
    refresh.refresh(lambda: False)
    seconds: float = exporting.platform.query(
        "select (oldest_due ->> 'analytics-export')::float from ddp.heartbeats where name = 'analytics-refresh'"
    )[0][0]
    return seconds


def test_old_exports_go_with_their_objects(exporting: Exporting) -> None:
    export = exporting.written()["analytics_export_id"]
    for before in ("1 day ago", "now"):
        exporting.platform.query("select ddp.clean_exports(%s::timestamptz, 1000)", _time(before))
        left = exporting.platform.query(
            "select 1 from analytics_exports where analytics_export_id = %s", export
        )
        assert len(left) == (before == "1 day ago")
    key = f"exports/{export}.csv.gz"
    assert exporting.platform.query("select 1 from ddp.object_removals where object_key = %s", key)


def _time(words: str) -> datetime:
    return datetime.now(UTC) + timedelta(days=-1 if "ago" in words else 0, seconds=60)


def test_erasing_a_user_takes_the_exports_along(exporting: Exporting) -> None:
    brand = exporting.platform.users["brand"]
    exporting.written()
    exporting.request()
    counts = [exporting.platform.query("select ddp.erase_exports_of_user(%s)", brand)[0][0] for _ in range(2)]
    assert counts == [2, 0]


def test_a_browser_settles_nothing(exporting: Exporting) -> None:
    """PostgREST becomes the same role with the same claims, by another login."""
    export = exporting.request().body["analytics_export_id"]
    with exporting.platform.database.connect("superuser") as connection, connection.transaction():
        claims = json.dumps({"sub": str(exporting.platform.users["brand"])})
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        connection.execute("set local role authenticated")
        with pytest.raises(psycopg.Error) as refused, connection.transaction():
            connection.execute("select ddp.settle_analytics_export(%s, 1)", [export])
    assert refused.value.sqlstate == "PT403"
    assert exporting.get(export).body["status"] == "pending"
