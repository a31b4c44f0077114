"""A database of the release before the sender's own fields and locked templates: everything in it goes on as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import psycopg
import pytest

from ddp import migrator
from tests.database.servers import SCHEMA, Database, DatabaseServer

pytestmark = pytest.mark.slow  # two schemas, one after the other

FIRST = "0300"
BEFORE = """
    with brand as (
        insert into users (user_email, user_name, user_type, is_active, profile_data)
        values ('b@example.com', 'brand', 'brand', true, '{"phone": "call me", "sender": "free text", "region": ""}')
        returning user_id
    ), made as (
        insert into templates (template_name, template_type, template_content, created_by_user_id)
        select 'Spring', 'email', '{"subject": "s", "html": "<p>Theirs</p>"}', user_id from brand
        returning template_id
    ), started as (
        insert into campaigns (campaign_name, campaign_status, created_by_user_id)
        select 'Spring', 'active', user_id from brand
        returning campaign_id
    ), messages as (
        insert into email_campaigns (
            campaign_id, email_subject, email_content, sender_email, created_by_user_id, template_id, requested_at
        )
        select campaign_id, subject, '<p>Mine</p>', 'shop@brand.example', user_id, template_id,
            case when subject = 'requested' then now() end
        from started, brand, made, unnest(array['draft', 'requested']) subject
        returning email_campaign_id, email_subject, campaign_id, created_by_user_id, template_id
    ), plans as (
        insert into send_plans (
            campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, template_id,
            template_version, audience, scheduled_at
        )
        select campaign_id, email_campaign_id, created_by_user_id, email_subject, '<p>Mine</p>', 'shop@brand.example',
            template_id, 1, '{"source": "list", "recipients": [{"email": "a@example.com"}]}', now()
        from messages where email_subject = 'requested'
    )
    insert into sender_identities (identity, created_by_user_id, status)
    select 'brand.example', user_id, 'verified' from brand
"""


@pytest.fixture(scope="module")
def database(server: DatabaseServer, of_before: Callable[[str], Database]) -> Database:
    database = of_before(FIRST)
    with database.connect() as connection:
        connection.execute(BEFORE)
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    return database


@pytest.fixture(scope="module")
def upgraded(database: Database) -> Iterator[psycopg.Connection]:
    with database.connect() as connection:
        yield connection


def test_what_was_requested_stays_as_it_was(upgraded: psycopg.Connection) -> None:
    row = upgraded.execute(
        "select content, sender_profile, slots, reply_to from send_plans where subject = 'requested'"
    ).fetchone()
    assert row == ("<p>Mine</p>", None, None, None)


def test_messages_count_for_their_template_as_they_did(upgraded: psycopg.Connection) -> None:
    flags = upgraded.execute("select replaces_template, slots, reply_to from email_campaigns").fetchall()
    assert flags == [(False, None, None)] * 2
    assert upgraded.execute("select slots, is_locked, requires from templates").fetchall() == [
        ([], False, [])
    ]


def test_profiles_of_before_can_still_be_changed(upgraded: psycopg.Connection) -> None:
    upgraded.execute(
        "update users set user_name = 'Brand', profile_data = profile_data || '{\"city\": \"Zug\"}'"
    )
    row = upgraded.execute("select profile_data, ddp.sender_fields(profile_data) from users").fetchone()
    assert row[0]["sender"] == "free text"
    assert row[0]["phone"] == "call me"
    assert row[1] == {}


def test_a_draft_of_before_goes_out_once_its_sender_has_an_address(
    database: Database, upgraded: psycopg.Connection
) -> None:
    (user,) = upgraded.execute("select user_id from users").fetchone()
    (draft,) = upgraded.execute(
        "select email_campaign_id from email_campaigns where email_subject = 'draft'"
    ).fetchone()
    statement = (
        """select send_email_campaign(%s, '{"source": "list", "recipients": [{"email": "a@example.com"}]}')"""
    )
    claims = json.dumps({"sub": str(user)})

    def as_user(statement: str, *values: object) -> None:
        # Not as the owner, who may not become `authenticated` everywhere.
        with database.connect("ddp_api") as connection, connection.transaction():
            connection.execute("set local role authenticated")
            connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            connection.execute(statement.encode(), values)

    with pytest.raises(psycopg.Error) as refused:
        as_user(statement, draft)
    assert refused.value.sqlstate == "PT409"
    as_user("""select from change_person(p_sender => '{"postal_address": "1 Market Street"}')""")
    as_user(statement, draft)
    frozen = upgraded.execute(
        "select content, sender_profile, slots from send_plans where email_campaign_id = %s", [draft]
    ).fetchone()
    assert frozen == ("<p>Mine</p>", {"postal_address": "1 Market Street"}, None)
