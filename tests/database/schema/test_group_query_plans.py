"""Lists cost a retailer what they did before, with 10,000 groups and 100,000 memberships, 100 of them its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.database.schema.platform import Platform, with_ids
from tests.database.schema.test_query_plans import rows_read, walk

PAGE = 50
CROWD = """
    set local session_replication_role = replica;
    insert into users (user_id, user_email, user_name, user_type, is_active)
    select md5('crowd' || n)::uuid, n ||
        chr(64) || 'crowd.example', 'R', 'retailer', true from generate_series(1, 999) n;
    insert into retailer_groups (group_id, brand_id, group_name)
    select md5('group' || n)::uuid, @brand, 'g' || n from generate_series(1, 10000) n;
    insert into retailer_group_members (group_id, retailer_id, brand_id, is_explicit, from_rule)
    select md5('group' || (1 + (n * 7919) % 10000))::uuid,
        case when n % 1000 = 0 then @friend::uuid else md5('crowd' || n % 1000)::uuid end, @brand, true, false
    from generate_series(1, 100000) n on conflict do nothing;
    insert into retailer_group_members (group_id, retailer_id, brand_id, is_explicit, from_rule)
    select md5('group' || n)::uuid, @friend, @brand, true, false from generate_series(1, 100) n on conflict do nothing;
    insert into files
        (file_id, file_name, file_type, file_size, file_path, created_by_user_id, created_at, is_brand_asset)
    select md5('file' || n)::uuid, 'f' || n, 'image', n, 'files/x', @brand, now() - n * interval '1 minute', true
    from generate_series(1, 20000) n;
    insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id, created_at, group_ids)
    select file_name, 'x', file_id, created_by_user_id, created_at,
        case when file_size % 4 = 0 then array[md5('group' || 1 + file_size % 10000)::uuid] end
    from files where file_name ~ '^f[0-9]+$';
    insert into ddp.file_access (file_id, audience, expires_at, file_created_at)
    select a.file_id, coalesce('group:' || a.group_ids[1], 'retailer'), 'infinity', a.created_at
    from brand_assets a where a.asset_name ~ '^f[0-9]+$';
    reset session_replication_role;
    analyze users, retailer_groups, retailer_group_members, files, brand_assets, ddp.file_access;
"""
LISTS = {
    "files": "select * from files where is_brand_asset and deleted_at is null order by created_at desc, file_id desc",
    "assets": "select * from brand_assets where unpublished_at is null order by created_at desc, asset_id desc",
    "own": "select * from files where created_by_user_id = @brand and deleted_at is null"
    " order by created_at desc, file_id desc",
}


@pytest.fixture(scope="module")
def crowd(platform: Platform) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's transaction, which sees uncommitted rows in the API's role."""
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        for statement in CROWD.strip().split(";\n"):
            connection.execute(with_ids(statement))
        connection.execute("set local role authenticated")
        yield connection


def cost(platform: Platform, connection: psycopg.Connection[Any], name: str, caller: str) -> tuple[int, int]:
    """Rows and blocks that a page reads."""
    platform.become(connection, caller)
    query = with_ids(f"explain (analyze, buffers, format json) {LISTS[name]} limit {PAGE}")
    connection.execute(query)  # fills caches
    plan = connection.execute(query).fetchone()[0][0]["Plan"]
    assert plan["Actual Rows"] == PAGE
    read = sum(rows_read(node) for node in walk(plan) if node["Node Type"].endswith("Scan"))
    return int(read), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.mark.parametrize("name", ["files", "assets"])
def test_a_retailer_in_a_hundred_groups_reads_what_one_in_none_does(platform: Platform, crowd, name: str):
    rows, blocks = cost(platform, crowd, name, "friend")
    rows_without, blocks_without = cost(platform, crowd, name, "retailer")
    assert rows <= 2.5 * PAGE, "an asset in four is for a group of others"
    assert rows <= rows_without + 2 * PAGE
    # The caller's groups are read once, and each file is looked up in one index.
    assert blocks <= blocks_without + 110
    assert blocks_without <= 6 * rows_without


def test_a_brands_own_files_cost_what_they_did(platform: Platform, crowd):
    rows, _ = cost(platform, crowd, "own", "brand")
    assert rows <= 1.1 * PAGE
