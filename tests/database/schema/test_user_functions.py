"""create_user, set_user_access, update_user_last_login, sessions, and the summary of a user's activity."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.database.schema.platform import Platform, id_of, refused
from tests.database.servers import REPOSITORY

STRANGER = "stranger@example.com"


def create(connection, **arguments):
    names = ", ".join(f"p_{name} => %({name})s" for name in arguments)
    return connection.execute(
        f"select user_id, user_email, user_name, user_type, is_active from create_user({names})".encode(),
        arguments,
    ).fetchone()


def claim(connection, **claims):
    claims = {"sub": str(id_of("stranger")), "email": STRANGER} | claims
    connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])


def test_signing_up_makes_an_inactive_retailer(platform: Platform):
    with platform.acting("stranger") as connection:
        claim(connection, email="Stranger@Example.com", user_metadata={"user_type": "admin"})
        assert create(connection) == (id_of("stranger"), STRANGER, "stranger", "retailer", False)
        assert connection.execute("select from users").rowcount == 0


def test_trusted_metadata_says_the_type(platform: Platform):
    with platform.acting("stranger") as connection:
        claim(connection, app_metadata={"user_type": "brand"})
        assert create(connection, user_name=" Maison ")[2:] == ("Maison", "brand", True)
        assert connection.execute("select from users").rowcount == 1


@pytest.mark.parametrize(
    ("claims", "arguments", "state", "code"),
    [
        ({}, {"user_type": "admin"}, "PT403", "type-not-granted"),
        ({"app_metadata": {"user_type": "brand"}}, {"user_type": "admin"}, "PT403", "type-not-granted"),
        ({"app_metadata": {"user_type": "root"}}, {"user_type": "brand"}, "PT403", "type-not-granted"),
        ({}, {"is_active": True}, "PT403", "not-admin"),
        ({}, {"user_id": id_of("another")}, "PT403", "not-admin"),
        ({}, {"user_email": "victim@example.com"}, "PT403", "email-not-verified"),
        ({"email": None}, {"user_email": STRANGER}, "PT403", "email-not-verified"),
        ({"email": "no address"}, {}, "PT422", "invalid-email"),
        ({}, {"user_name": " "}, "PT422", "invalid-name"),
        ({}, {"user_name": "x" * 256}, "PT422", "invalid-name"),
        ({}, {"profile_data": "[]"}, "PT422", "invalid-json"),
        ({}, {"profile_data": json.dumps({"x": "x" * 8192})}, "PT422", "invalid-json"),
        ({"email": "brand@example.com"}, {}, "PT409", "email-taken"),
        ({"sub": str(id_of("brand")), "email": "new@example.com"}, {}, "PT409", "user-exists"),
        ({"sub": None}, {}, "PT401", "not-signed-in"),
    ],
)
def test_signing_up_refuses(platform: Platform, claims, arguments, state, code):
    with platform.acting("stranger") as connection:
        claim(connection, **claims)
        with refused(state, code=code):
            create(connection, **arguments)


@pytest.mark.parametrize("caller", ["admin", "worker"])
def test_admins_and_workers_name_the_user(platform: Platform, caller):
    with platform.acting(caller) as connection:
        row = create(
            connection, user_id=id_of("new"), user_email="NEW@example.com", user_type="brand", is_active=True
        )
        assert row == (id_of("new"), "new@example.com", "NEW", "brand", True)
        with refused("PT422", code="user-id-missing"):
            create(connection, user_email="x@example.com")


AUTH_USERS = """
    create table if not exists auth.users
        (id uuid primary key, email text, raw_app_meta_data jsonb, raw_user_meta_data jsonb)
"""


def test_a_sign_up_at_supabase_makes_the_account(platform: Platform):
    trigger = (REPOSITORY / "schema/triggers/auth_users.sql").read_text()
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(AUTH_USERS)
        connection.execute(trigger)
        connection.execute(
            "insert into auth.users (id, email, raw_app_meta_data, raw_user_meta_data) values (%s, %s, %s, %s),"
            " (%s, %s, null, null), (%s, null, null, null), (%s, %s, null, null)",
            [
                id_of("a"), "A@example.com", '{"user_type": "brand"}', '{"full_name": "A", "user_type": "admin"}',
                id_of("b"), "b@example.com", id_of("c"), id_of("d"), "brand@example.com",
            ],
        )  # fmt: skip
        rows = connection.execute(
            "select user_id, user_email, user_name, user_type, is_active from users where user_id = any (%s)"
            " order by user_email",
            [[id_of(name) for name in "abcd"]],
        )
        assert rows.fetchall() == [
            (id_of("a"), "a@example.com", "A", "brand", True),
            (id_of("b"), "b@example.com", "b", "retailer", False),
        ]
        assert connection.execute("select from auth.users where id = %s", [id_of("d")]).rowcount == 1


def test_the_trigger_stays_away_where_it_may_not_be(platform: Platform):
    """auth.users belongs to Supabase. If the applier has no right on it, the schema still applies."""
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(AUTH_USERS)
        connection.execute("drop trigger if exists ddp_create_user on auth.users")
        connection.execute("set local role anon")
        connection.execute((REPOSITORY / "schema/triggers/auth_users.sql").read_text())
        assert connection.execute("select from pg_trigger where tgname = 'ddp_create_user'").rowcount == 0


def access(connection, name, *arguments):
    return connection.execute(
        "select user_type, is_active from set_user_access(%s, %s, %s)", [id_of(name), *arguments]
    ).fetchone()


def test_admins_change_the_access_of_others(platform: Platform):
    with platform.acting("admin") as connection:
        assert access(connection, "asleep", None, True) == ("brand", True)
        assert access(connection, "asleep", "retailer", None) == ("retailer", True)
        platform.become(connection, "asleep")
        assert connection.execute("select from users").rowcount == 1


@pytest.mark.parametrize(
    ("caller", "target", "state", "code"),
    [
        ("brand", "brand", "PT403", "not-admin"),
        ("brand", "rival", "PT403", "not-admin"),
        ("asleep", "asleep", "PT401", "account-inactive"),
        ("admin", "admin", "PT409", "own-access"),
        ("admin", "nobody", "PT404", "user-not-found"),
    ],
)
def test_nobody_else_does(platform: Platform, caller, target, state, code):
    with platform.acting(caller) as connection, refused(state, code=code):
        access(connection, target, "admin", True)


def test_last_login_is_ones_own(platform: Platform):
    with platform.acting("brand") as connection:
        before = connection.execute("select updated_at from users").fetchone()
        at = connection.execute("select update_user_last_login()").fetchone()
        row = connection.execute("select last_login_at, updated_at from users").fetchone()
        assert row == (*at, *before), "signing in is no change of the profile"
        with refused("PT403", code="not-you"):
            connection.execute("select update_user_last_login(%s)", [id_of("rival")])


def test_workers_name_who_signed_in(platform: Platform):
    with platform.acting("worker") as connection:
        connection.execute("select update_user_last_login(%s)", [id_of("asleep")])
        found = connection.execute(
            "select last_login_at = now() from users where user_id = %s", [id_of("asleep")]
        )
        assert found.fetchone() == (True,)
        for nobody in (None, id_of("nobody")):
            with refused("PT404", code="user-not-found"), connection.transaction():
                connection.execute("select update_user_last_login(%s)", [nobody])


def test_sessions_begin_and_end_once(platform: Platform):
    headers = {"x-forwarded-for": "203.0.113.7, 10.0.0.1", "user-agent": "Browser"}
    with platform.acting("brand", headers) as connection:
        session = connection.execute("""select start_session('{"type": "mobile"}')""").fetchone()[0]
        row = connection.execute(
            "select user_id, host(ip_address), user_agent, device_info, ended_at from sessions where session_id = %s",
            [session],
        ).fetchone()
        assert row == (id_of("brand"), "203.0.113.7", "Browser", {"type": "mobile"}, None)
        ends = [connection.execute("select end_session(%s)", [session]).fetchone() for _ in range(2)]
        assert ends[0] == ends[1] != (None,)
        platform.become(connection, "rival")
        with refused("PT404", code="session-not-found"):
            connection.execute("select end_session(%s)", [session])


@pytest.mark.parametrize("arguments", ["'[]', '{}'", "'{}', '1'", "null", "'{}', null"])
def test_a_sessions_details_are_objects(platform: Platform, arguments):
    with platform.acting("brand") as connection, refused("PT422", code="invalid-json"):
        connection.execute(f"select start_session({arguments})".encode())


def summary(connection, *arguments):
    places = ", ".join(["%s"] * len(arguments))
    cursor = connection.execute(f"select * from get_user_activity_summary({places})".encode(), arguments)
    return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def test_the_summary_counts_what_one_did(session, platform: Platform):
    platform.become(session, "retailer")
    before = summary(session, id_of("retailer"), "now", "tomorrow")  # of the same quarter hour
    started = session.execute("select start_session()").fetchone()[0]
    session.execute("select end_session(%s)", [started])
    for action in ("VIEW", "VIEW", "DOWNLOAD"):
        session.execute("select record_file_action(%s, %s)", [id_of("files/published"), action])
    session.execute("select create_social_post(%s, 'x')", [id_of("social_accounts/retailers")])
    session.execute("select ddp.refresh_analytics()")
    past = summary(session, None, "2020-01-01", "2020-12-31")
    today = summary(session, id_of("retailer"), "now", "tomorrow")
    assert set(past.values()) == {id_of("retailer"), 0, None}
    assert {
        name: value - before[name]
        for name, value in today.items()
        if type(value) is int and value != before[name]
    } == {
        "sessions": 1,
        "views": 2,
        "downloads": 1,
        "social_posts": 1,
    }
    assert today["last_active_at"] is not None


def test_the_summary_keeps_what_cleaning_up_removes(session, platform: Platform):
    """And what is older than quarter hours are kept is counted by the day."""
    session.execute(
        "insert into file_actions (file_id, user_id, action_type, action_timestamp)"
        " values (%(file)s, %(user)s, 'VIEW', now() - interval '200 days'), (%(file)s, %(user)s, 'VIEW', now())",
        {"file": id_of("files/published"), "user": id_of("rival")},
    )
    session.execute("select ddp.refresh_analytics()")
    session.execute("delete from file_actions")
    platform.become(session, "rival")
    now = datetime.now(UTC)
    counted = summary(session, None, now - timedelta(days=201), now + timedelta(days=1))
    assert counted["views"] == 2


@pytest.mark.parametrize(
    ("caller", "arguments", "state", "code"),
    [
        ("brand", [id_of("rival")], "PT404", "user-not-found"),
        ("admin", [id_of("nobody")], "PT404", "user-not-found"),
        ("brand", [None, "2026-01-02", "2026-01-01"], "PT422", "invalid-period"),
        ("brand", [None, "2025-01-01", "2026-01-03"], "PT422", "invalid-period"),
        ("asleep", [], "PT401", "account-inactive"),
    ],
)
def test_the_summary_refuses(platform: Platform, caller, arguments, state, code):
    with platform.acting(caller) as connection, refused(state, code=code):
        summary(connection, *arguments)


def test_admins_read_anybodys_summary(session, platform: Platform):
    platform.become(session, "admin")
    assert summary(session, id_of("asleep"))["views"] == 1
