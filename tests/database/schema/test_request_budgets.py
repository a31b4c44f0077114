"""The budget of requests: a token bucket for each account, which nothing but time fills."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Barrier, Thread

import psycopg
import pytest

from tests.database.schema.platform import Platform, id_of, with_ids
from tests.database.servers import Database

Become = Callable[..., psycopg.Connection]

# Tokens a second: one takes 100 s to come back, so that no test depends on how fast it runs.
SLOW = 0.01

ROWS = "select account_id, round(extract(epoch from full_at - clock_timestamp()) / 100)::int from ddp.request_budgets"


def take(connection: psycopg.Connection, *, burst: int) -> int | None:
    return connection.execute("select ddp.take_request(%s, %s)", [SLOW, burst]).fetchone()[0]


@pytest.fixture
def become(session) -> Become:
    """Turns one transaction, which is rolled back, into any caller's, or into the superuser's again."""

    def become(name: str | None, account: str | None = None) -> psycopg.Connection:
        session.execute("reset role")
        if name:
            headers = {"x-ddp-account": str(id_of(account))} if account else {}
            session.execute(
                "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true),"
                " set_config('request.headers', %s, true)",
                [json.dumps({"sub": str(id_of(name))}), json.dumps(headers)],
            )
        return session

    return become


def spend(become: Become, account: str, tokens: float) -> None:
    """Let an account have used so many tokens; a negative number: it last asked when these had not yet come back."""
    become(None).execute(
        with_ids(
            "insert into ddp.request_budgets (account_id, minute, full_at) values"
            f" (@{account}, date_trunc('minute', clock_timestamp()), clock_timestamp() + {tokens} * interval '100 s')"
        )
    )


def test_a_new_account_has_the_burst_and_then_nothing(become: Become):
    brand = become("brand")
    assert [take(brand, burst=3) for _ in range(5)] == [2, 1, 0, -1, -1]


def test_tokens_come_back_with_time_and_never_more_than_the_burst(become: Become):
    spend(become, "brand", 30)
    assert take(become("brand"), burst=40) == 9
    become(None).execute("update ddp.request_budgets set full_at = full_at - interval '500 s'")
    assert take(become("brand"), burst=40) == 13
    spend(become, "rival", -1000)
    assert take(become("rival"), burst=40) == 39


def test_what_is_refused_takes_nothing_and_writes_nothing(become: Become):
    spend(become, "brand", 50)
    before = become(None).execute("select xmin, ctid from ddp.request_budgets").fetchall()
    assert [take(become("brand"), burst=50) for _ in range(3)] == [-1] * 3
    assert become(None).execute("select xmin, ctid from ddp.request_budgets").fetchall() == before


def test_accounts_do_not_share_a_budget(become: Become):
    spend(become, "brand", 60)
    assert take(become("brand"), burst=60) == -1
    assert take(become("rival"), burst=60) == 59


def test_the_members_of_an_account_share_its_budget(become: Become):
    """The editor and the viewer act for the brand (platform.sql)."""
    assert [take(become(name), burst=3) for name in ("brand", "editor", "viewer", "brand")] == [2, 1, 0, -1]


def test_nobody_spends_the_budget_of_an_account_of_others(become: Become):
    spend(become, "rival", 60)
    assert take(become("rival", account="brand"), burst=3) == -1, "charged to the person who asks"
    assert take(become("brand"), burst=3) == 2


def test_who_never_signed_up_has_a_budget_too(become: Become):
    assert [take(become("stranger"), burst=2) for _ in range(3)] == [1, 0, -1]


def test_administrators_have_no_limit(become: Become):
    assert {take(become("admin"), burst=1) for _ in range(3)} == {None}
    assert become(None).execute(ROWS).fetchall() == []


def test_a_minute_that_begins_takes_over_what_was_used_in_the_last(become: Become):
    spend(become, "brand", 50)
    become(None).execute("update ddp.request_budgets set minute = minute - interval '1 minute'")
    assert take(become("brand"), burst=50) == -1
    assert take(become("brand"), burst=60) == 9
    assert sorted(used for _, used in become(None).execute(ROWS).fetchall()) == [50, 51]


def test_an_account_has_rows_for_three_minutes_at_most(become: Become):
    become(None).execute(
        with_ids("""
            insert into ddp.request_budgets (account_id, minute, full_at)
            select @brand, m, m
            from generate_series(date_trunc('minute', now()) - interval '1 hour', now() - interval '1 minute', '60 s') m
        """)
    )
    take(become("brand"), burst=60)
    assert len(become(None).execute(ROWS).fetchall()) <= 3


def test_however_many_ask_at_once_nobody_gets_more_than_the_burst(database: Database):
    """Eight connections, each of which takes as the deployed functions do: a transaction for each request."""
    with database.connect() as owner:
        owner.execute(
            "insert into users (user_id, user_email, user_name, user_type, is_active)"
            " values (%s, 'a@x.example', 'a', 'brand', true)",
            [id_of("brand")],
        )
    barrier, answers = Barrier(8), []

    def ask() -> None:
        with database.connect("ddp_api") as connection:
            barrier.wait()
            for _ in range(20):
                with connection.transaction():
                    connection.execute(
                        "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)",
                        [json.dumps({"sub": str(id_of("brand"))})],
                    )
                    answers.append(take(connection, burst=60))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [-1] * 100 + list(range(60))


def test_a_crash_of_the_server_is_allowed_to_lose_it(platform: Platform):
    """Unlogged: no request waits until the log is on the disk."""
    assert platform.owner.execute(
        "select relpersistence from pg_class where oid = 'ddp.request_budgets'::regclass"
    ).fetchone() == ("u",)
