"""Signing in, invitations to the platform, the directory and names of accounts."""

from __future__ import annotations

import json

import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids

NEWCOMER = {"sub": str(id_of("stranger")), "email": "Newcomer@Example.com", "email_verified": True}


def claim(connection, **claims):
    connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])


def call(connection, what):
    return connection.execute(with_ids(f"select {what}")).fetchone()


def sign_in(connection, **claims):
    claim(connection, **NEWCOMER | claims)
    return call(connection, "user_type::text, is_active from sign_in()")


def test_the_first_sign_in_makes_the_account_and_later_ones_change_nothing(platform: Platform):
    with platform.acting("stranger") as connection:
        claim(connection, sub=str(id_of("stranger")), email="stranger@example.com")
        first = call(
            connection, "user_id, user_name, user_type::text, is_active from sign_in('Ann', '{\"a\": 1}')"
        )
        assert first == (id_of("stranger"), "Ann", "retailer", False)
        assert call(connection, "user_name, profile_data from sign_in('Bob', '{}')") == ("Ann", {"a": 1})
        assert call(connection, "last_login_at = now() from person_of_caller()") == (True,)


def test_an_inactive_person_sees_and_changes_itself_and_nothing_else(platform: Platform):
    with platform.acting("asleep") as connection:
        assert connection.execute("select from users").rowcount == 0
        assert call(connection, "user_id, is_active from person_of_caller()") == (id_of("asleep"), False)
        assert call(connection, "user_name, user_email from change_person('Awake')")[0] == "Awake"
        assert connection.execute("select from profiles").rowcount == 0
        assert connection.execute("select from ddp.names_of(array(select user_id from users))").rowcount == 0


def test_a_person_changes_itself_whatever_account_it_acts_for(platform: Platform):
    with platform.acting("editor", {"x-ddp-account": str(id_of("brand"))}) as connection:
        assert call(connection, "ddp.active_user_id()") == (id_of("brand"),)
        assert call(connection, "user_id from change_person('Edith')") == (id_of("editor"),)
        assert call(connection, "user_name from users where user_id = @brand") == ("brand",)


@pytest.mark.parametrize("change", ["' '", "repeat('x', 256)", "null, '[]'", "null, '1'"])
def test_what_no_person_is_called(platform: Platform, change):
    with platform.acting("brand") as connection, refused("PT422"):
        call(connection, f"change_person({change})")


def test_an_invitation_decides_type_and_activity_once(platform: Platform):
    with platform.acting("stranger") as connection:
        assert sign_in(connection) == ("brand", True)
        assert connection.execute("select from users").rowcount == 1, "it acts for its own account at once"
        platform.become(connection, "admin")
        used = "accepted_by_user_id, accepted_at is not null from user_invitations"
        assert call(connection, used) == (id_of("stranger"), True)
        call(connection, "set_user_access(@stranger, 'retailer', false)")
        assert sign_in(connection) == ("retailer", False), "used up"


def test_create_user_uses_it_too(platform: Platform):
    with platform.acting("stranger") as connection:
        claim(connection, **NEWCOMER)
        assert call(connection, "user_type::text, is_active from create_user()") == ("brand", True)


def test_trusted_metadata_stands_above_an_invitation(platform: Platform):
    with platform.acting("stranger") as connection:
        assert sign_in(connection, app_metadata={"user_type": "retailer"}) == ("retailer", True)


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": None, "user_metadata": {"email_verified": True}},
        {"email": "newcomer@example.com.evil.example"},
        {"email": "other@example.com", "user_metadata": {"email": "newcomer@example.com"}},
    ],
)
def test_only_a_verified_address_matches(platform: Platform, claims):
    with platform.acting("stranger") as connection:
        assert sign_in(connection, **claims) == ("retailer", False)


def test_squatting_on_the_address_wins_nothing_and_verifying_it_does(platform: Platform):
    """Who signs up first with an unproved address gets an inactive account; the invitation waits for the proof."""
    with platform.acting("stranger") as connection:
        assert sign_in(connection, email_verified=False) == ("retailer", False)
        assert sign_in(connection) == ("brand", True)


@pytest.mark.parametrize(
    "change", ["expires_at = now()", "ended_at = now()", "accepted_at = now()", "is_active = false"]
)
def test_an_invitation_that_does_not_hold(platform: Platform, change):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(f"update user_invitations set {change}".encode())
        platform.become(connection, "stranger")
        assert sign_in(connection)[1] is False


def test_an_invitation_leaves_an_active_account_alone(platform: Platform):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(
            with_ids("update users set user_email = 'newcomer@example.com' where user_id = @friend")
        )
        claim(connection, **NEWCOMER | {"sub": str(id_of("friend"))})
        assert call(connection, "user_type::text from sign_in()") == ("retailer",)
        assert call(connection, "accepted_at from user_invitations") == (None,)


def test_deactivating_an_account_withdraws_invitations_to_its_address(platform: Platform):
    with platform.acting("admin") as connection:
        call(connection, "invite_user('asleep@example.com', 'brand')")
        call(connection, "set_user_access(@asleep, null, false)")
        claim(connection, sub=str(id_of("asleep")), email="asleep@example.com", email_verified=True)
        assert call(connection, "is_active from sign_in()") == (False,)


def test_inviting_the_deactivated_again_resumes_their_sending(platform: Platform):
    with platform.acting("admin") as connection:
        call(connection, "set_user_access(@friend, null, false)")
        call(connection, "invite_user('friend@example.com', 'retailer')")
        claim(connection, sub=str(id_of("friend")), email="friend@example.com", email_verified=True)
        assert call(connection, "is_active from sign_in()") == (True,)
        assert call(connection, "count(*) from senders where pause_code is not null") == (0,)


def test_inviting_again_renews_and_withdrawing_ends(platform: Platform):
    with platform.acting("admin") as connection:
        before = call(connection, "count(*) from user_invitations")
        renewed = call(
            connection, "user_invitation_id from invite_user('NEWCOMER@example.com', 'retailer', false)"
        )
        assert (renewed, call(connection, "count(*) from user_invitations")) == (
            (id_of("user_invitations/newcomer"),), before,
        )  # fmt: skip
        call(connection, "withdraw_user_invitation(@user_invitations/newcomer)")
        with refused("PT404", code="invitation-not-found"):
            call(connection, "withdraw_user_invitation(@user_invitations/newcomer)")


@pytest.mark.parametrize(
    ("caller", "what", "state", "code"),
    [
        ("brand", "invite_user('x@example.com', 'admin')", "PT403", "not-an-admin"),
        ("brand", "withdraw_user_invitation(@user_invitations/newcomer)", "PT403", "not-an-admin"),
        ("brand", "find_users()", "PT403", "not-an-admin"),
        ("admin", "invite_user('brand@example.com', 'admin')", "PT409", "user-exists"),
        ("admin", "invite_user('no address', 'brand')", "PT422", "invalid-email"),
        ("admin", "invite_user('x@example.com', null)", "PT422", "invalid-invitation"),
        ("admin", "find_users(repeat('x', 256))", "PT422", "invalid-query"),
        ("claimless", "sign_in()", "PT401", "not-signed-in"),
        ("claimless", "change_person('x')", "PT401", "not-signed-in"),
        ("stranger", "change_person('x')", "PT404", "no-account"),
    ],
)
def test_what_is_refused(platform: Platform, caller, what, state, code):
    with platform.acting(caller) as connection, refused(state, code=code):
        call(connection, what)


SEEN = {
    "brand": {"brand", "retailer", "friend"},
    "editor": {"brand", "retailer", "friend"},
    "rival": {"rival", "retailer", "friend"},
    "retailer": {"retailer", "brand", "rival"},
    "friend": {"friend", "brand", "rival"},
    "admin": {"brand", "rival", "retailer", "friend", "admin"},
    "former": set(),
    "asleep": set(),
    "stranger": set(),
    "claimless": set(),
}


def test_the_relations_show_these_columns_and_no_others(platform: Platform):
    with platform.acting("retailer") as connection:
        shown = [column.name for column in connection.execute("select * from profiles").description]
        assert shown == ["id", "name", "type"]
        shown = {column.name for column in connection.execute("select * from open_campaigns").description}
        assert shown.isdisjoint(
            {"budget_allocated", "budget_spent", "target_audience", "campaign_settings", "campaign_status"}
        )


@pytest.mark.parametrize("caller", SEEN)
def test_who_finds_whom(platform: Platform, caller):
    """The directory and the relation say the same; inactive accounts are in neither."""
    with platform.acting(caller) as connection:
        rows = connection.execute("select id, name, type::text from profiles order by name").fetchall()
        assert {name for _, name, _ in rows} == SEEN[caller]
        if SEEN[caller]:
            found = connection.execute("select id, name, type::text from search_directory()").fetchall()
            assert found == rows


@pytest.fixture
def named(platform: Platform):
    """Retailers with names of several words, searched as the brand."""
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(
            "insert into users (user_email, user_name, user_type, is_active)"
            " select n || '@example.com', name, 'retailer', name <> 'Lakeside Asleep'"
            " from unnest(%s::text[]) with ordinality as x (name, n)",
            [
                [
                    "Lakeside Jewellers",
                    "Zürich  Lakeside",
                    "100%_Watches",
                    "Lake Lake",
                    "Lakeside Asleep",
                    "Ärzte",
                ]
            ],
        )
        platform.become(connection, "brand")
        connection.execute("set local role authenticated")
        yield connection


def found(connection, query, **named):
    return [row[0] for row in connection.execute("select name from search_directory(%s)", [query]).fetchall()]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("lake", ["Lake Lake", "Zürich  Lakeside", "Lakeside Jewellers"]),
        ("LAKESIDE j", ["Lakeside Jewellers"]),
        ("zürich lakeside", ["Zürich  Lakeside"]),
        ("ÄRZ", ["Ärzte"]),
        ("100%_", ["100%_Watches"]),
        ("%", []),
        ("akeside", []),
        ("x" * 255, []),
    ],
)
def test_any_word_of_a_name_is_found_by_its_beginning(named, query, names):
    assert found(named, query) == names


def test_a_renamed_account_is_found_by_its_new_name(platform: Platform):
    with platform.acting("retailer") as connection:
        call(connection, "change_person('Harbour Street')")
        platform.become(connection, "brand")
        assert (found(connection, "street"), found(connection, "retailer")) == (["Harbour Street"], [])


@pytest.mark.parametrize("query", ["", "lake"])
def test_pages_skip_and_repeat_nobody(named, query):
    everybody = found(named, query)
    listed, after = [], None
    for _ in range(20):
        page = named.execute(
            "select id, name from search_directory(%s, null, %s, 1)", [query, after]
        ).fetchall()
        if not page:
            break
        after = page[0][0]
        listed.append(page[0][1])
    assert listed == everybody
    with refused("PT422", code="invalid-cursor"):
        named.execute("select search_directory(%s, null, %s, 1)", [query, id_of("nobody")])


def test_nobody_finds_an_address(platform: Platform):
    for caller in ("brand", "retailer"):
        with platform.acting(caller) as connection:
            assert found(connection, "friend@") == found(connection, "rival@example.com") == []
    with platform.acting("admin") as connection:
        assert call(connection, "user_name from find_users('Rival@Example.com')") == ("rival",)
        assert found(connection, "rival@example.com") == []


def test_administrators_find_the_inactive_too(platform: Platform):
    with platform.acting("admin") as connection:
        for arguments, names in (
            ("'asl'", {"asleep"}),
            ("null, 'brand'", {"brand", "rival", "asleep"}),
            ("null, 'brand', false", {"asleep"}),
            ("'asl', null, true", set()),
        ):
            rows = connection.execute(f"select user_name from find_users({arguments})".encode()).fetchall()
            assert {row[0] for row in rows} == names, arguments


def test_a_search_reads_what_it_returns(platform: Platform):
    """30,000 accounts: a page by name, and the profiles of some ids, each read a few rows."""
    connection = platform.login("superuser")
    # The triggers' plans that earlier tests left are for a few rows: with 30,000 they take a minute.
    connection.execute("discard plans")
    with connection.transaction(force_rollback=True):
        connection.execute("""
            insert into users (user_email, user_name, user_type, is_active)
            select n || '@x.example', 'Shop ' || n, 'retailer', true from generate_series(1, 30000) n;
            analyze users, ddp.user_words;
        """)
        ids = connection.execute(
            "select array_agg(user_id) from (select user_id from users limit 20) x"
        ).fetchone()
        platform.become(connection, "brand")
        connection.execute("set local role authenticated")
        for statement, most in (
            ("select name from search_directory('sho', null, null, 20)", 300),
            ("select name from search_directory('299', null, null, 20)", 300),
            ("select name from search_directory(null, null, null, 20)", 300),
            (f"select name from profiles where id = any ('{{{','.join(map(str, ids[0]))}}}')", 300),
        ):
            # The first time, a new session reads the catalogue too.
            for _ in range(2):
                plan = connection.execute(
                    f"explain (analyze, buffers, format json) {statement}".encode()
                ).fetchone()
            blocks = plan[0][0]["Plan"]["Shared Hit Blocks"] + plan[0][0]["Plan"]["Shared Read Blocks"]
            assert blocks <= most, (statement, blocks)
