"""`ddp campaign` against an API with canned answers: its requests, its output, its exit status."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign import checks as campaign_checks
from infra.cli.campaign import command as campaign_command

ID = "5f0e8f0c-0000-4000-8000-000000000001"
PROGRESS = {
    "status": "complete", "summary": "complete", "counts": {"delivered": 2, "suppressed": 1}, "recipient_count": 3,
    "in_flight": 0, "unknown": 0, "records_read": 5, "duplicates": 1, "rejected": 1, "rate_per_second": 0.0,
    "estimated_end_at": None, "planned_at": "2027-01-01T00:00:00Z",
}  # fmt: skip


class Api:
    """Canned answers by (method, path); those in a list are given one after the other."""

    def __init__(self) -> None:
        self.answers: dict = {}
        self.asked: list = []
        self.url = ""

    def handler(api):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.removeprefix("/s3") if self.path.startswith("/s3") else self.path
                api.asked.append((self.command, path, body, self.headers.get("Authorization")))
                answer = api.answers.get(
                    (self.command, path), (404, {"detail": "There is nothing at this path."})
                )
                status, found = answer.pop(0) if isinstance(answer, list) else answer
                content = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def api(monkeypatch):
    api = Api()
    server = ThreadingHTTPServer(("127.0.0.1", 0), api.handler())
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("DDP_API_URL", api.url)
    monkeypatch.setenv("DDP_TOKEN", "t-1")
    monkeypatch.setattr("time.sleep", lambda _: None)
    yield api
    server.shutdown()
    server.server_close()


def progress(**changed):
    return 200, {**PROGRESS, **changed}


def path(what):
    return f"/email-campaigns/{ID}/{what}"


def test_watch_ends_with_the_send_and_shows_the_ledger(api, capsys):
    api.answers["GET", path("progress")] = [
        progress(status="planning", summary="planning", planned_at=None, counts={}, recipient_count=0),
        progress(status="sending", summary="sending", counts={"pending": 2}, in_flight=0),
        progress(),
    ]
    assert cli.main(["campaign", "watch", ID]) == 0
    told = capsys.readouterr().out
    assert "delivered" in told
    assert "5 records: 1 duplicates, 1 unusable" in told
    assert api.asked[0][3] == "Bearer t-1"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 0),
        ({"unknown": 1, "counts": {"unknown": 1}}, 1),
        ({"counts": {"failed": 1}}, 1),
        ({"status": "cancelled", "summary": "cancelled"}, 1),
        ({"status": "failed", "summary": "failed: the file is unreadable"}, 1),
    ],
)
def test_the_exit_status_says_whether_all_went_well(api, changed, status):
    api.answers["GET", path("progress")] = progress(**changed)
    assert cli.main(["campaign", "watch", ID]) == status


def test_what_is_in_flight_after_cancelling_is_waited_for(api):
    api.answers["GET", path("progress")] = [
        progress(status="cancelled", counts={"sending": 3}),
        progress(status="cancelled", counts={"cancelled": 3}),
    ]
    assert cli.main(["campaign", "watch", ID]) == 1
    assert len(api.asked) == 2


def test_a_busy_api_is_asked_again(api):
    api.answers["GET", path("progress")] = [(429, {"message": "Too many"}), (503, {}), progress()]
    assert cli.main(["campaign", "watch", ID]) == 0


def test_status_as_json(api, capsys):
    api.answers["GET", path("progress")] = progress()
    assert cli.main(["campaign", "status", ID, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == PROGRESS


def test_a_refusal_is_the_apis_own_sentence(api, capsys):
    api.answers["GET", path("progress")] = (404, {"detail": "There is no such e-mail."})
    assert cli.main(["campaign", "status", ID]) == 1
    assert "There is no such e-mail." in capsys.readouterr().err


def test_nobody_answers(monkeypatch, capsys):
    monkeypatch.setenv("DDP_TOKEN", "t")
    assert cli.main(["campaign", "status", ID, "--api-url", "http://127.0.0.1:1"]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_without_a_token_it_says_how_to_give_one(monkeypatch, capsys):
    monkeypatch.delenv("DDP_TOKEN", raising=False)
    assert cli.main(["campaign", "status", ID, "--api-url", "https://api.example"]) == 2
    assert "--token" in capsys.readouterr().err


@pytest.fixture
def files(tmp_path):
    (tmp_path / "list.csv").write_text("email\nann@example.com\n")
    (tmp_path / "mail.html").write_text("<p>Hello</p>")
    return [
        "--recipients", str(tmp_path / "list.csv"), "--html", str(tmp_path / "mail.html"),
        "--subject", "Hello", "--from", "a@shop.example",
    ]  # fmt: skip


ME = {"acting": {"account": {"name": "Shop"}, "account_type": "brand", "member_role": "owner"}}
VERIFIED = {"identity": "shop.example", "status": "verified", "next_step": None}


def sendable(api):
    upload = {"upload_id": "u-1", "request": {"method": "PUT", "url": f"{api.url}/s3/put", "headers": {}}}
    api.answers |= {
        ("GET", "/me"): (200, ME),
        ("GET", "/sender-identities"): (200, {"items": [VERIFIED]}),
        ("GET", "/senders/me"): (200, {"is_paused": False, "pause_reason": None}),
        ("POST", "/templates/preview"): (200, {"subject": "Hello", "html": "", "text": "", "undefined": []}),
        ("POST", "/uploads"): (201, upload),
        ("PUT", "/put"): (200, {}),
        ("GET", "/uploads/u-1"): [
            (200, {"status": "verifying"}),
            (200, {"status": "live", "file_id": "f-1"}),
        ],
        ("POST", "/campaigns"): (201, {"campaign_id": "c-1"}),
        ("POST", "/campaigns/c-1/status"): (200, {}),
        ("POST", "/email-campaigns"): (201, {"email_campaign_id": ID}),
        ("POST", path("send")): (202, {}),
    }


def test_send_uploads_waits_drafts_and_requests(api, files, capsys):
    sendable(api)
    time = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    at = ["--at", time, "--max-lateness", "3600"]
    assert cli.main(["campaign", "send", *files, *at]) == 0
    requested = json.loads(api.asked[-1][2])
    assert requested == {
        "audience": {"source": "file", "file_id": "f-1"},
        "scheduled_at": time,
        "max_lateness_seconds": 3600,
    }
    assert f"ddp campaign watch {ID}" in capsys.readouterr().out


def test_what_it_prints_to_type_names_the_same_api_and_user(api, files, capsys):
    sendable(api)
    assert cli.main(["campaign", "send", *files, "--api-url", api.url]) == 0
    told = capsys.readouterr().out.partition("Watch it with: ")[2].split()
    assert Path(shutil.which(told[0]) or told[0]).name == "ddp"
    assert told[1:] == ["campaign", "watch", ID, "--api-url", api.url]


LEFT_BEHIND = {("POST", "/uploads"), ("POST", "/campaigns"), ("POST", "/email-campaigns")}


@pytest.mark.parametrize(
    ("asked", "answer", "sentence"),
    [
        ("GET /me", (200, {"acting": None}), "no active account"),
        ("GET /me", (200, {"acting": {**ME["acting"], "member_role": "viewer"}}), "You are a viewer of Shop"),
        ("GET /me", (200, {"acting": {**ME["acting"], "account_type": "retailer"}}), "--campaign ID"),
        ("GET /sender-identities", (200, {"items": []}), "ddp campaign sender shop.example"),
        (
            "GET /sender-identities",
            (200, {"items": [{**VERIFIED, "status": "pending", "next_step": "Add these records."}]}),
            "Add these records.",
        ),
        ("GET /senders/me", (200, {"is_paused": True, "pause_reason": "Too many bounces."}), "Too many bounces"),
        ("POST /templates/preview", (422, {"detail": "Line 3: unknown tag"}), "cannot be used: Line 3"),
    ],
)  # fmt: skip
def test_what_is_refused_leaves_no_upload_and_no_draft(api, files, capsys, asked, answer, sentence):
    sendable(api)
    api.answers[tuple(asked.split())] = answer
    assert cli.main(["campaign", "send", *files]) == 1
    assert sentence in capsys.readouterr().err
    assert not LEFT_BEHIND & {each[:2] for each in api.asked}


def test_a_campaign_that_is_not_active_is_refused_first(api, files, capsys):
    sendable(api)
    api.answers["GET", "/campaigns/c-2"] = (200, {"campaign_name": "Spring", "campaign_status": "paused"})
    assert cli.main(["campaign", "send", *files, "--campaign", "c-2"]) == 1
    assert "is paused" in capsys.readouterr().err
    assert not LEFT_BEHIND & {each[:2] for each in api.asked}


def test_a_draft_whose_sending_is_refused_is_deleted(api, files, capsys):
    sendable(api)
    api.answers["POST", path("send")] = (409, {"detail": "The campaign has ended."})
    api.answers["DELETE", f"/email-campaigns/{ID}"] = (200, {})
    assert cli.main(["campaign", "send", *files]) == 1
    assert "The campaign has ended." in capsys.readouterr().err
    assert api.asked[-1][:2] == ("DELETE", f"/email-campaigns/{ID}")


def test_a_file_that_was_uploaded_before_is_used_again(api, files):
    sendable(api)
    api.answers["POST", "/uploads"] = (409, {"code": "duplicate-content", "file_id": "f-0"})
    assert cli.main(["campaign", "send", *files]) == 0
    assert json.loads(api.asked[-1][2])["audience"]["file_id"] == "f-0"


def test_a_rejected_file_stops_it_with_the_reason(api, files, capsys):
    sendable(api)
    api.answers["GET", "/uploads/u-1"] = (
        200,
        {"status": "rejected", "rejection": {"reason": "It is no text."}},
    )
    assert cli.main(["campaign", "send", *files]) == 1
    assert "It is no text." in capsys.readouterr().err
    assert ("POST", "/email-campaigns") not in [asked[:2] for asked in api.asked]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--at", "tomorrow"], "is not a time"),
        (["--at", "2027-03-01T09:00:00"], "has no offset"),
        (["--at", "2020-01-01T00:00:00Z"], "not within the next year"),
        (["--max-lateness", "5"], "must be 60 to"),
        (["--subject", ""], "must be one line"),
        (["--recipients", "/nowhere.csv"], "/nowhere.csv cannot be read"),
        (["--recipients", "/dev/null"], "is empty"),
        (["--html", "/dev/null"], "is empty"),
        (["--html", "/nowhere.html"], "cannot be read"),
    ],
)
def test_a_wrong_call_asks_the_api_nothing(api, files, capsys, wrong, sentence):
    assert cli.main(["campaign", "send", *files, *wrong]) == 2
    assert sentence in capsys.readouterr().err
    assert api.asked == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name,city\nAnn,Oslo\n", "no column of addresses"),
        ("email\n", "no recipients"),
        ("ann@example.com\n", None),
        ("Name;E-Mail\nAnn;ann@example.com\n", None),
    ],
)
def test_a_list_is_looked_at_before_it_is_uploaded(tmp_path, content, sentence):
    (tmp_path / "list.csv").write_text(content)
    told = campaign_checks.problem_of_recipients(tmp_path / "list.csv")
    assert (told is None) if sentence is None else sentence in told


SEND_ID = "5f0e8f0c-0000-4000-8000-000000000002"
HISTORY = {
    "recipient_email": "ann@example.com", "recipient_name": "Ann", "status": "bounced", "attempt": 1,
    "plan_status": "complete", "requested_at": "2027-01-01T00:00:00Z", "scheduled_at": None,
    "planned_at": "2027-01-01T00:00:01Z", "not_before": "2027-01-01T00:00:01.5Z",
    "sent_at": "2027-01-01T00:00:05Z", "provider_message_id": "m-1", "failed_at": None, "failure_code": None,
    "failure_reason": None, "unknown_at": None, "unsubscribed_at": None,
    "call": {
        "claimed_at": "2027-01-01T00:00:03Z", "started_at": "2027-01-01T00:00:04Z",
        "ended_at": "2027-01-01T00:00:06Z", "recipients": 50, "accepted": 49,
    },
    "events": [{
        "event_type": "Bounce", "occurred_at": "2027-01-01T01:00:07+01:00", "attempt": 1, "is_machine": False,
        "detail": {"diagnosis": "550 unknown"},
    }],
    "suppressions": [{"reason": "hard_bounce", "since": "2027-01-01T00:00:08Z", "by_this_message": True}],
}  # fmt: skip


def test_explain_finds_the_recipient_and_tells_its_life_in_order(api, capsys):
    api.answers["GET", "/email-campaigns?limit=100"] = (
        200,
        {"items": [{"email_campaign_id": "e-1"}, {"email_campaign_id": "e-2"}], "next_cursor": None},
    )
    api.answers["GET", f"/email-campaigns/e-2/sends/{SEND_ID}"] = (200, HISTORY)
    assert cli.main(["campaign", "explain", SEND_ID]) == 0
    told = capsys.readouterr().out
    in_order = (
        "ann@example.com (Ann)", "bounced: refused by the recipient's server", "requested", "recipients planned",
        "due (time", "claimed", "started, for 50", "accepted by the provider as m-1",
        "ended, 49 of 50", "event Bounce (attempt 1) diagnosis: 550 unknown", "hard_bounce, by this message",
    )  # fmt: skip
    places = [told.find(words) for words in in_order]
    assert -1 not in places
    assert places == sorted(places)


def test_explain_by_address_needs_the_email(api, capsys):
    assert cli.main(["campaign", "explain", "ann@example.com"]) == 1
    assert "--email-campaign" in capsys.readouterr().err
    api.answers["GET", "/email-campaigns/e-2/sends?address=ann%40example.com"] = (
        200,
        {"items": [{"email_send_id": SEND_ID}]},
    )
    api.answers["GET", f"/email-campaigns/e-2/sends/{SEND_ID}"] = (200, {**HISTORY, "suppressions": None})
    assert cli.main(["campaign", "explain", "ann@example.com", "--email-campaign", "e-2"]) == 0
    assert "users of the platform" in capsys.readouterr().out


def test_an_identity_that_is_not_verified_says_which_records_prove_it(api):
    record = {"type": "CNAME", "name": "a._domainkey.shop.com", "value": "a.dkim.amazonses.com"}
    found = {"status": "pending", "dns_records": [record], "next_step": "Add these records."}
    api.answers["POST", "/sender-identities"] = (201, found)
    client = campaign_command.Client(api_url=api.url, token="t")
    with pytest.raises(campaign_api.ApiError, match=r"Add these records.\s+CNAME a._domainkey"):
        campaign_api.claim_sender(client, "shop.com")
