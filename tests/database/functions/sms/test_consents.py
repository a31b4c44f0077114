"""Consent to promotional SMS over HTTP: recorded, checked, withdrawn, listed, and what an erasure leaves of it."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from ddp.addresses import phone_hash
from functions.sms import http
from functions.sms.routes import consents as routes
from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform

ANN, BOB = "+447911123457", "+33612345678"
YESTERDAY = str(datetime.now(UTC) - timedelta(days=1))


def consent(phone: str = ANN, **changes: object) -> dict[str, Any]:
    return {
        "phone": phone,
        "source": "web-form",
        "wording": "Yes, send me offers by SMS.",
        "given_at": YESTERDAY,
    } | changes


def record(sms: Platform, *consents: dict[str, Any], user: str = "brand", **fields: Any) -> lambdas.Answer:
    return ask(sms, user, "POST", "/phone-consents", {"consents": list(consents), **fields})


def check(sms: Platform, phone: str = ANN, user: str = "brand") -> dict[str, Any]:
    answer = ask(sms, user, "POST", "/phone-consents/check", {"phone": phone})
    assert answer.status == 200, answer
    return answer.body


def standing(sms: Platform, *phones: str, user: str = "brand") -> set[bytes]:
    """What the planner asks, of numbers in E.164."""
    hashes = [phone_hash(phone) for phone in phones]
    return {row[0] for row in sms.query("select ddp.standing_consents(%s, %s)", sms.users[user], hashes)}


def test_what_can_be_recorded_is_and_the_rest_is_reported(sms: Platform) -> None:
    future = str(datetime.now(UTC) + timedelta(hours=1))
    answer = record(
        sms,
        consent("07911 123457", ip="2001:db8::1"),
        consent("+44 20 7946 0000"),
        consent(BOB, given_at=future),
        consent("12"),
        consent(BOB, given_at="1970-01-01T00:00:00Z"),
        consent(BOB),
        consent("+447911123457", wording="Again."),
        default_country="GB",
    )
    assert answer.status == 201
    assert (answer.body["recorded"], answer.body["already_standing"]) == (2, 1)
    rejected = {each["position"]: each["code"] for each in answer.body["rejected"]}
    assert rejected == {1: "landline", 2: "in-the-future", 3: "too-short", 4: "too-early"}
    assert all(each["reason"].endswith(".") for each in answer.body["rejected"])
    assert standing(sms, ANN, BOB, "+447911123458") == {phone_hash(ANN), phone_hash(BOB)}
    found = check(sms)
    assert found["has_consent"] is True
    (only,) = found["history"]
    assert (only["wording"], only["ip"], only["ended_at"]) == (
        "Yes, send me offers by SMS.",
        "2001:db8::1",
        None,
    )
    assert only["recorded_by_user_id"] == str(sms.users["brand"])
    assert "hash" not in str(found)
    again = record(sms, consent(), consent(BOB)).body
    assert again == {"recorded": 0, "already_standing": 2, "rejected": []}


def test_a_consent_is_one_senders(sms: Platform) -> None:
    record(sms, consent())
    assert standing(sms, ANN, user="rival") == set()
    assert check(sms, user="rival") == {"has_consent": False, "history": []}
    assert ask(sms, "rival", "GET", "/phone-consents").body["items"] == []
    other = {"owner_user_id": str(sms.users["brand"])}
    assert ask(sms, "rival", "GET", "/phone-consents", **other).body["items"] == []
    assert len(ask(sms, "admin", "GET", "/phone-consents", **other).body["items"]) == 1
    assert ask(sms, "admin", "GET", "/phone-consents").body["items"] == []
    seen = check(sms, user="admin")
    assert (seen["has_consent"], len(seen["history"])) == (False, 1), (
        "not to the administrator's own messages"
    )
    assert ask(sms, "rival", "POST", "/phone-consents/withdrawals", {"phones": [ANN]}).body["withdrawn"] == 0
    assert standing(sms, ANN)
    assert ask(sms, None, "GET", "/phone-consents").status == 401


def test_who_withdrew_must_agree_anew(sms: Platform) -> None:
    record(sms, consent(), consent(BOB))
    body = {"phones": ["07911123457", "12", ANN], "default_country": "GB"}
    answer = ask(sms, "brand", "POST", "/phone-consents/withdrawals", body)
    assert answer.status == 200
    assert (answer.body["withdrawn"], [each["position"] for each in answer.body["rejected"]]) == (1, [1])
    assert standing(sms, ANN, BOB) == {phone_hash(BOB)}
    assert check(sms)["history"][0]["ended_by"] == "staff"
    old = record(sms, consent()).body
    assert (old["recorded"], old["rejected"][0]["code"]) == (0, "withdrawn-later")
    anew = record(sms, consent(given_at=str(datetime.now(UTC)))).body
    assert anew["recorded"] == 1
    assert [each["ended_by"] for each in check(sms)["history"]] == [None, "staff"]
    trail = ask(sms, "admin", "GET", "/audit-logs", table_name="phone_consents").body["items"]
    assert [each["changed_by"]["name"] for each in trail][:1] == ["brand"]


def test_stop_ends_the_consents_to_one_sender_or_to_all(sms: Platform) -> None:
    for user in ("brand", "rival"):
        record(sms, consent(), user=user)
    end = "select ddp.end_phone_consents(array[%s], %s, %s)"
    sms.query(end, phone_hash(ANN), sms.users["brand"], "stop")
    assert (standing(sms, ANN), standing(sms, ANN, user="rival")) == (set(), {phone_hash(ANN)})
    sms.query(end, phone_hash(ANN), None, "link")
    assert standing(sms, ANN, user="rival") == set()
    assert check(sms)["history"][0]["ended_by"] == "stop", "what ended it first"
    start = "select ddp.record_phone_consent(%s, %s, 'start', 'START', clock_timestamp())"
    for _ in range(2):
        sms.query(start, sms.users["brand"], phone_hash(ANN))
    assert check(sms)["has_consent"] is True
    assert [each["source"] for each in check(sms)["history"]] == ["start", "web-form"]


def file(sms: Platform, **query: object) -> dict[str, Any]:
    sms.login("ddp_api")
    caller, headers = lambdas.claims(sms.users["brand"]), {"accept": "text/csv"}
    event = lambdas.http_event("GET", "/phone-consents", caller=caller, headers=headers, **query)
    return http.handler(event, lambdas.Context())


def rows_of(answer: dict[str, Any]) -> tuple[list[dict[str, str]], dict[str, str]]:
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "text/csv; charset=utf-8"), (
        answer
    )
    text = answer["body"].removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline=""))), answer["headers"]


def test_a_stop_at_the_same_moment_comes_first(sms: Platform) -> None:
    record(sms, consent())
    with sms.database.connect("superuser") as other, ThreadPoolExecutor() as pool:
        with other.transaction():
            other.execute(
                "select ddp.end_phone_consents(array[%s], %s, 'stop')", [phone_hash(ANN), sms.users["brand"]]
            )
            waiting = pool.submit(record, sms, consent())
            sms.wait_for_a_lock()
        answer = waiting.result(timeout=30).body
    assert (answer["recorded"], answer["rejected"][0]["code"]) == (0, "withdrawn-later")
    assert standing(sms, ANN) == set()


def test_a_list_as_pages_and_as_a_file(sms: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        record(sms, consent(f"+44791112345{number}", wording=f'=1+1\n"{number}"'))
    ask(sms, "brand", "POST", "/phone-consents/withdrawals", {"phones": ["+447911123450"]})
    found, query = [], {"limit": 2}
    while True:
        page = ask(sms, "brand", "GET", "/phone-consents", **query).body
        found += [each["wording"][-2] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query |= {"cursor": page["next_cursor"]}
    assert found == ["2", "1", "0"]
    assert len(ask(sms, "brand", "GET", "/phone-consents", is_standing="true").body["items"]) == 2

    monkeypatch.setattr(routes, "CSV_ROWS", 2)
    rows, headers = rows_of(file(sms))
    assert [row["wording"] for row in rows] == ['\'=1+1\n"2"', '\'=1+1\n"1"'], "no formula"
    rows, headers = rows_of(file(sms, cursor=headers["X-Next-Cursor"]))
    assert ([row["ended_by"] for row in rows], "X-Next-Cursor" in headers) == (["staff"], False)


def test_evidence_in_a_file_of_the_caller(sms: Platform) -> None:
    file_id = sms.query(
        "insert into files (file_name, file_type, file_size, file_path, created_by_user_id)"
        " values ('consents.csv', 'other', 1, %s, %s) returning file_id",
        f"files/{uuid4()}", sms.users["brand"],
    )[0][0]  # fmt: skip
    assert record(sms, consent(), file_id=str(file_id), user="rival").code == "file-not-found"
    assert record(sms, consent(), file_id=str(file_id)).status == 201
    assert check(sms)["history"][0]["file_id"] == str(file_id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": 447911123457}, "body.consents.0.phone"),
        ({"phone": "x\u0000"}, "body.consents.0.phone"),
        ({"phone": "\ud800"}, "body.consents.0.phone"),
        ({"phone": "1" * 201}, "body.consents.0.phone"),
        ({"source": ""}, "body.consents.0.source"),
        ({"source": "a\nb"}, "body.consents.0.source"),
        ({"wording": " "}, "body.consents.0.wording"),
        ({"wording": "\u00e9" * 2001}, "body.consents.0.wording"),
        ({"given_at": 0}, "body.consents.0.given_at"),
        ({"given_at": "2026-01-01T00:00:00"}, "body.consents.0.given_at"),
        ({"ip": "here"}, "body.consents.0.ip"),
        ({"owner_user_id": str(uuid4())}, "body.consents.0.owner_user_id"),
    ],
)
def test_what_is_no_consent(sms: Platform, wrong: dict[str, object], field: str) -> None:
    answer = record(sms, consent() | wrong)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
    assert ask(sms, "brand", "GET", "/phone-consents").body["items"] == []


def test_what_is_too_much(sms: Platform) -> None:
    assert record(sms).status == 422
    assert record(sms, *[consent()] * 1001).status == 422
    assert record(sms, consent(wording="x" * 10_000_000)).status == 413
    assert ask(sms, "brand", "POST", "/phone-consents/check", {"phone": "x"}).code == "not-a-number"
    largest = [consent(f"+4479111{number:05}", wording="x" * 4000) for number in range(1000)]
    answer = record(sms, *largest)
    assert answer.status == 201
    assert answer.body["recorded"] + len(answer.body["rejected"]) == 1000
    assert ask(sms, "brand", "GET", "/phone-consents", limit=100).status == 200
    assert len(rows_of(file(sms))[0]) == answer.body["recorded"]
    sms.query("update phone_consents set wording = repeat(%s, 2000) returning 1", "\x01")
    assert file(sms)["statusCode"] == 422, "it says: ask for less"


def test_of_an_erased_person_stays_that_the_messages_were_allowed(sms: Platform) -> None:
    record(sms, consent(ip="198.51.100.7"), consent(BOB, ip="198.51.100.8"))
    asked = ask(sms, "admin", "POST", "/erasures", {"phone": ANN})
    assert asked.status == 202, asked
    for _ in range(100):
        if not sms.query("select is_left from ddp.erase_portion(100)")[0][0]:
            break
    done = ask(sms, "admin", "GET", f"/erasures/{asked.body['erasure_id']}").body
    assert done["counts"]["phone_consents"] == 1, done
    (left,) = check(sms)["history"]
    assert (left["ip"], left["ended_by"], left["wording"]) == (None, "erasure", "Yes, send me offers by SMS.")
    assert standing(sms, ANN, BOB) == {phone_hash(BOB)}
    assert check(sms, BOB)["history"][0]["ip"] == "198.51.100.8"
