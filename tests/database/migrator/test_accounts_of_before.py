"""A database of the release in which an account was one person: everybody keeps what they had, links to files too."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest

from ddp import migrator
from tests.database.servers import SCHEMA, Database

pytestmark = pytest.mark.slow  # two schemas, one after the other

FIRST_WITH_MEMBERS = "0100"
USERS = {"brand": True, "retailer": True, "admin": True, "asleep": False}


@pytest.fixture(scope="module")
def upgraded(of_before: Callable[[str], Database]):
    """A superuser's connection to a database that had users and sessions before it had members."""
    database = of_before(FIRST_WITH_MEMBERS)
    with database.connect() as connection:
        for name, active in USERS.items():
            connection.execute(
                "insert into users (user_email, user_name, user_type, is_active) values (%s, %s, %s, %s)",
                [f"{name}@example.com", name, "brand" if name == "asleep" else name, active],
            )
        connection.execute(
            "insert into sessions (user_id) select user_id from users where user_name = 'brand'"
        )
        connection.execute("""
            with file as (
                insert into files (file_name, file_type, file_size, file_path, created_by_user_id)
                select 'a.pdf', 'pdf', 1, 'files/a', user_id from users where user_name = 'brand'
                returning file_id, created_by_user_id
            )
            insert into file_shares (file_id, created_by_user_id, token_hash, expires_at)
            select file_id, created_by_user_id, sha256('secret'), now() + interval '1 day' from file
        """)
        migrator.apply(database.url, SCHEMA)
        yield connection


def acts_for(connection: psycopg.Connection, person: UUID) -> UUID | None:
    connection.execute(
        "select set_config('request.jwt.claims', json_build_object('sub', %s::uuid)::text, false)", [person]
    )
    row = connection.execute("select ddp.active_user_id()").fetchone()
    assert row is not None
    return row[0]


def test_everybody_is_the_owner_of_the_account_that_it_was(upgraded: psycopg.Connection):
    members = upgraded.execute(
        "select u.user_name, m.member_role from account_members m join users u on u.user_id = m.account_id"
        " where m.member_id = m.account_id and m.accepted_at is not null and m.ended_at is null"
    )
    assert sorted(members) == sorted((name, "owner") for name in USERS)
    for name, person in upgraded.execute("select user_name, user_id from users").fetchall():
        assert acts_for(upgraded, person) == (person if USERS[name] else None)


def test_an_open_session_can_be_ended_by_its_user(upgraded: psycopg.Connection):
    person, session = upgraded.execute("select user_id, session_id from sessions").fetchone()
    acts_for(upgraded, person)
    assert upgraded.execute("select end_session(%s)", [session]).fetchone() is not None


def test_a_link_still_opens_and_its_hash_is_where_nobody_reads_it(upgraded: psycopg.Connection):
    opened = upgraded.execute("select file_path from open_public_share('secret', 'VIEW')").fetchall()
    assert opened == [("files/a",)]
    columns = [column.name for column in upgraded.execute("select * from file_shares").description or ()]
    assert "token_hash" not in columns
