"""A database of the release without approvals: nothing waits, and the release before goes on working."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import psycopg
import pytest

from ddp import migrator
from tests.database.servers import SCHEMA, Database, DatabaseServer

pytestmark = pytest.mark.slow  # two schemas, one after the other

FIRST_OF_APPROVALS = "0320"
BEFORE = """
    insert into users (user_id, user_email, user_name, user_type, is_active) values
        ('00000000-0000-0000-0000-00000000000b', 'b@example.com', 'brand', 'brand', true),
        ('00000000-0000-0000-0000-00000000000c', 'r@example.com', 'shop', 'retailer', true);
    insert into campaigns (campaign_id, campaign_name, campaign_status, created_by_user_id) values
        ('00000000-0000-0000-0000-0000000000c1', 'Spring', 'active', '00000000-0000-0000-0000-00000000000b');
    insert into campaign_participants (campaign_id, retailer_id, campaign_owner_id) values
        ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000c',
            '00000000-0000-0000-0000-00000000000b');
    insert into templates (template_id, template_name, template_type, created_by_user_id) values
        ('00000000-0000-0000-0000-0000000000a1', 'Spring', 'email', '00000000-0000-0000-0000-00000000000b');
    insert into sender_identities (identity, created_by_user_id, status) values
        ('shop.example', '00000000-0000-0000-0000-00000000000c', 'verified');
    insert into email_campaigns
        (email_campaign_id, campaign_id, email_subject, email_content, sender_email, created_by_user_id, template_id)
    values
        ('00000000-0000-0000-0000-0000000000e1', '00000000-0000-0000-0000-0000000000c1', 'x', 'x', 'a@shop.example',
            '00000000-0000-0000-0000-00000000000c', '00000000-0000-0000-0000-0000000000a1');
"""


@pytest.fixture(scope="module")
def database(server: DatabaseServer, of_before: Callable[[str], Database]) -> Database:
    database = of_before(FIRST_OF_APPROVALS)
    with database.connect() as connection:
        for statement in BEFORE.split(";\n"):
            connection.execute(statement)
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    return database


@pytest.fixture(scope="module")
def upgraded(database: Database) -> Iterator[psycopg.Connection]:
    with database.connect() as connection:
        yield connection


def become(connection: psycopg.Connection, user: str) -> None:
    claims = {"sub": f"00000000-0000-0000-0000-00000000000{user}", "role": "authenticated"}
    connection.execute("select set_config('request.jwt.claims', %s, false)", [json.dumps(claims)])


def test_a_draft_of_before_is_sent_without_approval(upgraded: psycopg.Connection) -> None:
    assert upgraded.execute("select approval::text from campaigns").fetchall() == [("none",)]
    become(upgraded, "c")
    # E-mail shows it since.
    address = '{"sender": {"postal_address": "1 High Street, London"}}'
    upgraded.execute("update users set profile_data = %s where user_name = 'shop'", [address])
    audience = '{"source": "list", "recipients": [{"email": "a@example.com"}]}'
    upgraded.execute("select send_email_campaign('00000000-0000-0000-0000-0000000000e1', %s)", [audience])
    assert upgraded.execute("select approval_id from approvals").fetchall() == []


def test_the_release_before_creates_campaigns(upgraded: psycopg.Connection) -> None:
    become(upgraded, "b")
    row = upgraded.execute(
        "select approval::text, is_open from create_campaign('New', null, null, null, 0, '{}', '{}', true)"
    ).fetchone()
    assert row == ("none", True)


def test_a_retailer_sees_the_templates_that_it_saw(database: Database) -> None:
    # Not as the owner, who may not become `authenticated` everywhere.
    with database.connect("ddp_api") as connection, connection.transaction():
        become(connection, "c")
        connection.execute("set local role authenticated")
        assert connection.execute("select template_name from templates").fetchall() == [("Spring",)]
