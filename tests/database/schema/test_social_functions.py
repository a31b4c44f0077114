"""create_social_post, update_social_engagement and calculate_file_engagement_score."""

from __future__ import annotations

import psycopg
import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids


def post(connection, arguments):
    return connection.execute(
        with_ids(
            "select account_id, campaign_id, post_content, post_type, scheduled_at is null, published_at"
            f" from create_social_post({arguments})"
        )
    ).fetchone()


def test_a_post_of_an_own_account(platform: Platform):
    with platform.acting("retailer") as connection:
        row = post(connection, "@social_accounts/retailers, 'Hello', 'image', @campaigns/brands")
        assert row == (
            id_of("social_accounts/retailers"),
            id_of("campaigns/brands"),
            "Hello",
            "image",
            True,
            None,
        )
        assert post(connection, "@social_accounts/retailers, 'x', p_scheduled_at => 'tomorrow'")[4] is False
        assert connection.execute("select from social_posts").rowcount == 5


@pytest.mark.parametrize(
    ("caller", "arguments", "state", "code"),
    [
        ("brand", "@social_accounts/retailers, 'x'", "PT404", "account-not-found"),
        ("admin", "@social_accounts/retailers, 'x'", "PT404", "account-not-found"),
        ("asleep", "@social_accounts/brands, 'x'", "PT401", "account-inactive"),
        ("retailer", "@social_accounts/retailers, 'x', 'text', @campaigns/rivals", "PT404", "campaign-not-found"),
        ("retailer", "@social_accounts/retailers, ' '", "PT422", "invalid-content"),
        ("retailer", "@social_accounts/retailers, repeat('x', 63207)", "PT422", "invalid-content"),
        ("retailer", "@social_accounts/retailers, 'x', 'poem'", "PT422", "invalid-post-type"),
        ("retailer", "@social_accounts/retailers, 'x', p_scheduled_at => 'now'", "PT422", "invalid-schedule"),
        ("retailer", "@social_accounts/retailers, 'x', p_scheduled_at => '2099-01-01'", "PT422", "invalid-schedule"),
        ("retailer", "@social_accounts/retailers, 'x', p_metadata => '1'", "PT422", "invalid-json"),
    ],
)  # fmt: skip
def test_posts_that_are_refused(platform: Platform, caller, arguments, state, code):
    with platform.acting(caller) as connection, refused(state, code=code):
        post(connection, arguments)


def test_no_post_for_a_disconnected_account(platform: Platform):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute("update social_accounts set status = 'disconnected'")
        platform.become(connection, "retailer")
        with refused("PT409", code="account-disconnected"):
            post(connection, "@social_accounts/retailers, 'x'")


MEASURE = "select update_social_engagement(@social_posts/brands, %s, %s, %s)"


PUBLISH = """
update social_posts set status = 'published', published_at = '2025-12-01 00:00+00', external_post_id = 'x'
where post_id = @social_posts/brands
"""


def measure(connection, kind="like", count=1, at="2026-01-01 00:00+00"):
    return connection.execute(with_ids(MEASURE), [kind, count, at]).fetchone()[0]


def test_the_same_measurement_again_replaces_the_first(platform: Platform):
    with platform.acting("worker") as connection:
        connection.execute(with_ids(PUBLISH))
        first = measure(connection)
        assert measure(connection, count=2) == first
        assert measure(connection, at="2026-01-02 00:00+00") != first
        assert measure(connection, kind="share") != first
        found = connection.execute(
            "select engagement_count from social_engagement where engagement_id = %s", [first]
        )
        assert found.fetchall() == [(2,)]


@pytest.mark.parametrize(
    "changes", [{"count": -1}, {"count": None}, {"kind": ""}, {"kind": None}, {"kind": "x" * 51}, {"kind": "applause"},
        {"at": "2099-01-01"}, {"at": "2025-11-30"}]
)  # fmt: skip
def test_measurements_that_are_none(platform: Platform, changes):
    with platform.acting("worker") as connection:
        connection.execute(with_ids(PUBLISH))
        with refused("PT422", code="invalid-measurement"):
            measure(connection, **changes)


def test_a_measurement_of_a_draft(platform: Platform):
    with platform.acting("worker") as connection, refused("PT409", code="not-published"):
        measure(connection)


@pytest.mark.parametrize(
    ("caller", "post"), [("brand", "retailers"), ("retailer", "brands"), ("rival", "brands")]
)
def test_readings_of_others_cannot_be_asked_for(platform: Platform, caller, post):
    with platform.acting(caller) as connection, refused("PT404", code="post-not-found"):
        connection.execute(with_ids(f"select measure_social_post(@social_posts/{post})"))


@pytest.mark.parametrize("caller", ["brand", "retailer"])
def test_nobody_but_an_administrator_sets_what_reading_may_cost(platform: Platform, caller):
    with platform.acting(caller) as connection, refused("PT403", code="not-an-admin"):
        connection.execute(with_ids("select set_social_read_budget(@brand, 1000)"))


def test_a_measurement_of_nothing(platform: Platform):
    with platform.acting("worker") as connection, refused("PT404", code="post-not-found"):
        connection.execute("select update_social_engagement(%s, 'like', 1)", [id_of("no post")])


def score(connection, file="files/private"):
    found = connection.execute("select calculate_file_engagement_score(%s)", [id_of(file)])
    return float(found.fetchone()[0])


def test_the_score_weighs_what_others_did_lately(platform: Platform):
    connection = platform.login("superuser")
    add = (
        "insert into file_actions (file_id, user_id, action_type, action_timestamp)"
        " values (%s, %s, %s, now() - %s * interval '1 day')"
    )
    with connection.transaction(force_rollback=True):
        platform.become(connection, "brand")
        connection.execute("delete from file_actions")
        assert score(connection) == 0
        for user, action, days, expected in (
            ("brand", "DOWNLOAD", 0, 0),  # the owner
            ("friend", "EDIT", 0, 0),  # no engagement
            ("friend", "DOWNLOAD", 91, 0),  # long ago
            ("friend", "SHARE", 0, 5),
            ("friend", "DOWNLOAD", 0, 8),
            (None, "VIEW", 0, 9),
            ("friend", "DOWNLOAD", 30, 10.5),
        ):
            connection.execute(add, [id_of("files/private"), user and id_of(user), action, days])
            assert score(connection) == pytest.approx(100 * expected / (expected + 50), abs=0.01), (
                user,
                action,
            )


@pytest.mark.parametrize(
    ("caller", "file", "state"),
    [
        ("rival", "files/private", "PT404"),
        ("retailer", "files/published", "PT403"),
        ("asleep", "files/asleeps", "PT401"),
    ],
)
def test_who_does_not_see_the_score(platform: Platform, caller, file, state):
    with platform.acting(caller) as connection, refused(state):
        score(connection, file)


def test_admins_see_every_score(platform: Platform):
    with platform.acting("admin") as connection:
        assert score(connection, "files/published") > 0


def history_shows(connection, post_id) -> bool:
    try:
        with connection.transaction():
            connection.execute("select ddp.social_post_history(%s)", [post_id])
            connection.execute("select from social_post_polls(%s)", [post_id])
    except psycopg.Error as error:
        if error.sqlstate not in ("PT404", "PT401"):
            raise
        return False
    return True


def test_functions_see_the_posts_that_the_policy_shows(platform: Platform):
    """ddp.visible_social_post and ddp.social_faces repeat the policy's rule; they must not drift apart from it."""
    posts = dict(platform.owner.execute("select post_id, account_id from social_posts").fetchall())
    shown_to_all: set[object] = set()
    for caller in ("brand", "rival", "retailer", "friend", "admin", "asleep", "stranger", "claimless"):
        with platform.acting(caller) as connection:
            by_policy = dict(connection.execute("select post_id, account_id from social_posts").fetchall())
            own = {row[0] for row in connection.execute("select account_id from social_accounts")}
            faces = connection.execute(
                "select account_id from ddp.social_faces(%s)", [list(set(posts.values()))]
            )
            assert {row[0] for row in faces} == set(by_policy.values()) | own & set(posts.values()), caller
            assert {post for post in posts if history_shows(connection, post)} == set(by_policy), caller
            shown_to_all |= set(by_policy)
    assert shown_to_all == set(posts)


def test_used_quotas_are_told_for_own_accounts_only(platform: Platform):
    asked = (
        "select quota, owner_id, used from ddp.social_quotas_used(jsonb_build_array("
        "jsonb_build_object('quota', 'x/posts/1', 'owner_id', @social_accounts/brands),"
        " jsonb_build_object('quota', 'x/posts/1')))"
    )
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(
            with_ids(
                "insert into ddp.social_quotas (quota, owner_id, cap, reserved, charged, ends_at) values"
                " ('x/posts/1', @social_accounts/brands, 100, 2, 3, now())"
            )
        )
        account = id_of("social_accounts/brands")
        for caller, rows in (
            ("brand", {("x/posts/1", account, 5), ("x/posts/1", None, 0)}),
            ("admin", {("x/posts/1", account, 5), ("x/posts/1", None, 0)}),
            ("rival", {("x/posts/1", None, 0)}),
        ):
            platform.become(connection, caller)
            assert set(connection.execute(with_ids(asked)).fetchall()) == rows, caller
            connection.execute("reset role")
