"""create_campaign, its status and budget, and who takes part."""

from __future__ import annotations

import psycopg
import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids


def call(connection, statement):
    return connection.execute(with_ids(f"select {statement}")).fetchone()


def test_a_new_campaign_is_the_callers_draft(platform: Platform):
    with platform.acting("brand") as connection:
        row = connection.execute(
            "select created_by_user_id, campaign_status, budget_spent, budget_allocated, is_open, target_audience"
            " from create_campaign('New', p_budget_allocated => 10.5, p_target_audience => '{\"region\": \"Alps\"}')"
        ).fetchone()
        assert row == (id_of("brand"), "draft", 0, 10.5, False, {"region": "Alps"})
        assert connection.execute("select from campaigns where campaign_name = 'New'").rowcount == 1


@pytest.mark.parametrize(
    ("caller", "arguments", "state", "code"),
    [
        ("retailer", "'x'", "PT403", "not-a-brand"),
        ("asleep", "'x'", "PT401", "account-inactive"),
        ("brand", "' '", "PT422", "invalid-name"),
        ("brand", "null", "PT422", "invalid-name"),
        ("brand", "repeat('x', 256)", "PT422", "invalid-name"),
        ("brand", "'x', p_start_date => '2027-02-01', p_end_date => '2027-02-01'", "PT422", "invalid-dates"),
        ("brand", "'x', p_budget_allocated => -1", "PT422", "invalid-amount"),
        ("brand", "'x', p_budget_allocated => 0.001", "PT422", "invalid-amount"),
        ("brand", "'x', p_budget_allocated => 1e10", "PT422", "invalid-amount"),
        ("brand", "'x', p_budget_allocated => 'NaN'", "PT422", "invalid-amount"),
        ("brand", "'x', p_budget_allocated => null", "PT422", "invalid-amount"),
        ("brand", "'x', p_target_audience => '[]'", "PT422", "invalid-json"),
        ("brand", "'x', p_campaign_settings => 'null'", "PT422", "invalid-json"),
    ],
)
def test_creating_refuses(platform: Platform, caller, arguments, state, code):
    with platform.acting(caller) as connection, refused(state, code=code):
        call(connection, f"create_campaign({arguments})")


MOVES = {
    "draft": {"draft", "active", "archived"},
    "active": {"active", "paused", "completed"},
    "paused": {"paused", "active", "completed"},
    "completed": {"completed", "archived"},
    "archived": {"archived"},
}


@pytest.mark.parametrize("before", MOVES)
def test_a_campaign_moves_on_and_not_back(platform: Platform, before):
    for after in MOVES:
        with platform.owner.transaction(force_rollback=True):
            platform.owner.execute(
                with_ids("update campaigns set campaign_status = %s where campaign_id = @campaigns/brands"),
                [before],
            )
            platform.become(platform.owner, "brand")
            statement = with_ids("select campaign_status from set_campaign_status(@campaigns/brands, %s)")
            if after in MOVES[before]:
                assert platform.owner.execute(statement, [after]).fetchone() == (after,)
            else:
                with (
                    refused("PT409", code="wrong-status", campaign_status=before),
                    platform.owner.transaction(),
                ):
                    platform.owner.execute(statement, [after])


OWNERS_CALLS = """
    set_campaign_status(@campaigns/active, 'paused')
    set_campaign_budget(@campaigns/active, 5)
    update_campaign_budget_spent(@campaigns/active, 5)
    add_campaign_participant(@campaigns/active, @friend)
    remove_campaign_participant(@campaigns/active, @retailer)
"""


@pytest.mark.parametrize("statement", OWNERS_CALLS.split("\n")[1:-1])
def test_only_the_creator_and_admins_change_a_campaign(platform: Platform, statement):
    for caller, state, code in (
        ("retailer", "PT403", "not-owner"),
        ("rival", "PT404", "campaign-not-found"),
        ("friend", "PT404", "campaign-not-found"),
        ("asleep", "PT401", "account-inactive"),
    ):
        with platform.acting(caller) as connection, refused(state, code=code):
            call(connection, statement)
    for caller in ("brand", "admin"):
        with platform.acting(caller) as connection:
            call(connection, statement)


def spent(connection):
    return call(connection, "budget_spent from campaigns where campaign_id = @campaigns/active")[0]


def test_what_is_spent_adds_up(platform: Platform):
    with platform.acting("brand") as connection:
        assert call(connection, "update_campaign_budget_spent(@campaigns/active, 100.10, 'Print')")[
            0
        ] == spent(connection)
        assert call(connection, "update_campaign_budget_spent(@campaigns/active, -0.10)")[0] == 100
        assert spent(connection) == 100, "more than was allocated, and recorded all the same"


@pytest.mark.parametrize("amount", ["0", "null", "0.001", "'NaN'", "-0.01", "1e10", "'Infinity'"])
def test_amounts_that_are_none(platform: Platform, amount):
    with platform.acting("brand") as connection, refused("PT422", code="invalid-amount"):
        call(connection, f"update_campaign_budget_spent(@campaigns/active, {amount})")


def test_an_open_campaign_is_joined_and_left(platform: Platform):
    with platform.acting("friend") as connection:
        for _ in range(2):
            call(connection, "join_campaign(@campaigns/active)")
        assert connection.execute("select from campaigns").rowcount == 1
        assert call(connection, "campaign_owner_id from campaign_participants") == (id_of("brand"),)
        call(connection, "leave_campaign(@campaigns/active)")
        assert connection.execute("select from campaigns").rowcount == 0
        with refused("PT404", code="campaign-not-found"):
            call(connection, "leave_campaign(@campaigns/active)")


@pytest.mark.parametrize(
    ("caller", "campaign", "state", "code"),
    [
        ("friend", "campaigns/brands", "PT404", "campaign-not-found"),  # open, and not active
        ("friend", "campaigns/rivals", "PT404", "campaign-not-found"),  # active, and not open
        ("friend", "campaigns/none", "PT404", "campaign-not-found"),
        ("rival", "campaigns/active", "PT403", "not-a-retailer"),
        ("asleep", "campaigns/active", "PT401", "account-inactive"),
    ],
)
def test_what_nobody_joins(platform: Platform, caller, campaign, state, code):
    with platform.acting(caller) as connection, refused(state, code=code):
        call(connection, f"join_campaign(@{campaign})")


def test_whom_the_creator_invites_sees_the_campaign_after_accepting(platform: Platform):
    with platform.acting("rival") as connection:
        for _ in range(2):
            call(connection, "add_campaign_participant(@campaigns/rivals, @friend)")
        for nobody in ("brand", "nobody", "asleep"):
            with refused("PT404", code="user-not-found"), connection.transaction():
                call(connection, f"add_campaign_participant(@campaigns/rivals, @{nobody})")
        platform.become(connection, "friend")
        assert connection.execute("select from campaigns").rowcount == 0
        assert connection.execute("select from templates").rowcount == 0
        assert invitations(connection) == {("campaigns/rivals", True), ("campaigns/active", False)}
        call(connection, "join_campaign(@campaigns/rivals)")
        assert invitations(connection) == {("campaigns/active", False)}
        assert call(connection, "array_agg(campaign_id) from campaigns") == ([id_of("campaigns/rivals")],)
        assert connection.execute("select from templates").rowcount == 1, "and the creator's active templates"
        platform.become(connection, "rival")
        call(connection, "remove_campaign_participant(@campaigns/rivals, @friend)")
        with refused("PT404", code="user-not-found"):
            call(connection, "remove_campaign_participant(@campaigns/rivals, @friend)")


def invitations(connection):
    """What the caller may join: the campaign, and whether the caller is invited."""
    names = {id_of(name): name for name in ("campaigns/brands", "campaigns/active", "campaigns/rivals")}
    rows = connection.execute(
        "select * from open_campaigns order by created_at desc, campaign_id desc"
    ).fetchall()
    assert connection.execute("select * from find_open_campaigns()").fetchall() == rows
    rows = [(row[0], row[-1]) for row in rows]
    return {(names[campaign_id], invited) for campaign_id, invited in rows}


def test_who_is_only_invited_takes_part_in_nothing(platform: Platform):
    connection = platform.login("superuser")
    size = "audience_members(@campaigns/brands, @brand, false, '{}')"
    with connection.transaction(force_rollback=True):
        connection.execute("""update users set profile_data = '{"marketing_consent": true}'""")
        before = call(connection, f"count(*) from ddp.{size}")
        connection.execute("update campaign_participants set participant_state = 'invited'")
        assert (before, call(connection, f"count(*) from ddp.{size}")) == ((1,), (0,))
        platform.become(connection, "retailer")
        for what in (
            "visible_campaign(@campaigns/brands)",
            "sendable_campaign(@campaigns/active)",
        ):
            with refused("PT404", code="campaign-not-found"), connection.transaction():
                call(connection, f"ddp.{what}")
        assert call(connection, "campaigns_joined from get_user_activity_summary()") == (0,)
        connection.execute("set local role authenticated")
        for hidden in ("campaigns", "templates"):
            assert connection.execute(f"select from {hidden}".encode()).rowcount == 0, hidden


def test_an_invitation_ends(platform: Platform):
    """It is declined, withdrawn, or outlives the campaign."""
    with platform.acting("rival") as connection:
        for how, caller in (
            ("leave_campaign(@campaigns/rivals)", "friend"),
            ("remove_campaign_participant(@campaigns/rivals, @friend)", "rival"),
            ("set_campaign_status(@campaigns/rivals, 'completed')", "rival"),
        ):
            platform.become(connection, "rival")
            call(connection, "add_campaign_participant(@campaigns/rivals, @friend)")
            platform.become(connection, caller)
            call(connection, how)
            platform.become(connection, "friend")
            assert ("campaigns/rivals", True) not in invitations(connection)
            with refused("PT404", code="campaign-not-found"), connection.transaction():
                call(connection, "join_campaign(@campaigns/rivals)")


def test_the_other_side_sees_who_came_and_went(platform: Platform):
    state = "participant_state::text, state_changed_at is null from campaign_participants where retailer_id = @friend"
    with platform.acting("friend") as connection:
        for who, action, expected in (
            ("friend", "join_campaign(@campaigns/active)", ("accepted", True)),
            ("friend", "leave_campaign(@campaigns/active)", ("left", False)),
            ("brand", "add_campaign_participant(@campaigns/active, @friend)", ("invited", False)),
            ("friend", "join_campaign(@campaigns/active)", ("accepted", False)),
            ("brand", "add_campaign_participant(@campaigns/active, @friend)", ("accepted", False)),
        ):
            platform.become(connection, who)
            call(connection, action)
            platform.become(connection, "brand")
            assert call(connection, state) == expected, action


def test_a_brand_has_twenty_open_invitations_per_retailer(platform: Platform):
    with platform.acting("rival") as connection:
        for number in range(21):
            campaign = call(connection, f"campaign_id from create_campaign('c{number}')")[0]
            invite = f"add_campaign_participant('{campaign}', @friend)"
            if number < 20:
                call(connection, invite)
        call(connection, invite.replace("@friend", "@retailer"))
        with refused("PT409", code="too-many-invitations"):
            call(connection, invite)


@pytest.mark.parametrize(
    "change", ["is_open = false", "campaign_status = 'paused'", "end_date = now() - interval '1 s'"]
)
def test_what_is_not_open_is_not_listed(platform: Platform, change):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(f"update campaigns set {change}".encode())
        platform.become(connection, "friend")
        connection.execute("set local role authenticated")
        assert invitations(connection) == set()


def test_only_retailers_are_shown_what_to_join(platform: Platform):
    for caller, seen in (
        ("friend", 1),
        ("retailer", 1),  # invited
        ("brand", 0),
        ("rival", 0),
        ("admin", 0),
        ("asleep", 0),
    ):
        with platform.acting(caller) as connection:
            assert connection.execute("select from open_campaigns").rowcount == seen, caller


def test_nobody_joins_what_is_over(platform: Platform):
    with platform.acting("rival") as connection:
        call(connection, "set_campaign_status(@campaigns/rivals, 'completed')")
        with refused("PT409", code="wrong-status"):
            call(connection, "add_campaign_participant(@campaigns/rivals, @friend)")


def test_functions_see_the_campaigns_that_the_policy_shows(platform: Platform):
    """ddp.visible_campaign repeats the policy's rule; the two must not drift apart."""
    connection = platform.login("superuser")
    campaigns = [row[0] for row in platform.owner.execute("select campaign_id from campaigns")]
    for caller in ("brand", "rival", "retailer", "friend", "admin"):
        with platform.acting(caller) as asking:
            by_policy = {row[0] for row in asking.execute("select campaign_id from campaigns")}
        with connection.transaction(force_rollback=True):
            platform.become(connection, caller)
            shown = {campaign for campaign in campaigns if function_shows(connection, campaign)}
        assert shown == by_policy, caller


def function_shows(connection, campaign):
    try:
        with connection.transaction():
            connection.execute("select ddp.visible_campaign(%s)", [campaign])
    except psycopg.Error as error:
        if error.sqlstate != "PT404":
            raise
        return False
    return True


CLAIM = "@fund_claims/retailers"
OWN = "@campaigns/active, @retailer, 500, 50"
WITH_FILE = "request_fund_claim(@campaigns/active, 1, 'other', null, array"


@pytest.mark.parametrize(
    ("caller", "statement", "state"),
    [
        *((caller, f"{step}_fund_claim({CLAIM})", state)
          for step in ("approve", "pay")
          for caller, state in (("retailer", "PT403"), ("rival", "PT404"), ("friend", "PT404"), ("editor", "PT403"),
                                ("viewer", "PT403"), ("former", "PT401"), ("asleep", "PT401"), ("stranger", "PT401"))),
        *((caller, f"refuse_fund_claim({CLAIM}, 'x')", state)
          for caller, state in (("retailer", "PT403"), ("rival", "PT404"), ("editor", "PT403"), ("former", "PT401"))),
        *((caller, f"withdraw_fund_claim({CLAIM})", state)
          for caller, state in (("brand", "PT403"), ("admin", "PT403"), ("rival", "PT404"), ("friend", "PT404"))),
        *((caller, f"set_campaign_fund({OWN})", state)
          for caller, state in (("retailer", "PT403"), ("rival", "PT404"), ("editor", "PT403"), ("viewer", "PT403"),
                                ("former", "PT401"), ("friend", "PT404"))),
        ("brand", "set_campaign_fund(@campaigns/active, @friend, 500, 50)", "PT404"),
        ("brand", "set_campaign_fund(@campaigns/active, @retailer, 99, 50)", "PT409"),
        ("brand", "set_campaign_fund(@campaigns/active, @retailer, -1, 50)", "PT422"),
        ("brand", "set_campaign_fund(@campaigns/active, @retailer, 'NaN', 50)", "PT422"),
        ("brand", "set_campaign_fund(@campaigns/active, @retailer, 500, 0)", "PT422"),
        ("brand", "set_campaign_fund(@campaigns/active, @retailer, 500, 101)", "PT422"),
        ("brand", "set_campaign_fund(@campaigns/active, @retailer, null, null)", "PT422"),
        *((caller, "request_fund_claim(@campaigns/active, 1)", state)
          for caller, state in (("brand", "PT404"), ("friend", "PT404"), ("rival", "PT404"), ("viewer", "PT403"))),
        ("retailer", "request_fund_claim(@campaigns/brands, 1)", "PT404"),
        ("retailer", "request_fund_claim(@campaigns/active, null)", "PT422"),
        ("retailer", "request_fund_claim(@campaigns/active, 'NaN')", "PT422"),
        ("retailer", "request_fund_claim(@campaigns/active, 1, null)", "PT422"),
        ("retailer", "request_fund_claim(@campaigns/active, 1, 'other', null, null)", "PT422"),
        ("retailer", "request_fund_claim(@campaigns/active, 1, 'other', null, '{null}')", "PT422"),
        ("retailer", f"{WITH_FILE}[@files/published]::uuid[])", "PT404"),
        ("retailer", f"{WITH_FILE}[@files/private]::uuid[])", "PT404"),
        ("retailer", "request_fund_claim(@campaigns/active, 1802)", "PT409"),
    ],
)  # fmt: skip
def test_of_funds_and_claims_is_refused(platform: Platform, caller, statement, state):
    with platform.acting(caller) as connection, refused(state):
        call(connection, statement)


def test_a_new_version_of_a_template(platform: Platform):
    new = "into templates (template_name, template_type, created_by_user_id, parent_template_id) values"
    with platform.acting("retailer") as connection:
        row = connection.execute(
            with_ids(f"insert {new} ('mine', 'email', @retailer, @templates/brands) returning version")
        )
        assert row.fetchone() == (2,)
        for parent, kind in (("brands_inactive", "email"), ("rivals", "email"), ("brands", "sms")):
            with refused("PT404", code="template-not-found"), connection.transaction():
                connection.execute(with_ids(f"insert {new} ('x', '{kind}', @retailer, @templates/{parent})"))
