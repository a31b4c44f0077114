"""ddp.db against a real server: roles and claims for one transaction, lost connections, errors."""

from __future__ import annotations

import time
from uuid import uuid4

import psycopg
import pytest

from ddp import auth, db
from ddp.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from tests import lambdas
from tests.database.servers import DatabaseServer


@pytest.fixture(autouse=True)
def as_api(platform):
    platform.login("ddp_api")


CLAIM_KEY = """
    insert into idempotency_keys (user_id, idempotency_key, route, request_hash) values (auth.uid(), %s, 'r', '')
"""


def cut(platform) -> int:
    """Terminate the environment's connection at the server; return its process id."""
    # Queried from the server: with a pooler, the process id that libpq reports is not the server's.
    pid = db._connection.execute("select pg_backend_pid() as pid").fetchone()["pid"]
    platform.query("select pg_terminate_backend(%s)", pid)
    return pid


def fail_after(_: object) -> None:
    raise RuntimeError


def claims(subject) -> auth.Claims:
    return auth.Claims(subject=subject, document=auth.json.dumps(lambdas.claims(subject)))


def asked(**options) -> dict[str, object]:
    with db.transaction(**options) as cursor:
        return cursor.execute(
            "select current_user, current_setting('role') as role, auth.uid() as uid,"
            " current_setting('request.headers') as headers, current_setting('statement_timeout') as timeout"
        ).fetchone()


def test_a_caller_is_authenticated_with_its_claims(platform):
    brand = platform.users["brand"]
    seen = asked(claims=claims(brand), headers={"user-agent": "me"}, timeout_seconds=3)
    assert seen == {
        "current_user": "authenticated", "role": "authenticated", "uid": brand,
        "headers": '{"user-agent": "me"}', "timeout": "3s",
    }  # fmt: skip


def test_without_claims_it_is_anon_who_is_nobody():
    seen = asked()
    assert (seen["current_user"], seen["uid"]) == ("anon", None)


def test_nothing_of_a_transaction_is_left_for_the_next_on_the_same_connection(platform):
    asked(claims=claims(platform.users["brand"]), headers={"user-agent": "me"})
    connection = db._connection
    seen = asked()
    assert db._connection is connection
    assert (seen["current_user"], seen["uid"], seen["headers"]) == ("anon", None, "{}")
    assert connection.execute("select current_user").fetchone() == {"current_user": "ddp_api"}


def test_a_role_that_the_login_may_not_become_is_refused():
    with pytest.raises(Forbidden):
        asked(role="service_role")
    assert asked()["current_user"] == "anon"


def test_the_login_itself_reads_nothing():
    db._connect()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db._connection.execute("select * from public.users")


def test_what_fails_is_rolled_back_and_the_connection_stays(platform):
    marker = str(uuid4())
    brand = claims(platform.users["brand"])
    with pytest.raises(RuntimeError), db.transaction(brand) as cursor:
        fail_after(cursor.execute(CLAIM_KEY, [marker]))
    connection = db._connection
    with pytest.raises(Conflict), db.transaction(brand) as cursor:
        cursor.executemany(CLAIM_KEY, [[marker], [marker]])
    assert db._connection is connection
    assert platform.query("select count(*) from idempotency_keys where idempotency_key = %s", marker) == [
        (0,)
    ]


@pytest.mark.parametrize(
    ("statement", "family"),
    [
        ("select record_file_action(gen_random_uuid(), 'VIEW')", NotFound),
        ("select soft_delete_file(gen_random_uuid())", NotFound),
        ("insert into files default values", Forbidden),
        ("select 'x'::uuid", Invalid),
        ("select 1 / 0", Invalid),
        ("select pg_sleep(3)", Unavailable),
    ],
)
def test_what_the_server_refuses_has_its_answer(platform, statement, family):
    with pytest.raises(family), db.transaction(claims(platform.users["brand"]), timeout_seconds=1) as cursor:
        cursor.execute(statement)


def test_a_nul_in_a_text_is_the_callers_fault(platform):
    with pytest.raises(Invalid), db.transaction(claims(platform.users["brand"])) as cursor:
        cursor.execute("select %s", ["\x00"])


def test_a_connection_that_was_cut_between_two_events_is_made_anew(platform):
    asked()
    cut(platform)
    assert asked()["current_user"] == "anon"


def test_a_connection_that_is_cut_in_a_transaction_is_not_silently_repeated(platform):
    with pytest.raises(Unavailable, match="not known"), db.transaction() as cursor:
        cursor.execute("select 1 from (select %s::int) t", [cut(platform)])
    assert asked()["current_user"] == "anon"


def test_a_server_that_does_not_answer_is_waited_for_and_then_said_to_be_away(monkeypatch):
    monkeypatch.setattr(db, "_PATIENCE", 0.5)
    monkeypatch.setenv("DATABASE_URL", "postgresql://ddp_api@127.0.0.1:1/nothing")
    db.close()
    start = time.monotonic()
    with pytest.raises(Unavailable):
        asked()
    assert 0.5 <= time.monotonic() - start < 3


def test_a_restart_of_the_server_is_survived(server, monkeypatch):
    """Uses a server of its own. After the restart it listens on another port, which the next connect looks up."""
    own = DatabaseServer(server.kind)
    started = "select pg_postmaster_start_time() as at"
    try:
        own.start()
        monkeypatch.setenv("DATABASE_URL", own.postgres.url())
        db.close()
        with db.transaction(role="none") as cursor:
            before = cursor.execute(started).fetchone()["at"]
        own.postgres.stop()
        own.postgres.start()
        monkeypatch.setenv("DATABASE_URL", own.postgres.url())
        with db.transaction(role="none") as cursor:
            assert cursor.execute(started).fetchone()["at"] > before
        db.close()
    finally:
        own.stop()
