"""Several people act for one account: who may do what, how one becomes a member, and how it ends."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids

# Where a person is meant, and not the account that the person acts for.
OF_PERSONS = {
    "ddp.acting",
    "ddp.begin_analytics_export",
    "ddp.put_off_analytics_export",
    "ddp.settle_analytics_export",
    "ddp.take_analytics_export",
    "ddp.audit_changes",
    "ddp.lock_own_session",
    "public.decide_email_ab_test",
    "public.decide_sms_ab_test",
    "ddp.log_change",
    "ddp.reader_id",
    "ddp.require_member",
    "ddp.sign_up",
    "ddp.start_session",
    "ddp.take_request",
    "ddp.verified_email",
    "public.accept_asset_licence",
    "public.accept_invitation",
    "public.accounts_of_caller",
    "public.change_person",
    "public.create_user",
    "public.end_member",
    "public.invite_member",
    "public.person_of_caller",
    "public.record_phone_consents",
    "public.request_analytics_export",
    "public.request_cleanup",
    "public.request_recomputation",
    "public.request_erasure",
    "public.request_product_import",
    "public.set_retention",
    "public.settle_unknown_email_sends",
    "public.settle_unknown_sms_sends",
    "public.sign_in",
    "public.update_user_last_login",
    "read on account_members",
}

# Calls that change something, by the least role that may do it. None of them names a foreign row.
WORK = """
    request_upload('x', 'image/png', 1, sha256('x'), 'single', null, now() + interval '1 hour')
    start_multipart_upload(@uploads/brands, 'x')
    abort_upload(@uploads/brands)
    soft_delete_file(@files/private)
    record_phone_consents('[{"phone_hash": "00", "source": "x", "wording": "x", "given_at": "2026-01-01"}]')
    withdraw_phone_consents(array[sha256('p')])
    restore_file(@files/in_trash)
    share_file(@files/private, @friend, null, now() + interval '1 hour')
    revoke_file_share(@file_shares/to_friend)
    publish_brand_asset(@files/private, 'x', 'x')
    unpublish_brand_asset(@brand_assets/published)
    create_retailer_group('{"group_name": "x"}')
    change_retailer_group(@retailer_groups/brands, '{"kind": "tier"}')
    delete_retailer_group(@retailer_groups/tier)
    add_group_member(@retailer_groups/brands, @friend)
    remove_group_member(@retailer_groups/brands, @retailer)
    add_group_blackout(@retailer_groups/brands, now(), now() + interval '1 hour', 'x')
    remove_group_blackout(@retailer_groups/brands, @retailer_group_blackouts/past)
    change_asset_terms(@brand_assets/published, '{"available_until": null}')
    create_campaign('x')
    set_campaign_status(@campaigns/active, 'paused')
    add_campaign_participant(@campaigns/active, @friend)
    remove_campaign_participant(@campaigns/brands, @retailer)
    create_social_post(@social_accounts/brands, 'x')
    request_product_import(@files/private)
    upsert_products('[{"external_product_id": "1", "product_title": "x"}]')
    suppress_address(sha256('x'))
    decide_inbound_message(@inbound_messages/brands, 'not_stop')
    pause_email_campaign(@email_campaigns/brands)
    set_email_ab_test(@email_campaigns/brands, null)
    decide_email_ab_test(@email_campaigns/brands, 'B')
    request_email_export(@email_campaigns/brands, 'recipients')
    request_test_sends(@email_campaigns/brands, array['x@example.com'])
"""
MANAGEMENT = """
    set_campaign_budget(@campaigns/active, 1)
    update_campaign_budget_spent(@campaigns/active, 1)
    create_campaign('x', p_budget_allocated => 1)
    create_sender_identity('example.com')
    invite_member('x@example.com', 'viewer')
    change_member(@account_members/viewer, 'owner')
    end_member(@account_members/invited)
"""


@contextmanager
def acting(
    platform: Platform, person: str, account: str | None = None, **claims: Any
) -> Iterator[psycopg.Connection]:
    """A transaction of a person who chooses an account by the header (None: no header). `claims` are added."""
    headers = {"x-ddp-account": str(id_of(account))} if account else {}
    with platform.acting(person, headers) as connection:
        document = json.dumps({"sub": str(id_of(person)), **claims})
        connection.execute("select set_config('request.jwt.claims', %s, true)", [document])
        yield connection


def call(connection: psycopg.Connection, function: str) -> Any:
    """What a function returns: a value, or a row as a dictionary."""
    row = connection.execute(with_ids(f"select to_jsonb(f) from {function} f")).fetchone()
    return row and row[0]


def account(connection: psycopg.Connection) -> Any:
    """The account that the connection's caller acts for."""
    return connection.execute("select ddp.active_user_id()").fetchone()[0]


def lines(calls: str) -> list[str]:
    return [line.strip() for line in calls.strip().splitlines()]


def outcome(platform: Platform, person: str, function: str) -> str:
    """`done`, or the code of the refusal."""
    try:
        with acting(platform, person) as connection:
            connection.execute(with_ids(f"select {function}"))
    except psycopg.Error as error:
        return json.loads(error.diag.message_detail or "{}").get("code", error.sqlstate)
    return "done"


@pytest.mark.parametrize("function", lines(WORK))
def test_editors_work_and_viewers_do_not(platform: Platform, function: str):
    assert outcome(platform, "editor", function) == outcome(platform, "brand", function) != "role-too-low"
    assert outcome(platform, "viewer", function) == "role-too-low"
    assert outcome(platform, "former", function) == "account-inactive"


@pytest.mark.parametrize("function", lines(MANAGEMENT))
def test_only_owners_manage(platform: Platform, function: str):
    assert outcome(platform, "brand", function) == "done"
    for person in ("editor", "viewer"):
        assert outcome(platform, person, function) == "role-too-low"


def test_a_member_reads_what_the_account_reads(platform: Platform):
    for table in ("files", "campaigns", "email_campaigns", "brand_assets", "file_shares", "uploads"):
        with platform.acting("brand") as connection:
            own = connection.execute(f"select count(*) from {table}".encode()).fetchone()
        with platform.acting("viewer") as connection:
            assert connection.execute(f"select count(*) from {table}".encode()).fetchone() == own != (0,)


def test_nobody_asks_for_the_person_where_the_account_is_meant(platform: Platform):
    """What belongs to somebody belongs to an account; `auth.uid()` is only who signed in."""
    rows = platform.owner.execute("""
        select p.pronamespace::regnamespace || '.' || p.proname, pg_get_functiondef(p.oid) from pg_proc p
        where p.pronamespace in ('public'::regnamespace, 'ddp'::regnamespace) and p.prokind = 'f'
        union all
        select c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class c
        where c.relkind in ('v', 'm') and c.relnamespace in ('public'::regnamespace, 'ddp'::regnamespace)
        union all
        select p.polname || ' on ' || p.polrelid::regclass, concat(pg_get_expr(p.polqual, p.polrelid),
            pg_get_expr(p.polwithcheck, p.polrelid)) from pg_policy p
        where p.polrelid::regclass::text !~ '^auth\\.'
    """).fetchall()
    assert {name for name, text in rows if re.search(r"auth\.uid\(\)", text, re.IGNORECASE)} == OF_PERSONS


def test_a_header_chooses_among_memberships_and_gives_none(platform: Platform):
    for person, chosen, acted_for in [
        ("editor", "brand", "brand"),
        ("editor", "rival", None),
        ("brand", "rival", None),
        ("brand", "admin", None),
        ("former", "brand", None),
        ("rival", "brand", None),
        ("admin", "brand", None),
        ("editor", "editor", None),  # its own account is inactive
    ]:
        with acting(platform, person, chosen) as connection:
            assert account(connection) == (acted_for and id_of(acted_for)), (person, chosen)
            assert connection.execute("select from files").rowcount == 0 or acted_for, (person, chosen)


@pytest.mark.parametrize("header", ["", "  ", "{brand},{brand}", "{brand}, {rival}", "'", "null", "{BRAND}"])
def test_a_strange_header_chooses_nothing_or_the_one_it_names(platform: Platform, header: str):
    brand, rival = str(id_of("brand")), str(id_of("rival"))
    value = header.format(brand=brand, rival=rival, BRAND=brand.upper())
    with platform.acting("editor", {"x-ddp-account": value}) as connection:
        names_it = value.strip().lower() in ("", brand)
        assert account(connection) == (id_of("brand") if names_it else None)


def test_who_names_a_foreign_account_is_told(platform: Platform):
    with acting(platform, "brand", "rival") as connection, refused("PT403", code="not-a-member"):
        connection.execute("select start_session()")


def test_a_claim_chooses_too_and_the_header_wins(platform: Platform):
    claims = {"app_metadata": {"account_id": str(id_of("brand"))}}
    with acting(platform, "editor", **claims) as connection:
        assert account(connection) == id_of("brand")
    with acting(platform, "editor", "rival", **claims) as connection:
        assert account(connection) is None


@contextmanager
def member_of_both(platform: Platform) -> Iterator[psycopg.Connection]:
    """A superuser's transaction in which the editor is an owner of the rival's account too."""
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(
            with_ids(
                "insert into account_members (account_id, member_id, member_role, accepted_at)"
                " values (@rival, @editor, 'owner', now())"
            )
        )
        connection.execute("set local role authenticated")
        platform.become(connection, "editor")
        yield connection


def choose(connection: psycopg.Connection, name: str | None) -> None:
    headers = json.dumps({"x-ddp-account": str(id_of(name))} if name else {})
    connection.execute("select set_config('request.headers', %s, true)", [headers])


def test_of_two_accounts_one_is_chosen_and_never_both(platform: Platform):
    with member_of_both(platform) as connection:
        choose(connection, None)
        assert account(connection) is None
        assert connection.execute("select from files").rowcount == 0
        with connection.transaction(force_rollback=True), refused("PT403", code="account-not-chosen"):
            connection.execute("select start_session()")
        owners = "select distinct created_by_user_id from campaigns"
        for name in ("brand", "rival"):
            choose(connection, name)
            assert connection.execute(owners).fetchall() == [(id_of(name),)]
        # An owner of one account is an editor of the other.
        choose(connection, "brand")
        with connection.transaction(force_rollback=True), refused("PT403", code="role-too-low"):
            connection.execute("select invite_member('x@example.com', 'owner')")


def test_a_new_membership_changes_nothing_for_who_has_an_account(platform: Platform):
    """A brand's user who also becomes a member elsewhere acts for the own account unless it says otherwise."""
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(
            with_ids(
                "insert into account_members (account_id, member_id, member_role, accepted_at)"
                " values (@rival, @brand, 'editor', now())"
            )
        )
        connection.execute("set local role authenticated")
        platform.become(connection, "brand")
        assert account(connection) == id_of("brand")
        choose(connection, "rival")
        assert account(connection) == id_of("rival")


def invited(connection: psycopg.Connection, email: str = "stranger@example.com") -> str:
    return call(connection, f"invite_member('{email}', 'editor')")["account_member_id"]


def as_person(connection: psycopg.Connection, person: str, **claims: Any) -> None:
    document = json.dumps({"sub": str(id_of(person)), **claims})
    connection.execute("select set_config('request.jwt.claims', %s, true)", [document])


VERIFIED = {"email": "Stranger@example.com", "email_verified": True}


def test_an_invitation_is_accepted_by_whoever_proves_the_address(platform: Platform):
    with acting(platform, "brand") as connection:
        invitation = invited(connection)
        as_person(connection, "stranger", **VERIFIED)
        assert connection.execute(
            "select account_name, member_role from invitations_of_caller()"
        ).fetchall() == [("brand", "editor")]
        with connection.transaction(force_rollback=True), refused("PT409", code="no-account"):
            connection.execute("select accept_invitation(%s)", [invitation])
        connection.execute("select create_user()")
        for _ in range(2):  # again: nothing changes
            accepted = call(connection, f"accept_invitation('{invitation}')")
            assert accepted["member_id"] == str(id_of("stranger"))
        assert account(connection) == id_of("brand")
        assert connection.execute("select from invitations_of_caller()").rowcount == 0
        assert [row[1:] for row in connection.execute("select * from accounts_of_caller()")] == [
            ("brand", "brand", "editor", True)
        ]
        # Active for that account, and for nothing else.
        choose(connection, "stranger")
        assert account(connection) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.com"},
        {"email": "stranger@example.com", "email_verified": False},
        {"email": "stranger@example.com", "email_verified": "false"},
        {"email": "stranger@example.com", "user_metadata": {"email_verified": True}},
        {"email": "other@example.com", "email_verified": True},
        {"email_verified": True},
        {},
    ],
)
def test_nobody_else_accepts_it(platform: Platform, claims: dict[str, Any]):
    with acting(platform, "brand") as connection:
        invitation = invited(connection)
        as_person(connection, "retailer", **claims)
        assert connection.execute("select from invitations_of_caller()").rowcount == 0
        with refused("PT404", code="invitation-not-found"):
            connection.execute("select accept_invitation(%s)", [invitation])


@pytest.mark.parametrize(
    "spoilt",
    [
        "update account_members set expires_at = now() where invited_email = 'stranger@example.com'",
        "update account_members set ended_at = now() where invited_email = 'stranger@example.com'",
        "update users set is_active = false where user_id = @brand",
        "update users set user_type = 'admin' where user_id = @brand",
    ],
)
def test_an_invitation_that_no_longer_holds_is_not_accepted(platform: Platform, spoilt: str):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        platform.become(connection, "brand")
        invitation = invited(connection)
        connection.execute(with_ids(spoilt))
        as_person(connection, "retailer", email="stranger@example.com", email_verified=True)
        connection.execute("set local role authenticated")
        with refused("PT404", code="invitation-not-found"):
            connection.execute("select accept_invitation(%s)", [invitation])


def test_administrators_are_members_of_nothing(platform: Platform):
    with acting(platform, "brand") as connection:
        invitation = invited(connection, "admin@example.com")
        as_person(connection, "admin", email="admin@example.com", email_verified=True)
        with connection.transaction(force_rollback=True), refused("PT409", code="administrator-alone"):
            connection.execute("select accept_invitation(%s)", [invitation])
        with refused("PT409", code="administrator-alone"):
            connection.execute("select invite_member('x@example.com', 'owner')")


@pytest.mark.parametrize(
    "change",
    [
        "update users set user_type = 'admin' where user_id = @brand",  # the account becomes an administrator
        "update users set user_type = 'admin' where user_id = @editor",  # the person does
        "update users set is_active = false where user_id = @brand",
    ],
)
def test_who_becomes_an_administrator_or_inactive_lets_nobody_in(platform: Platform, change: str):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(with_ids(change))
        connection.execute("set local role authenticated")
        platform.become(connection, "editor")
        choose(connection, "brand")
        assert account(connection) is None
        choose(connection, None)
        assert account(connection) is None


def test_deactivating_a_person_ends_its_memberships(platform: Platform):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(with_ids("update users set is_active = true where user_id = @editor"))
        connection.execute(with_ids("update users set is_active = false where user_id = @editor"))
        connection.execute("set local role authenticated")
        platform.become(connection, "editor")
        assert account(connection) is None


def test_who_leaves_loses_access_at_once_sessions_included(platform: Platform):
    with acting(platform, "editor") as connection:
        session = call(connection, "start_session()")
        left = call(connection, "end_member(@account_members/editor)")
        assert left["ended_at"]
        assert account(connection) is None
        assert connection.execute("select from files").rowcount == 0
        platform.become(connection, "brand")
        ended = "select ended_at is not null from sessions where session_id = %s"
        assert connection.execute(ended, [session]).fetchone() == (True,)


def test_a_session_is_its_persons(platform: Platform):
    with acting(platform, "editor") as connection:
        session = call(connection, "start_session()")
        platform.become(connection, "viewer")
        with refused("PT404", code="session-not-found"):
            connection.execute("select end_session(%s)", [session])


def test_the_only_owner_stays_and_a_second_one_lets_the_first_go(platform: Platform):
    with acting(platform, "brand") as connection:
        own = connection.execute(
            with_ids("select account_member_id from account_members where member_id = @brand")
        ).fetchone()[0]
        for function in (f"end_member('{own}')", f"change_member('{own}', 'editor')"):
            with connection.transaction(force_rollback=True), refused("PT409", code="last-owner"):
                connection.execute(f"select {function}".encode())
        call(connection, "change_member(@account_members/editor, 'owner')")
        call(connection, f"end_member('{own}')")
        assert account(connection) is None  # the first one has left its account
        platform.become(connection, "editor")
        assert account(connection) == id_of("brand")


def test_two_owners_cannot_remove_each_other_at_once(platform: Platform):
    """The second waits for the first, and finds that it is no longer an owner."""
    setup = platform.login("superuser")
    setup.execute(with_ids("update account_members set member_role = 'owner' where member_id = @editor"))
    first = second = None
    try:
        own = setup.execute(
            with_ids("select account_member_id from account_members where member_id = @brand")
        )
        brands = own.fetchone()[0]
        first, second = platform.database.connect("ddp_api"), platform.database.connect("ddp_api")
        refusal: list[str] = []
        for connection, person in ((first, "brand"), (second, "editor")):
            connection.autocommit = False
            connection.execute("select set_config('role', 'authenticated', true)")
            as_person(connection, person)
        first.execute(with_ids("select end_member(@account_members/editor)"))

        def remove() -> None:
            try:
                second.execute("select end_member(%s)", [brands])
            except psycopg.Error as error:
                refusal.append(error.sqlstate or "")

        thread = threading.Thread(target=remove)
        thread.start()
        first.commit()
        thread.join()
        assert refusal == ["PT401"]
    finally:
        for connection in (first, second):
            if connection is not None:
                connection.close()
        setup.execute(
            with_ids(
                "update account_members set member_role = 'editor', ended_at = null"
                " where account_member_id = @account_members/editor"
            )
        )


def test_inviting_again_renews_and_a_member_is_not_invited(platform: Platform):
    with acting(platform, "brand") as connection:
        assert invited(connection) == invited(connection)
        for address in ("editor@example.com", "BRAND@example.com"):
            with connection.transaction(force_rollback=True), refused("PT409", code="already-a-member"):
                connection.execute("select invite_member(%s, 'viewer')", [address])
        for address in ("", "x", "x@", None, "x" * 256 + "@example.com"):
            with connection.transaction(force_rollback=True), refused("PT422"):
                connection.execute("select invite_member(%s, 'viewer')", [address])


def test_the_trail_keeps_the_person_and_the_rows_the_account(platform: Platform):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute("set local role authenticated")
        platform.become(connection, "editor")
        campaign = call(connection, "create_campaign('x')")
        connection.execute("reset role")
        assert campaign["created_by_user_id"] == str(id_of("brand"))
        by = "select changed_by from audit_logs where record_id = %s and table_name = 'campaigns'"
        assert connection.execute(by, [campaign["campaign_id"]]).fetchall() == [(id_of("editor"),)]


def test_everybody_is_the_owner_of_the_own_account(platform: Platform):
    missing = platform.owner.execute("""
        select u.user_name from users u where not exists (
            select from account_members m
            where m.account_id = u.user_id and m.member_id = u.user_id and m.member_role = 'owner'
                and m.accepted_at is not null
        )
    """)
    assert missing.fetchall() == []
