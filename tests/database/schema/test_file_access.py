"""ddp.file_access, which decides who sees a file besides its owner, follows every change of its sources."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from psycopg import IsolationLevel

from tests.database.conftest import SCHEMA
from tests.database.schema.platform import Platform, id_of, populate, refused, with_ids

# Of live files: users with a share that has not been revoked or expired, brands of claims that they prove, everyone,
# retailers.
EXPECTED = """
    select f.file_id, s.user_id::text as audience, max(s.expires_at) as expires_at, f.created_at
    from files f join (
        select file_id, shared_with_user_id as user_id, expires_at from file_shares
        where shared_with_user_id is not null and revoked_at is null and expires_at > now()
        union all
        select file_id, campaign_owner_id, 'infinity' from fund_claim_files
    ) s using (file_id)
    where f.deleted_at is null
    group by 1, 2, 4
    union all
    select distinct f.file_id, 'everyone', timestamptz 'infinity', f.created_at
    from files f join collection_files using (file_id) join collections c using (collection_id)
    where f.deleted_at is null and c.is_public and c.created_by_user_id = f.created_by_user_id
    union all
    select f.file_id, g.audience, coalesce(a.available_until, 'infinity'), f.created_at
    from files f join brand_assets a using (file_id)
    cross join lateral (
        select 'retailer' where a.group_ids is null union all select distinct 'group:' || i from unnest(a.group_ids) i
    ) g (audience)
    where f.deleted_at is null and a.unpublished_at is null and (a.available_from is null or a.available_from <= now())
        and (a.available_until is null or a.available_until > now())
"""
DRIFT = f"""
    select file_id, audience from (
        (table ddp.file_access except ({EXPECTED})) union all (({EXPECTED}) except table ddp.file_access)
    ) _
""".encode()

SHARE = (
    "insert into file_shares (file_id, created_by_user_id, shared_with_user_id, expires_at)"
    " select {file}, @brand, {user}, now() + {until}"
)
LATER = SHARE.format(file="@files/shared", user="@friend", until="interval '1 month'")
CHANGES = {
    "shared": SHARE.format(file="@files/private", user="@rival", until="interval '1 hour'"),
    "shared in the trash": SHARE.format(file="@files/in_trash", user="@rival", until="interval '1 hour'"),
    "shared with many": "insert into file_shares (file_id, created_by_user_id, shared_with_user_id, expires_at)"
    " select f.file_id, @brand, u.user_id, now() + interval '1 hour' from files f, users u",
    "shared until later": LATER,
    "the later share revoked": f"{LATER};"
    " update file_shares set revoked_at = now() where expires_at > now() + interval '2 days'",
    "the earlier share revoked": f"{LATER};"
    " update file_shares set revoked_at = now() where share_id = @file_shares/to_friend",
    "revoked": "update file_shares set revoked_at = now() where share_id = @file_shares/to_friend",
    "not revoked after all": "update file_shares set revoked_at = null where share_id = @file_shares/revoked",
    "longer": "update file_shares set expires_at = expires_at + interval '1 year' where revoked_at is null",
    "over": "update file_shares set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'",
    "another file": "update file_shares set file_id = @files/private where share_id = @file_shares/to_friend",
    "another user": "update file_shares set shared_with_user_id = @rival where share_id = @file_shares/to_friend",
    "a link instead": "update file_shares set shared_with_user_id = null"
    " where share_id = @file_shares/to_friend",
    "a proof": "insert into fund_claim_files (claim_id, file_id, retailer_id, campaign_owner_id)"
    " values (@fund_claims/retailers, @files/retailers, @retailer, @brand)",
    "a proof that is shared, too": "insert into file_shares"
    " (file_id, created_by_user_id, shared_with_user_id, expires_at)"
    " values (@files/proof, @retailer, @brand, now() + interval '1 day'); delete from fund_claim_files",
    "no proof": "delete from fund_claim_files",
    "removed": "delete from file_shares where share_id = @file_shares/to_friend",
    "all removed": "delete from file_shares",
    "all to the trash": "update files set deleted_at = now()",
    "all out of the trash": "update files set deleted_at = null, content_sha256 = null",
    "another time in the trash": "update files set deleted_at = deleted_at + interval '1 hour'",
    "published": "insert into brand_assets (file_id, asset_name, asset_type, created_by_user_id)"
    " values (@files/private, 'x', 'logo', @brand)",
    "for a group": "update brand_assets set group_ids = array[@retailer_groups/brands, @retailer_groups/tier]::uuid[]"
    " where created_by_user_id = @brand",
    "for all again": "update brand_assets set group_ids = null",
    "opened": "update brand_assets set available_from = null",
    "not yet": "update brand_assets set available_from = now() + interval '1 day', available_until = null",
    "until tomorrow": "update brand_assets set available_until = now() + interval '1 day', available_from = null",
    "ended": "update brand_assets set available_until = now() - interval '1 day', available_from = null",
    "all withdrawn": "update brand_assets set unpublished_at = now()",
    "all collections public": "update collections set is_public = true",
    "none public": "update collections set is_public = false",
    "purged": "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)"
    " values (@files/new, 'new.pdf', 'pdf', 1, 'files/new', @brand);"
    + SHARE.format(file="@files/new", user="@friend", until="interval '1 hour'")
    + "; delete from files where file_id = @files/new",
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_follows(platform: Platform, change: str):
    owner = platform.owner
    with owner.transaction(force_rollback=True):
        assert owner.execute(DRIFT).fetchall() == []
        for statement in CHANGES[change].split(";"):
            owner.execute(with_ids(statement))
        assert owner.execute(DRIFT).fetchall() == []


def test_a_file_that_is_loaded_with_its_flags_set_is_seen_at_once(platform: Platform):
    owner = platform.owner
    with owner.transaction(force_rollback=True):
        owner.execute(
            with_ids(
                "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, is_public,"
                " is_brand_asset) values (@files/new, 'new.pdf', 'pdf', 1, 'files/new', @brand, true, true)"
            )
        )
        rows = owner.execute("select audience from ddp.file_access where file_id = %s", [id_of("files/new")])
        assert {row[0] for row in rows} == {"everyone", "retailer"}


def test_it_is_filled_from_what_was_there_before(database):
    owner = database.connect()
    populate(owner)
    owner.execute("delete from fund_claim_files")  # which are newer
    owner.execute("delete from ddp.file_access")
    assert owner.execute(DRIFT).fetchall() != []
    owner.execute(Path(SCHEMA, "migrations/0075_fill_file_access.sql").read_bytes())
    assert owner.execute(DRIFT).fetchall() == []
    owner.execute("update ddp.file_access set file_created_at = null")
    assert owner.execute(DRIFT).fetchall() != []
    owner.execute(Path(SCHEMA, "migrations/0168_fill_orders_of_shares.sql").read_bytes())
    assert owner.execute(DRIFT).fetchall() == []


@pytest.mark.parametrize(
    ("caller", "lets_in"),
    [
        ("rival", {("files/public", "everyone")}),
        (
            "retailer",
            {
                ("files/public", "everyone"),
                ("files/published", "retailer"),
                ("files/licensed", "retailer"),
                ("files/for_group", f"group:{id_of('retailer_groups/brands')}"),
            },
        ),
        (
            "friend",
            {
                ("files/public", "everyone"),
                ("files/published", "retailer"),
                ("files/licensed", "retailer"),
                ("files/shared", str(id_of("friend"))),
            },
        ),
        ("asleep", set()),
        ("stranger", set()),
        ("claimless", set()),
    ],
)
def test_a_caller_sees_what_lets_it_in_and_no_others(platform: Platform, caller: str, lets_in: set):
    with platform.acting(caller) as connection:
        rows = connection.execute("select file_id, audience from ddp.file_access").fetchall()
    assert set(rows) == {(id_of(file), audience) for file, audience in lets_in}


@pytest.mark.parametrize("caller", ["anonymous", "worker"])
def test_nobody_else_reads_it(platform: Platform, caller: str):
    with platform.acting(caller) as connection, refused("42501"):
        connection.execute("select from ddp.file_access")


@pytest.mark.parametrize("statement", ["insert into ddp.file_access select file_id, 'everyone', 'infinity' from files",
                                       "update ddp.file_access set expires_at = 'infinity'",
                                       "delete from ddp.file_access"])  # fmt: skip
@pytest.mark.parametrize("caller", ["brand", "admin", "worker"])
def test_nobody_writes_it(platform: Platform, caller: str, statement: str):
    with platform.acting(caller) as connection, refused("42501"):
        connection.execute(statement.encode())


def test_a_share_ends_at_its_time_though_nothing_runs_then(platform: Platform, database):
    connection = database.connect(autocommit=False)
    populate(connection)
    connection.execute(
        "update ddp.file_access set expires_at = clock_timestamp() where audience = %s",
        [str(id_of("friend"))],
    )
    connection.commit()
    platform = Platform(database)
    with platform.acting("friend") as session:
        assert session.execute("select from files where file_id = %s", [id_of("files/shared")]).rowcount == 0


@pytest.mark.parametrize("first_ends", ["commit", "rollback"])
@pytest.mark.parametrize(
    ("first_does", "second_does"), [(CHANGES["removed"], LATER), (LATER, CHANGES["removed"])]
)
def test_two_at_once_do_not_leave_access_behind_or_take_it_away(
    database, first_does: str, second_does: str, first_ends: str
):
    """One removes the only share, the other shares the file with the same user again; neither sees the other."""
    owner = database.connect()
    populate(owner)
    first, second = database.connect(autocommit=False), database.connect(autocommit=False)
    first.execute(with_ids(first_does))
    waiting = threading.Thread(target=second.execute, args=(with_ids(second_does),))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive(), "the second transaction did not wait for the first"
    getattr(first, first_ends)()
    waiting.join()
    second.commit()
    assert owner.execute(DRIFT).fetchall() == []


@pytest.mark.parametrize(
    "change", ["revoked", "removed", "shared", "all to the trash", "published", "none public"]
)
@pytest.mark.parametrize("level", [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE])
def test_a_transaction_that_would_miss_what_was_revoked_since_it_began_is_refused(
    platform: Platform, level: IsolationLevel, change: str
):
    connection = platform.database.connect()
    connection.isolation_level = level
    with connection.transaction(force_rollback=True), refused("0A000"):
        connection.execute(with_ids(CHANGES[change]))


@pytest.mark.parametrize(
    ("ends", "table"),
    [
        ("select revoke_file_share(@file_shares/to_friend)", "file_shares"),
        ("select unpublish_brand_asset(@brand_assets/published)", "brand_assets"),
    ],
)
def test_who_ends_it_locks_the_file_first_as_all_do(database, ends: str, table: str):
    """In another order, two transactions could deadlock."""
    owner = database.connect()
    populate(owner)
    first, second = database.connect(autocommit=False), database.connect()
    second.execute(
        "select set_config('request.jwt.claims', %s, false)", [json.dumps({"sub": str(id_of("brand"))})]
    )
    first.execute("select from files order by file_id for no key update")
    waiting = threading.Thread(target=second.execute, args=(with_ids(ends),))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    first.execute(f"select from {table} for update nowait".encode())
    first.commit()
    waiting.join()
    assert owner.execute(DRIFT).fetchall() == []
