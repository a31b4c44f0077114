"""A POST repeated with the same Idempotency-Key takes effect once."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime, timedelta

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from tests import lambdas  # first: the environment that functions read when imported

# isort: split

from ddp import edge, idempotency
from ddp.errors import Conflict
from tests.database.platform import PDF, USERS


def test_a_repeated_request_gets_the_same_answer(platform):
    first = platform.request("brand", key="k1")
    again = platform.request("brand", key="k1")
    assert (again.status, again.body) == (first.status, first.body)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert platform.count("uploads") == 1


def test_without_a_key_every_request_counts(platform):
    platform.request("brand")
    platform.request("brand")
    assert platform.count("uploads") == 2


def test_a_key_with_another_body_is_refused(platform):
    platform.request("brand", key="k1")
    answer = platform.request("brand", key="k1", file_name="Another.pdf")
    assert (answer.status, answer.code) == (422, "idempotency-key-reused")
    assert platform.count("uploads") == 1


def test_a_key_belongs_to_its_user_and_its_route(platform):
    first = platform.request("brand", key="k1").body
    assert platform.request("rival", key="k1").body["upload_id"] != first["upload_id"]
    file_id = platform.file("brand")
    answer = platform.call("brand", "POST", f"/files/{file_id}/actions", {"action_type": "VIEW"}, key="k1")
    assert answer.status == 201


def test_a_request_that_failed_leaves_its_key_free(platform):
    file_id = platform.file("brand")
    assert platform.request("brand", key="k1").status == 409
    platform.call("brand", "DELETE", f"/files/{file_id}")
    assert platform.request("brand", key="k1").status == 201


@pytest.mark.parametrize("key", ["k" * 256])
def test_a_key_that_is_too_long_is_refused(platform, key):
    assert platform.request("brand", key=key).status == 422


def test_every_route_that_creates_repeats_its_answer(platform):
    file_id = platform.file("brand")
    for path, body in (
        (f"/files/{file_id}/actions", {"action_type": "VIEW"}),
        (
            f"/files/{file_id}/shares",
            {"shared_with_user_id": str(platform.users["retailer"]), "expires_at": soon()},
        ),
        ("/brand-assets", {"file_id": file_id, "asset_name": "a", "asset_type": "b"}),
    ):
        first = platform.call("brand", "POST", path, body, key="k1")
        again = platform.call("brand", "POST", path, body, key="k1")
        assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert platform.count("file_shares") == platform.count("brand_assets") == 1


def test_a_second_request_waits_for_the_first_and_gets_its_answer(platform):
    """The first request is a transaction that the test holds open; the second is the handler."""
    body = {"action_type": "VIEW"}
    file_id = platform.file("brand")
    path = f"/files/{file_id}/actions"
    answers: list[lambdas.Answer] = []
    claims = lambdas.claims(platform.users["brand"])
    with platform.database.as_user(claims) as connection:
        connection.execute(
            "insert into idempotency_keys (user_id, idempotency_key, route, request_hash)"
            " values (auth.uid(), 'k1', %s, sha256(%s))",
            [f"POST {path}", json.dumps(body).encode()],
        )
        connection.execute(
            "update idempotency_keys set status = 201, response = %s where user_id = auth.uid()",
            [json.dumps({"action_id": file_id})],
        )
        second = threading.Thread(
            target=lambda: answers.append(platform.call("brand", "POST", path, body, key="k1"))
        )
        second.start()
        platform.wait_for_a_lock()
        assert answers == []
    second.join()
    assert (answers[0].status, answers[0].body) == (201, {"action_id": file_id})
    assert platform.count("file_actions", column="user_id") == 1  # the upload


def test_two_processes_at_once_do_it_once(platform):
    """Processes with a connection each, as Lambda environments have."""
    program = textwrap.dedent("""
        import json, sys
        from tests import lambdas
        from functions.uploads import http
        event = json.load(sys.stdin)
        print(json.dumps(lambdas.answer(http.handler(event, lambdas.Context())).body))
    """)
    platform.login("ddp_api")
    body = {
        "file_name": "a.pdf",
        "content_type": "application/pdf",
        "file_size": len(PDF),
        "sha256": "ab" * 32,
    }
    caller = lambdas.claims(platform.users["brand"])
    event = json.dumps(
        lambdas.http_event("POST", "/uploads", body, caller=caller, headers={"idempotency-key": "k"})
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in running:
        process.stdin.write(event)
        process.stdin.close()
    answers = {json.loads(process.stdout.read().splitlines()[-1])["upload_id"] for process in running}
    for process in running:
        process.stdout.close()
        assert process.wait() == 0
    assert len(answers) == 1
    assert platform.count("uploads") == 1


@pytest.mark.parametrize("key", ["k1", None])
def test_an_account_that_is_not_active_hears_so(platform, key):
    platform.query(
        "update users set is_active = false where user_id = %s returning 1", platform.users["brand"]
    )
    answer = platform.request("brand", key=key)
    assert (answer.status, answer.code) == (401, "account-inactive")


def test_nobody_reads_anothers_answers(platform):
    platform.request("brand", key="k1")
    for user in USERS:
        with platform.database.as_user(lambdas.claims(platform.users[user])) as connection:
            rows = connection.execute("select user_id from idempotency_keys").fetchall()
        assert rows == ([(platform.users["brand"],)] if user == "brand" else [])


class Thing(BaseModel):
    """The answer of the route below."""

    number: int
    token: str | None


def ask(
    platform, results: list[object], key: str | None, *, error: Exception | None = None
) -> lambdas.Answer:
    """Ask a route whose work returns a number; `results` gets what the route learns of it."""
    app = edge.resolver()

    def work(_: object) -> int:
        if error:
            raise error
        return 7

    @app.post("/things")
    def create(idempotency_key: idempotency.Key = None) -> Response[Thing]:
        done = idempotency.perform(
            app,
            idempotency_key,
            work,
            lambda number: Thing(number=number, token="t"),
            status=202,
            secret=["token"],
        )
        results.append(done.result)
        return done.answer

    platform.login("ddp_api")
    headers = {"idempotency-key": key} if key else {}
    event = lambdas.http_event(
        "POST", "/things", {}, caller=lambdas.claims(platform.users["brand"]), headers=headers
    )
    return lambdas.answer(edge.handle(app, event, lambdas.Context()))


@pytest.mark.parametrize("key", ["k1", None])
def test_the_result_of_the_work_is_there_after_it_was_done(platform, key):
    results: list[object] = []
    answer = ask(platform, results, key)
    assert (answer.status, answer.body, results) == (202, {"number": 7, "token": "t"}, [7])


def test_a_repeated_answer_has_no_result_and_no_secret(platform):
    results: list[object] = []
    ask(platform, results, "k1")
    again = ask(platform, results, "k1")
    assert (again.status, again.body, results) == (202, {"number": 7, "token": None}, [7, None])


def test_work_that_raises_has_no_result_and_leaves_its_key_free(platform):
    results: list[object] = []
    answer = ask(platform, results, "k1", error=Conflict("It is there already.", code="there-already"))
    assert (answer.code, results) == ("there-already", [])
    assert (ask(platform, results, "k1").status, results) == (202, [7])


def soon() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()
