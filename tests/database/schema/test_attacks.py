"""Attempts to get more than one's own rows, with a token or with the API's database login."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from psycopg import errors as pg

from tests.database.schema.platform import Platform, id_of, refused, with_ids


@pytest.mark.parametrize("role", ["service_role", "ddp_worker", "ddp_migrator", "owner"])
@pytest.mark.parametrize("command", ["set local role {}", "set session authorization {}"])
def test_the_api_login_becomes_nobody_else(platform: Platform, command: str, role: str):
    if role == "owner":
        role = platform.owner.execute("select current_user").fetchone()[0]
    with platform.acting("brand") as connection, refused("42501"):
        connection.execute(command.format(role).encode())


@pytest.mark.parametrize("role", ["authenticated", "anon", "ddp_api", "owner"])
def test_the_workers_login_becomes_nobody_else(platform: Platform, role: str):
    if role == "owner":
        role = platform.owner.execute("select current_user").fetchone()[0]
    with platform.acting("worker") as connection, refused("42501"):
        connection.execute(f"set local role {role}".encode())


@pytest.mark.parametrize("login", ["ddp_api", "ddp_worker"])
def test_the_logins_themselves_read_nothing(platform: Platform, login: str):
    """Because a transaction may lack its claims, or an attacker may inject RESET ROLE."""
    with platform.acting("brand" if login == "ddp_api" else "worker") as connection:
        connection.execute("reset role")
        with refused("42501"):
            connection.execute("select from files")


def test_logins_have_no_special_rights(platform: Platform):
    rows = platform.owner.execute("""
        select rolname from pg_roles
        where rolname in ('ddp_api', 'ddp_worker', 'anon', 'authenticated')
            and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit)
    """)
    assert rows.fetchall() == []


@pytest.mark.parametrize(
    "claims",
    [
        "",
        "{}",
        '{"sub": ""}',
        '{"sub": null}',
        '{"sub": "not a uuid"}',
        '{"role": "service_role", "user_type": "admin"}',
        "not json",
    ],
)
def test_strange_claims_see_nothing(platform: Platform, claims: str):
    with platform.acting("brand") as connection:
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        try:
            seen = connection.execute("select from files").rowcount
        except pg.InvalidTextRepresentation:
            seen = 0
    assert seen == 0


def test_a_claim_of_a_type_counts_for_nothing(platform: Platform):
    claims = {"sub": str(id_of("rival")), "user_type": "admin", "app_metadata": {"user_type": "admin"}}
    with platform.acting("rival") as connection:
        connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
        assert connection.execute("select from users").rowcount == 1


# One per line: the caller and the statement (named ids are written @name).
ATTEMPTS = Path(__file__).with_name("attacks.txt").read_text().splitlines()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_refused(platform: Platform, attempt: str):
    caller, statement = attempt.split(maxsplit=1)
    with platform.acting(caller) as connection, refused("42501"):
        connection.execute(with_ids(statement))


def test_inactive_users_use_no_function(platform: Platform):
    calls = """
        request_upload('x', 'image/png', 1, sha256('x'), 'single', null, now() + interval '1 hour')
        start_multipart_upload(@uploads/brands, 'x')
        abort_upload(@uploads/brands)
        record_file_action(@files/asleeps, 'VIEW')
        soft_delete_file(@files/asleeps)
        restore_file(@files/asleeps)
        share_file(@files/asleeps, @friend, null, now() + interval '1 hour')
        revoke_file_share(@file_shares/to_asleep)
        publish_brand_asset(@files/asleeps, 'x', 'x')
        unpublish_brand_asset(@brand_assets/published)
        request_analytics_export('files', 'csv', '{}')
        set_user_access(@brand)
        search_directory()
        find_users()
        invite_user('x@example.com', 'brand')
        withdraw_user_invitation(@user_invitations/newcomer)
        invite_member('x@example.com', 'owner')
        change_member(@account_members/editor, 'owner')
        end_member(@account_members/editor)
        start_session()
        end_session(@sessions/retailers)
        heartbeat_session(@sessions/retailers)
        ddp.start_session('{}', '{}')
        ddp.record_own_conversions('[]')
        rotate_conversion_key()
        set_currency('USD')
        calculate_file_engagement_score(@files/asleeps)
        get_user_activity_summary()
        create_campaign('x')
        set_campaign_status(@campaigns/brands, 'active')
        set_campaign_budget(@campaigns/brands, 1)
        update_campaign_budget_spent(@campaigns/brands, 1)
        find_open_campaigns()
        request_approval(@email_campaigns/retailers)
        approve(@approvals/retailers)
        refuse_approval(@approvals/retailers, 'x')
        remind_of_approval(@approvals/retailers)
        approval_content(@approvals/retailers)
        create_campaign_item(@campaigns/brands, '{}')
        change_campaign_item(@campaign_items/brands, '{}')
        remove_campaign_item(@campaign_items/brands)
        order_campaign_items(@campaigns/brands, '{}')
        accept_campaign_item(@campaign_items/brands)
        decline_campaign_item(@campaign_items/brands)
        campaign_activation(@campaigns/brands)
        join_campaign(@campaigns/active)
        leave_campaign(@campaigns/active)
        add_campaign_participant(@campaigns/active, @friend)
        remove_campaign_participant(@campaigns/active, @friend)
        send_email_campaign(@email_campaigns/ready)
        send_sms_campaign(@sms_campaigns/ready)
        sms_sender(@asleep)
        record_phone_consents('[]')
        withdraw_phone_consents(array[sha256('p')])
        phone_consents_of(sha256('p'))
        create_social_post(@social_accounts/brands, 'x')
        ddp.social_post_history(@social_posts/brands)
        social_post_polls(@social_posts/brands)
        measure_social_post(@social_posts/brands)
        set_social_read_budget(@brand, 1000)
        ddp.social_quotas_used('[]')
        request_product_import(@files/asleeps)
        upsert_products('[]')
        find_products('published', 'x')
        find_watch_models('active', 'x')
    """
    for call in calls.strip().splitlines():
        with platform.acting("asleep") as connection, refused("PT401", code="account-inactive"):
            connection.execute(with_ids(f"select {call}"))


def test_anonymous_callers_use_no_other_function(platform: Platform):
    functions = platform.owner.execute("""
        select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace = 'public'::regnamespace and has_function_privilege('anon', p.oid, 'EXECUTE')
        order by 1
    """)
    assert functions.fetchall() == [
        ("open_public_share(text,file_action_type)",),
        ("social_deletion(text)",),
    ]


def test_a_leaky_function_sees_no_hidden_row(platform: Platform):
    """A function of the caller runs after the policy, however cheap it claims to be."""
    told: list[str] = []
    with platform.acting("rival") as connection:
        connection.execute("""
            create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0001
            as $$ begin raise notice '%', $1; return true; end $$
        """)
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
        connection.execute("select from files where pg_temp.tell(file_name)")
    assert told == ["public.pdf"]
