"""functions/client/database.types.ts: current, and right about what is never null."""

from __future__ import annotations

import pytest

from infra.cli.typegen import types
from infra.cli.typegen.never_null import never_null_columns
from tests.database.schema.platform import Platform
from tests.database.servers import DEFAULT

TABLES = """
    create table public.base (
        id int primary key, needed text not null, maybe text, amount int not null, j jsonb not null
    );
    create table public.side (id int primary key, count int not null);
"""
# Expression of a view's only column → whether it is never null.
VIEWS = {
    "select b.needed as x from base b": True,
    "select b.maybe as x from base b": False,
    "select s.count as x from base b left join side s on s.id = b.id": False,
    "select b.needed as x from base b left join side s on s.id = b.id": True,
    "select coalesce(s.count, 0) as x from base b left join side s on s.id = b.id": True,
    "select coalesce(b.maybe, b.maybe) as x from base b": False,
    "select coalesce(b.maybe, b.needed) as x from base b": True,
    "select coalesce(sum(b.amount), 0)::bigint as x from base b": True,
    "select sum(b.amount) as x from base b": False,
    "select count(*) as x from base b": True,
    "select row_number() over () as x from base b": True,
    "select lag(b.id) over () as x from base b": False,
    "select b.needed as x from base b group by b.needed": True,
    "select b.needed as x from base b group by rollup (b.needed)": False,
    "select b.amount + b.id as x from base b": True,
    "select b.j -> 'x' as x from base b": False,
    "select b.j::int as x from base b": False,
    "select b.needed::varchar(10) as x from base b": False,
    "select nullif(b.id, 1) as x from base b": False,
    "select upper(b.needed) as x from base b": False,
    "select case when b.id > 1 then b.id end as x from base b": False,
    "select q.x from (select b.needed as x from base b limit 1) q": True,
    "select q.x from (select b.id as x from base b union all select s.id from side s) q": True,
    "select q.x from (select b.needed as x from base b union all select b.maybe from base b) q": False,
    "select (select s.count from side s where s.id = b.id) as x from base b": False,
    "select f as x from generate_series(1, 2) f": False,
    "select 'a \\b (c) {d} :e \"f\"'::text as x": True,
}


@pytest.fixture(autouse=True)
def newest(platform: Platform) -> None:
    if platform.database.server.kind != DEFAULT:
        pytest.skip("`ddp types` reads a database of the newest PostgreSQL")


def test_the_types_are_current(platform: Platform):
    """If tables, views, functions or grants have changed, run `ddp generate` and commit."""
    for path, text in types.contents(platform.database.url).items():
        assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("query", "expected"), VIEWS.items())
def test_what_is_never_null_is_proved(platform: Platform, query: str, expected: bool):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute(TABLES.encode())
        platform.owner.execute(f"create view public.planted as {query}".encode())
        not_null = set(platform.owner.execute(types.SQL.not_null).fetchall())
        (action,) = platform.owner.execute(
            "select ev_action::text from pg_rewrite where ev_class = 'public.planted'::regclass"
        ).fetchone()
        assert never_null_columns(action, not_null) == ([1] if expected else [])


def test_the_lists_of_columns_leave_out_what_is_hidden(platform: Platform):
    lists = dict(platform.owner.execute(types.SQL.readable).fetchall())
    assert set(lists) == {
        "social_accounts", "suppressions", "inbound_messages", "phone_consents", "origination_identities",
    }  # fmt: skip
    assert "access_token_encrypted" not in lists["social_accounts"]
    assert "address_hash" not in lists["suppressions"]
    assert "phone_hash" not in lists["phone_consents"]
    assert "provider_arn" not in lists["origination_identities"]
    assert not {"phone", "phone_hash"} & set(lists["inbound_messages"])
    with platform.acting("brand") as connection:
        for table, columns in lists.items():
            connection.execute(f"select {', '.join(columns)} from {table}".encode())
