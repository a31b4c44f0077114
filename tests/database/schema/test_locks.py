"""Which tables a caller can lock as a whole: LOCK TABLE needs UPDATE, DELETE or TRUNCATE on the whole table."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from tests.database.schema.platform import Platform

# Clients delete rows of these tables themselves, and PostgreSQL's right to delete includes every lock. Only one's own
# SQL can use it: neither the HTTP functions nor PostgREST run a client's statements (infra/docs/threat-model.md).
LOCKABLE = {
    "collections",
    "collection_files",
    "devices",
    "email_campaigns",
    "geography",
    "sending_windows",
    "sms_prices",
    "product_variants",
    "products",
    "sms_campaigns",
    "watch_models",
    "wish_list_items",
}
# Any of these keeps others from writing.
MODES = ("share update exclusive", "share", "share row exclusive", "exclusive", "access exclusive")


def tables(platform: Platform) -> list[str]:
    """Every table and partition of ours, as `schema.table`."""
    return [
        row[0]
        for row in platform.owner.execute(
            "select format('%s.%s', relnamespace::regnamespace, relname) from pg_class"
            " where relnamespace in ('public'::regnamespace, 'ddp'::regnamespace) and relkind in ('r', 'p')"
        )
    ]


def can_lock(connection: psycopg.Connection, table: str, mode: str) -> bool:
    statement = sql.SQL(f"lock table {{}} in {mode} mode nowait").format(sql.Identifier(*table.split(".")))
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("caller", "expected"), [("brand", LOCKABLE), ("admin", LOCKABLE), ("anonymous", set())]
)
def test_callers_lock_only_what_they_may_delete_from(
    platform: Platform, caller: str, expected: set[str], mode: str
) -> None:
    names = tables(platform)
    with platform.acting(caller) as connection:
        lockable = {table.removeprefix("public.") for table in names if can_lock(connection, table, mode)}
    assert lockable == expected


def test_a_grant_on_the_whole_table_is_found(platform: Platform) -> None:
    with platform.owner.transaction(force_rollback=True):
        assert not can_lock_as_client(platform, "public.files")
        platform.owner.execute("grant update on files to authenticated")
        assert can_lock_as_client(platform, "public.files")


def can_lock_as_client(platform: Platform, table: str) -> bool:
    row = platform.owner.execute(
        "select has_table_privilege('authenticated', %s, 'UPDATE, DELETE, TRUNCATE')", [table]
    ).fetchone()
    return row == (True,)
