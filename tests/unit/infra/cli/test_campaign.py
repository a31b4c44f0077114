"""`ddp campaign` against an API with canned answers: its requests, its output, its exit status."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign import checks as campaign_checks
from infra.cli.campaign import command as campaign_command

pytestmark = pytest.mark.thorough

ID = "5f0e8f0c-0000-4000-8000-000000000001"
EARLIER = "5f0e8f0c-0000-4000-8000-000000000009"
PROGRESS = {
    "status": "complete", "summary": "complete", "counts": {"delivered": 2, "suppressed": 1}, "recipient_count": 3,
    "in_flight": 0, "unknown": 0, "records_read": 5, "duplicates": 1, "rejected": 1, "rate_per_second": 0.0,
    "estimated_end_at": None, "planned_at": "2027-01-01T00:00:00Z",
}  # fmt: skip


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


def test_watch_shows_what_each_variant_came_to_and_which_one_the_rest_gets(api, capsys):
    numbers = {"sent": 100, "converted": 0, "unsubscribed": 0, "recipients": 100, "delivered": 98}
    test = {
        "metric": "clicks", "winner": "B", "waiting_count": 800, "words": "B had 5.1 % clicks, A 2.0 %; …",
        "variants": [{"variant": "A", **numbers, "clicked": 2}, {"variant": "B", **numbers, "clicked": 5}],
    }  # fmt: skip
    api.answers["GET", path("progress")] = progress(ab_test=test)
    assert cli.main(["campaign", "watch", ID]) == 0
    told = capsys.readouterr().out
    assert "5.1 %  the rest gets it" in told
    assert "B had 5.1 % clicks, A 2.0 %" in told
    assert "800" in told


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
    at = ["--at", time, "--max-lateness", "3600", "--spread-over", "6h"]
    assert cli.main(["campaign", "send", *files, *at]) == 0
    requested = json.loads(api.asked[-1][2])
    assert requested == {
        "audience": {"source": "file", "file_id": "f-1"},
        "scheduled_at": time,
        "max_lateness_seconds": 3600,
        "spread_over_seconds": 21_600,
    }
    assert f"ddp campaign watch {ID}" in capsys.readouterr().out


def test_send_to_some_recipients_of_an_earlier_send(api, files, capsys):
    sendable(api)
    api.answers["POST", path("send")] = (202, {"warnings": ["Machines opened 3 of 4 messages."]})
    again = [*files[2:], "--again-to", EARLIER, "--who", "not_opened"]
    assert cli.main(["campaign", "send", *again]) == 0
    assert json.loads(api.asked[-1][2]) == {
        "audience": {"source": "send", "id": EARLIER, "who": "not_opened"}
    }
    assert not {"/uploads", "/s3/put"} & {asked[1] for asked in api.asked}
    assert "Machines opened 3 of 4 messages." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--again-to", EARLIER], "--who not_clicked|not_opened|failed|missed"),
        (["--again-to", "x", "--who", "failed"], "--again-to x is not the id of a send"),
        (["--recipients", "list.csv", "--who", "failed"], "--who works only with --again-to"),
        (["--again-to", EARLIER, "--recipients", "list.csv"], "not allowed with argument"),
        ([], "one of the arguments --recipients --again-to is required"),
    ],
)
def test_recipients_are_named_in_one_way(api, files, capsys, wrong, sentence):
    try:
        status = cli.main(["campaign", "send", *files[2:], *wrong])
    except SystemExit as ended:
        status = ended.code
    assert (status, api.asked) == (2, [])
    assert sentence in capsys.readouterr().err


def test_nobody_knows_who_opened_an_sms(api, capsys):
    call = [
        "campaign",
        "send",
        "--channel",
        "sms",
        "--text",
        "Hi",
        "--again-to",
        EARLIER,
        "--who",
        "not_opened",
    ]
    assert cli.main(call) == 2
    assert "Nobody knows whether an SMS was opened" in capsys.readouterr().err


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
        *(
            (["--spread-over", wrong], "1 minute to 72 hours")
            for wrong in ("59s", "73h", "6", "6 h", "1e9d", "")
        ),
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


def test_explain_says_that_a_frequency_cap_held_the_recipient_back(api, capsys):
    reason = "The recipient has had as many messages as a frequency cap allows."
    missed = {"status": "missed", "failure_code": "frequency-cap", "failure_reason": reason}
    path_ = ("GET", f"/email-campaigns/e-2/sends/{SEND_ID}")
    for changes, words in (
        (
            missed,
            "missed: frequency-cap, The recipient has had as many messages as a frequency cap allows. Att",
        ),
        (missed | {"failure_code": None, "failure_reason": None}, "missed: would have arrived too late"),
    ):
        api.answers[path_] = (200, HISTORY | changes)
        assert cli.main(["campaign", "explain", SEND_ID, "--email-campaign", "e-2"]) == 0
        assert words in capsys.readouterr().out


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


def sms_path(what):
    return f"/sms-campaigns/{ID}/{what}"


SMS_SENDER = {
    "is_paused": False,
    "pause_reason": None,
    "monthly_budget": "100",
    "may_send_transactional": False,
}
SMS_PROGRESS = PROGRESS | {
    "parts": 4, "estimated": "0.0400", "reserved": "0", "charged": "0.0300", "cap": "5", "over_budget": None,
    "next_window_at": None,
}  # fmt: skip


def sms_sendable(api):
    sendable(api)
    api.answers |= {
        ("GET", "/senders/me/sms"): (200, SMS_SENDER),
        ("POST", "/sms-campaigns"): (201, {"sms_campaign_id": ID}),
        ("POST", sms_path("send")): (202, {}),
        ("GET", sms_path("progress")): (200, SMS_PROGRESS),
    }


@pytest.fixture
def sms(tmp_path):
    (tmp_path / "phones.csv").write_text("phone,name\n07400 123456,Ann\n")
    return [
        "--channel", "sms", "--recipients", str(tmp_path / "phones.csv"),
        "--text", '{{ name }}: {{ "https://shop.example" | short_link }}',
    ]  # fmt: skip


def test_an_sms_is_uploaded_drafted_and_requested(api, sms, capsys):
    sms_sendable(api)
    options = [
        "--default-country", "GB", "--max-cost", "12.5", "--max-parts", "2", "--consent", "declared",
        "--transliterate", "--from", "SHOP",
    ]  # fmt: skip
    assert cli.main(["campaign", "send", *sms, *options]) == 0
    drafted = next(json.loads(each[2]) for each in api.asked if each[:2] == ("POST", "/sms-campaigns"))
    assert drafted == {
        "campaign_id": "c-1",
        "sms_content": sms[-1],
        "sender_number": "SHOP",
        "message_type": "promotional",
    }
    assert json.loads(api.asked[-1][2]) == {
        "audience": {"source": "file", "file_id": "f-1"},
        "default_country": "GB",
        "max_cost": "12.5",
        "max_parts": 2,
        "consent": "declared",
        "transliterate": True,
    }
    assert f"ddp campaign watch {ID} --channel sms" in capsys.readouterr().out


def test_the_text_may_be_in_a_file_and_the_watch_shows_the_money(api, sms, tmp_path, capsys):
    sms_sendable(api)
    (tmp_path / "text.txt").write_text("Hello {{ name }}\n", encoding="utf-8")
    arguments = [*sms[:4], "--text-file", str(tmp_path / "text.txt"), "--watch"]
    assert cli.main(["campaign", "send", *arguments]) == 0
    drafted = next(json.loads(each[2]) for each in api.asked if each[:2] == ("POST", "/sms-campaigns"))
    assert (drafted["sms_content"], drafted["sender_number"]) == ("Hello {{ name }}", "auto")
    told = " ".join(capsys.readouterr().out.split())
    assert "charged" in told
    assert "$0.0300" in told


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--subject", "x"], "--subject is not an option"),
        (["--text-file", "x"], "Give --text or --text-file"),
        (["--default-country", "uk"], "--default-country"),
        (["--max-cost", "0"], "--max-cost"),
        (["--max-cost", "1e3"], "--max-cost"),
        (["--max-parts", "11"], "--max-parts"),
        (["--text", "{{ name"], "The text cannot be used"),
        (["--text", "x" * 8_193], "more than 8,192 bytes"),
        (["--channel", "email"], "is not an option of --channel email"),
    ],
)
def test_wrong_options_of_an_sms_ask_the_api_nothing(api, sms, capsys, options, sentence):
    sms_sendable(api)
    assert cli.main(["campaign", "send", *sms, *options]) == 2
    assert sentence in capsys.readouterr().err
    assert api.asked == []


@pytest.mark.parametrize(
    ("changed", "options", "sentence"),
    [
        ({"is_paused": True, "pause_reason": "Too many opt-outs."}, [], "Too many opt-outs"),
        ({"monthly_budget": None}, [], "no SMS budget"),
        ({}, ["--transactional"], "administrator's permission"),
    ],
)
def test_what_is_refused_of_an_sms_leaves_no_upload_and_no_draft(
    api, sms, capsys, changed, options, sentence
):
    sms_sendable(api)
    api.answers["GET", "/senders/me/sms"] = (200, SMS_SENDER | changed)
    assert cli.main(["campaign", "send", *sms, *options]) == 1
    assert sentence in capsys.readouterr().err
    assert not (LEFT_BEHIND | {("POST", "/sms-campaigns")}) & {each[:2] for each in api.asked}


def test_an_sms_whose_sending_is_refused_is_deleted(api, sms, capsys):
    sms_sendable(api)
    api.answers["POST", sms_path("send")] = (409, {"detail": "The campaign has ended."})
    api.answers["DELETE", f"/sms-campaigns/{ID}"] = (200, {})
    assert cli.main(["campaign", "send", *sms]) == 1
    assert "The campaign has ended." in capsys.readouterr().err
    assert api.asked[-1][:2] == ("DELETE", f"/sms-campaigns/{ID}")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("phone\n+12025550101\n", None),
        ("+1 202 555 0101\n", None),
        ("Mobile;Name\n07400123456;Ann\n", None),
        ("email\nann@example.com\n", "no column of phone numbers"),
        ("phone\n", "a header and no recipients"),
        ("", "is empty"),
    ],
)
def test_the_beginning_of_a_file_of_numbers_is_looked_at(tmp_path, content, sentence):
    (tmp_path / "list.csv").write_text(content)
    told = campaign_checks.problem_of_recipients(tmp_path / "list.csv", campaign_checks.SMS)
    assert (told is None) if sentence is None else sentence in told


def test_status_and_explain_of_an_sms(api, capsys):
    api.answers["GET", sms_path("progress")] = (200, SMS_PROGRESS)
    assert cli.main(["campaign", "status", ID, "--channel", "sms"]) == 0
    assert "4 parts" in capsys.readouterr().out
    life = {key: value for key, value in HISTORY.items() if key != "recipient_email"} | {
        "recipient_phone": "+12025550101", "status": "delivered", "country": "US", "identity": "72645",
        "encoding": "GSM", "parts": 2, "price": "0.01766", "charged": "0.01766",
        "events": [{key: value for key, value in HISTORY["events"][0].items() if key != "is_machine"}],
    }  # fmt: skip
    api.answers["GET", f"/sms-campaigns/{ID}/sends?phone=%2B12025550101"] = (
        200,
        {"items": [{"sms_send_id": SEND_ID}]},
    )
    api.answers["GET", f"/sms-campaigns/{ID}/sends/{SEND_ID}"] = (200, life)
    assert cli.main(["campaign", "explain", "+12025550101", "--sms-campaign", ID]) == 0
    told = capsys.readouterr().out
    assert "From 72645 to US: 2 part(s) of GSM, $0.01766" in told
    assert cli.main(["campaign", "explain", "+12025550101", "--channel", "sms"]) == 1
    assert "--sms-campaign" in capsys.readouterr().err


FORECAST = {
    "send_forecast_id": ID, "status": "ready", "records_read": 1_000, "records_expected": None, "failure": None,
    "result": {
        "method": "sample", "records_read": 1_000, "share_read": 0.1,
        "records": {"value": 10_000, "low": 9_900, "high": 10_100},
        "recipients": {"value": 9_000, "low": 8_800, "high": 9_200},
        "duplicates": {"value": 0, "low": 0, "high": 0},
        "suppressed": [
            {"reason": "hard_bounce", "count": {"value": 30, "low": 3, "high": 50}},
            {"reason": "suppressed", "count": {"value": 20, "low": 2, "high": 40}},
        ],
        "rejected": [{
            "code": "no-at", "reason": "There is no @.", "count": {"value": 950, "low": 900, "high": 1_000},
            "examples": [{"line": None, "value": "nobody"}, {"line": 7, "value": "[red]bold[/]"}],
        }],
        "cost": {
            "amount": {"value": "0.90", "low": "0.88", "high": "0.92"}, "currency": "USD",
            "units": {"value": 9_000, "low": 8_800, "high": 9_200}, "countries": [], "budgets": [],
        },
        "timing": {
            "first_at": "2027-03-01T09:00:00Z", "last_at": "2027-03-03T09:30:00Z",
            "last_at_low": "2027-03-03T09:20:00Z", "last_at_high": "2027-03-03T09:40:00Z",
            "hours_from": "2027-03-01T09:00:00Z", "hours_per_bar": 1, "bars": [6_000, 0, *[60] * 48, 120], "late": 0,
            "unsent": 0,
        },
        "notes": [{"code": "sample", "text": "Estimated from 1,000 records."}],
    },
}  # fmt: skip


def forecasting(api, *answers):
    api.answers["GET", "/me"] = (200, ME)
    api.answers["GET", "/campaigns/c-1"] = (200, {"campaign_name": "Spring", "campaign_status": "active"})
    api.answers["GET", "/sender-identities"] = (200, {"items": [VERIFIED]})
    api.answers["GET", "/senders/me"] = (200, {"is_paused": False})
    api.answers["POST", "/templates/preview"] = (200, {})
    api.answers["POST", "/uploads"] = (409, {"file_id": "f-1"})
    api.answers["POST", "/email-campaigns"] = (201, {"email_campaign_id": ID})
    api.answers["DELETE", f"/email-campaigns/{ID}"] = (200, {})
    api.answers["POST", path("forecast")] = answers[0]
    api.answers["GET", path(f"forecasts/{ID}")] = list(answers[1:])


def test_a_forecast_is_shown_and_leaves_nothing_behind(api, files, capsys):
    pending = (200, {**FORECAST, "status": "pending", "result": None, "records_expected": 10_000})
    forecasting(api, pending, pending, (200, FORECAST))
    assert cli.main(["campaign", "forecast", "--campaign", "c-1", *files]) == 0
    told = capsys.readouterr().out
    for words in (
        "1,000 of about 10,000 records read", "9,000 ± 200", "would get it", "suppressed: hard bounce",
        "unusable: no-at", "10% of the file", "There is no @.", "line 7: '[red]bold[/]'", "0.88 to 0.92 USD",
        "Estimated from 1,000 records.",
    ):  # fmt: skip
        assert words in told
    bars = [line for line in told.splitlines() if "█" in line or "▏" in line]
    assert len(bars) <= 24
    assert "6,060" in bars[0]
    asked = [(method, at) for method, at, *_ in api.asked]
    assert asked[-1] == ("DELETE", f"/email-campaigns/{ID}")
    assert ("POST", path("send")) not in asked


def test_a_forecast_as_json_and_one_of_a_send_that_would_fail(api, files, capsys):
    forecasting(api, (200, FORECAST))
    assert cli.main(["campaign", "forecast", "--campaign", "c-1", "--json", *files]) == 0
    assert json.loads(capsys.readouterr().out) == FORECAST
    failure = {"code": "no-address-column", "reason": "No column holds e-mail addresses."}
    forecasting(api, (200, {**FORECAST, "status": "failed", "result": None, "failure": failure}))
    assert cli.main(["campaign", "forecast", "--campaign", "c-1", *files]) == 1
    assert "The send would fail: No column holds e-mail addresses." in capsys.readouterr().err
