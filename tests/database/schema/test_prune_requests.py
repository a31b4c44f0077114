"""Old requests are deleted in portions by permitted callers; requests in progress never are."""

from __future__ import annotations

import pytest

from tests.database.schema.platform import Platform, id_of, refused

CLEANUPS = (
    "cleanup_old_idempotency_keys",
    "cleanup_old_uploads",
    "cleanup_old_product_imports",
    "cleanup_old_invitations",
)

KEYS = """
    insert into idempotency_keys (user_id, idempotency_key, route, request_hash, created_at)
    select %s, 'key ' || days, 'POST /uploads', '', now() - days * interval '1 day' - interval '1 minute'
    from generate_series(0, 9) days
"""
UPLOADS = """
    insert into uploads (created_by_user_id, file_name, content_type, file_type, file_size, content_sha256, method,
        state, rejection_code, rejection_reason, created_at, expires_at, settled_at)
    select %(user)s, state || ' ' || days, 'image/png', 'image', 1, sha256('x'), 'single', state,
        case state when 'rejected' then 'empty-file' end, case state when 'rejected' then 'It is empty.' end,
        now() - interval '500 days', now() - days * interval '1 day',
        case when state <> 'pending' then now() - days * interval '1 day' end
    from unnest('{pending,live,rejected}'::upload_state[]) state, unnest('{-1,29,91,400}'::int[]) days
"""


@pytest.fixture
def connection(session, platform: Platform):
    """A worker's transaction, with keys and uploads of many ages."""
    session.execute("delete from uploads")
    session.execute(KEYS, [id_of("brand")])
    session.execute(UPLOADS, {"user": id_of("brand")})
    session.execute("set local role service_role")
    return session


def column(connection, query: str) -> list:
    connection.execute("reset role")
    values = [row[0] for row in connection.execute(query)]
    connection.execute("set local role service_role")
    return values


def removed(connection, call: str) -> int:
    return connection.execute(f"select {call}".encode()).fetchone()[0]


def test_keys_that_are_older_than_is_kept_are_forgotten(connection):
    assert removed(connection, "cleanup_old_idempotency_keys('5 days')") == 5
    left = column(
        connection, "select idempotency_key from idempotency_keys where idempotency_key like 'key %'"
    )
    assert sorted(left) == [f"key {day}" for day in range(5)]
    assert removed(connection, "cleanup_old_idempotency_keys('5 days')") == 0


def test_the_oldest_keys_go_first_and_no_more_than_asked_for(connection):
    assert removed(connection, "cleanup_old_idempotency_keys('1 day', 4)") == 4
    left = column(
        connection, "select idempotency_key from idempotency_keys where idempotency_key like 'key %'"
    )
    assert sorted(left) == [f"key {day}" for day in range(6)]


def test_uploads_that_are_over_go_and_those_under_way_stay(connection):
    files = column(connection, "select count(*) from files")
    assert removed(connection, "cleanup_old_uploads()") == 6
    left = column(connection, "select file_name from uploads order by 1")
    assert left == [f"{state} {days}" for state in ("live", "pending", "rejected") for days in (-1, 29)]
    assert column(connection, "select count(*) from files") == files


def test_uploads_go_in_portions(connection):
    assert [removed(connection, "cleanup_old_uploads('90 days', 4)") for _ in range(3)] == [4, 2, 0]


def test_imports_that_are_over_go_with_their_rejected_lines(connection):
    connection.execute("reset role")
    connection.execute("delete from product_imports")
    connection.execute(
        "with i as (insert into product_imports (file_id, created_by_user_id, state, created_at, ended_at)"
        " select %s, %s, case when days < 0 then 'pending' else 'done' end, now() - interval '1 year',"
        " case when days >= 0 then now() - days * interval '1 day' end from unnest('{-1,89,91,92}'::int[]) days"
        " returning product_import_id, created_by_user_id)"
        " insert into product_import_rejections (product_import_id, line, created_by_user_id, code, reason)"
        " select product_import_id, 1, created_by_user_id, 'x', 'x' from i",
        [id_of("files/private"), id_of("brand")],
    )
    connection.execute("set local role service_role")
    assert [removed(connection, "cleanup_old_product_imports('90 days', 1)") for _ in range(3)] == [1, 1, 0]
    assert column(connection, "select state from product_imports order by 1") == ["done", "pending"]
    assert column(connection, "select count(*) from product_import_rejections") == [2]


def test_invitations_that_came_to_nothing_go_and_members_stay(connection):
    """An address of somebody who never came is not kept; who was a member is known."""
    connection.execute("reset role")
    connection.execute(
        "insert into account_members (account_id, invited_email, member_role, expires_at, ended_at)"
        " select %s, name || '@example.com', 'viewer', now() - expired * interval '1 day',"
        " now() - withdrawn * interval '1 day'"
        " from (values ('expired', 91, null), ('withdrawn', -5, 91), ('recent', 89, null), ('open', -5, null))"
        " as i (name, expired, withdrawn)",
        [id_of("brand")],
    )
    connection.execute(
        "insert into user_invitations (invited_email, user_type, expires_at, ended_at)"
        " select name || '@example.com', 'brand', now() - expired * interval '1 day',"
        " now() - withdrawn * interval '1 day'"
        " from (values ('expired', 91, null), ('withdrawn', -5, 91), ('recent', 89, null), ('open', -5, null))"
        " as i (name, expired, withdrawn)"
    )
    connection.execute("set local role service_role")
    members = column(connection, "select count(*) from account_members where accepted_at is not null")
    assert [removed(connection, "cleanup_old_invitations('90 days', 3)") for _ in range(2)] == [3, 1]
    to_platform = "select invited_email from user_invitations where invited_email like '%e%@%' order by 1"
    assert column(connection, to_platform) == [
        f"{name}@example.com" for name in ("newcomer", "open", "recent")
    ]
    left = "select invited_email from account_members where accepted_at is null order by 1"
    assert column(connection, left) == [f"{name}@example.com" for name in ("invited", "open", "recent")]
    assert column(connection, "select count(*) from account_members where accepted_at is not null") == members


@pytest.mark.parametrize(
    "call",
    [
        "cleanup_old_idempotency_keys('23 hours')",
        "cleanup_old_idempotency_keys(null)",
        "cleanup_old_uploads('29 days')",
        "cleanup_old_uploads('-1 year')",
        "cleanup_old_product_imports('6 days')",
    ],
)
def test_what_may_still_be_asked_for_is_kept(platform: Platform, call: str):
    with platform.acting("worker") as connection, refused("PT422", code="retention-too-short"):
        removed(connection, call)


@pytest.mark.parametrize("limit", ["0", "-1", "100001", "null"])
@pytest.mark.parametrize("function", CLEANUPS)
def test_a_portion_has_bounds(platform: Platform, function: str, limit: str):
    with platform.acting("admin") as connection, refused("PT422", code="invalid-limit"):
        removed(connection, f"{function}('1 year', {limit})")


@pytest.mark.parametrize("caller", ["brand", "retailer", "asleep", "stranger", "claimless"])
@pytest.mark.parametrize("function", CLEANUPS)
def test_it_is_for_workers_and_administrators(platform: Platform, function: str, caller: str):
    with platform.acting(caller) as connection, refused("PT403", code="not-an-admin"):
        removed(connection, f"{function}()")
    for allowed in ("admin", "worker"):
        with platform.acting(allowed) as connection:
            assert removed(connection, f"{function}()") >= 0


@pytest.mark.parametrize("function", CLEANUPS)
def test_nobody_without_an_account_may_call_it(platform: Platform, function: str):
    with platform.acting("anonymous") as connection, refused("42501"):
        removed(connection, f"{function}()")


def test_what_another_holds_is_left_for_the_next_time(platform: Platform):
    """If someone repeats a request with an old key at this moment, nobody waits."""
    owner, holder = platform.owner, platform.database.connect("superuser", autocommit=False)
    owner.execute(KEYS, [id_of("rival")])
    try:
        holder.execute("select from idempotency_keys where idempotency_key = 'key 9' for update")
        with owner.transaction():
            owner.execute("set local lock_timeout = '1s'")
            assert removed(owner, "cleanup_old_idempotency_keys('7 days')") == 2
        holder.rollback()
        assert removed(owner, "cleanup_old_idempotency_keys('7 days')") == 1
    finally:
        owner.execute("delete from idempotency_keys where idempotency_key like 'key %'")
