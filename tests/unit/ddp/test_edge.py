"""The HTTP edge: every error, whatever was sent, is a problem document with a stable code."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import Annotated
from uuid import uuid4

import pytest
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from ddp import edge
from ddp.errors import Conflict, Unavailable
from tests import lambdas

app = edge.resolver()

ACCOUNT = "0b7cbb1e-5a0e-4b6e-9c56-6d7d5a9d2c01"


class Thing(BaseModel):
    name: str
    number: int


@app.post("/things")
def make(body: Thing) -> Thing:
    return body


@app.get("/things/<number>")
def get(number: int) -> Thing:
    return {"name": "wrong"} if number == 0 else Thing(name="a", number=number)


@app.put("/things/<number>")
def put(number: int) -> Thing:
    return Thing(name="a", number=number)


@app.get("/things/own")
def own() -> Thing:
    return Thing(name="own", number=1)


@app.get("/me")
def me() -> dict[str, str]:
    return {"subject": str(edge.claims(app).subject)}


@app.get("/list")
def listed(limit: int = 5, words: Annotated[str | None, Query(alias="q")] = None) -> dict[str, str]:
    return {"limit": str(limit), "words": words or ""}


@app.get("/conflict")
def conflict() -> Thing:
    raise Conflict("It is there already.", code="there-already", extra={"file_id": "1"})


@app.get("/long/<characters>")
def long(characters: int) -> dict[str, str]:
    return {"text": "\U0001f600" * characters}


@app.get("/busy")
def busy() -> Thing:
    raise Unavailable("Later.")


@app.get("/broken")
def broken() -> Thing:
    raise RuntimeError("secret: hunter2")


def ask(method: str, path: str, body: object = None, **options) -> lambdas.Answer:
    return lambdas.answer(
        edge.handle(app, lambdas.http_event(method, path, body, **options), lambdas.Context())
    )


def test_an_honest_request_is_answered():
    answer = ask("POST", "/things", {"name": "a", "number": 1})
    assert (answer.status, answer.body) == (200, {"name": "a", "number": 1})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/things/1", None), ("GET", "/x", None), ("POST", "/things", "x" * 300_000)],
)
def test_no_answer_is_taken_for_another_type(method, path, body):
    assert ask(method, path, body).headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_in_base64_is_read():
    event = lambdas.http_event("POST", "/things", base64.b64encode(b'{"name": "a", "number": 1}').decode())
    event["isBase64Encoded"] = True
    assert lambdas.answer(edge.handle(app, event, lambdas.Context())).status == 200


@pytest.mark.parametrize(
    ("body", "base64_encoded"),
    [
        (None, False),
        ("", False),
        ("nonsense", False),
        ("null", False),
        ("[]", False),
        ("5", False),
        ('{"name": "a"}', False),
        ('{"name": "a", "number": "many"}', False),
        ('{"name": "a", "number": 1e999}', False),
        ("[" * 100_000, False),
        ('{"name": "a", "number": ' + "1" * 4_301 + "}", False),
        (base64.b64encode(b"\xff\xfe").decode(), True),
        ("not base64 at all!", True),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_body_of_the_wrong_form_is_refused(body, base64_encoded):
    event = lambdas.http_event("POST", "/things", body)
    event["isBase64Encoded"] = base64_encoded
    answer = lambdas.answer(edge.handle(app, event, lambdas.Context()))
    assert (answer.status, answer.code) == (422, "invalid-request")


def test_every_wrong_member_is_named():
    answer = ask("POST", "/things", {"number": "many"})
    assert [error["field"] for error in answer.body["errors"]] == ["body.name", "body.number"]


def test_no_librarys_wording_leaks():
    answer = ask("POST", "/things", {"number": "many"})
    assert [error["problem"] for error in answer.body["errors"]] == ["is required", "must be a whole number"]
    assert answer.body["detail"] == "body.name: is required"


def test_known_query_parameters_pass():
    assert ask("GET", "/list", limit=7, q="x").body == {"limit": "7", "words": "x"}


@pytest.mark.parametrize("name", ["limt", "words", "Limit"])
def test_an_unknown_query_parameter_is_refused_by_name(name):
    answer = ask("GET", "/list", **{"limit": 7, name: 1})
    assert (answer.status, answer.code) == (422, "invalid-request")
    assert answer.body["errors"] == [{"field": f"query.{name}", "problem": "is not a parameter of this path"}]


@pytest.mark.parametrize("path", ["/conflict", "/nowhere", "/broken", "/things/x", "/me"])
def test_each_problem_carries_the_requests_id(path):
    event = lambdas.http_event("GET", path)
    answer = lambdas.answer(edge.handle(app, event, lambdas.Context()))
    assert answer.body["request_id"] == event["requestContext"]["requestId"]


@pytest.mark.parametrize("path", ["/things/1", "/me", "/nowhere"])
def test_an_expired_token_is_refused_before_any_route(path):
    answer = ask("GET", path, caller={"sub": str(uuid4()), "exp": time.time() - 1})
    assert (answer.status, answer.code) == (401, "token-expired")


def test_a_body_over_the_limit_is_refused_unparsed():
    answer = ask("POST", "/things", "x" * (edge.BODY_LIMIT + 1))
    assert (answer.status, answer.code) == (413, "body-too-large")


def test_an_answer_that_lambda_could_not_send_is_refused(caplog: pytest.LogCaptureFixture):
    """Of characters of four bytes, which are sent as they are: escaped they would be twelve."""
    assert ask("GET", "/long/1200000").status == 200
    answer = ask("GET", "/long/1300000")
    assert (answer.status, answer.code) == (422, "answer-too-large")
    assert "too large" in caplog.text


def test_another_media_type_is_refused():
    for media_type in (
        "application/xml",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/jsonx",
    ):
        for body in ("<a/>", None):
            answer = ask("POST", "/things", body, headers={"content-type": media_type})
            assert (answer.status, answer.code) == (415, "unsupported-media-type"), media_type


def test_a_media_type_of_a_request_without_a_body_is_no_matter():
    assert ask("GET", "/things/1", headers={"content-type": "multipart/form-data"}).status == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("DELETE", "/nowhere"), ("GET", "/")])
def test_an_unknown_route_is_said_to_be_unknown(method, path):
    for query in (None, {"page": "2"}):
        answer = ask(method, path, query=query)
        assert (answer.status, answer.code) == (404, "no-such-route"), query


@pytest.mark.parametrize(
    ("path", "allowed"), [("/things", "POST"), ("/things/1", "GET, PUT"), ("/list", "GET")]
)
def test_another_method_of_a_path_is_refused_with_those_that_it_has(path, allowed):
    answer = ask("DELETE", path)
    assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "method-not-allowed", allowed)


def test_a_word_with_its_own_route_is_not_an_id():
    answer = ask("PUT", "/things/own")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    answer = ask("DELETE", "/things/1", query={"x": "1"})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, PUT"), "not: unknown parameter"


@pytest.mark.parametrize("account", ["", " ", "null", "{}", f"{ACCOUNT},{ACCOUNT}", "0" * 32, f"{ACCOUNT}\n"])
def test_who_is_to_act_is_named_by_an_id(account):
    answer = ask("GET", "/things/1", headers={"x-ddp-account": account})
    assert (answer.status, answer.body["errors"]) == (
        422,
        [{"field": "header.X-DDP-Account", "problem": "must be an id (UUID)"}],
    )
    assert ask("GET", "/things/1", headers={"x-ddp-account": ACCOUNT.upper()}).status == 200


def test_an_error_of_the_caller_has_its_status_code_and_members():
    answer = ask("GET", "/conflict")
    assert (answer.status, answer.code, answer.body["file_id"]) == (409, "there-already", "1")
    assert answer.body["title"] == "Conflict"


def test_what_may_be_repeated_says_when():
    answer = ask("GET", "/busy")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_an_unexpected_error_says_nothing_of_itself():
    answer = ask("GET", "/broken")
    assert (answer.status, answer.code) == (500, "internal-error")
    assert "hunter2" not in json.dumps(answer.body)


def test_a_response_of_the_wrong_form_is_our_fault_and_not_the_callers():
    answer = ask("GET", "/things/0")
    assert (answer.status, answer.code) == (500, "internal-error")


@pytest.mark.parametrize(("path", "status"), [("/broken", 500), ("/things/0", 500), ("/busy", 503)])
def test_each_failure_that_is_not_the_callers_is_one_error_in_the_log(path, status, caplog):
    ask("GET", path)
    (error,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert (error.message, error.status) == ("the request failed", status)
    assert error.exc_info


@pytest.mark.parametrize("path", ["/conflict", "/nowhere", "/things/x", "/me", "/things/1"])
def test_what_a_caller_does_wrong_is_no_error_in_the_log(path, caplog):
    assert ask("GET", path).status < 500
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_who_asks_comes_from_the_authorizer():
    subject = uuid4()
    assert ask("GET", "/me", caller=lambdas.claims(subject)).body == {"subject": str(subject)}


@pytest.mark.parametrize(
    "caller", [None, {"sub": str(uuid4()), "exp": time.time() - 1}, {"sub": "x", "exp": 1e12}]
)
def test_without_claims_that_hold_nobody_asks(caller):
    answer = ask("GET", "/me", caller=caller)
    assert answer.status == 401


def line(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    (found,) = [record for record in caplog.records if record.message == "request answered"]
    return found


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/things/7", "GET /things/{number}", 200),
        ("GET", "/things/x", "GET /things/{number}", 422),
        ("GET", "/things/own", "GET /things/own", 200),
        ("GET", "/broken", "GET /broken", 500),
        ("GET", "/secret/of-somebody", "GET /gateway/{proxy+}", 404),
        ("DELETE", "/things/7", "GET /gateway/{proxy+}", 405),
    ],
)
def test_each_request_is_one_line_with_the_routes_pattern(method, path, route, status, caplog):
    caplog.set_level(logging.INFO)
    ask("GET", "/conflict")
    caplog.clear()
    event = lambdas.http_event(method, path) | {"routeKey": "GET /gateway/{proxy+}"}
    edge.handle(app, event, lambdas.Context())
    found = line(caplog)
    assert (found.status, found.user_id, found.cold_start) == (status, None, False)
    assert found.duration_ms >= 0
    keys = edge.logger.get_current_keys()
    assert (keys["route"], keys["correlation_id"]) == (route, event["requestContext"]["requestId"])


def test_the_line_names_the_person_and_nothing_else_of_the_token(caplog):
    caplog.set_level(logging.INFO)
    person = uuid4()
    ask("GET", "/me", caller=lambdas.claims(person))
    assert line(caplog).user_id == str(person)


def test_the_first_request_of_an_environment_is_a_cold_start(caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("ddp.observability._is_cold", True)
    ask("GET", "/things/1")
    ask("GET", "/things/1")
    lines = [record for record in caplog.records if record.message == "request answered"]
    assert [found.cold_start for found in lines] == [True, False]
