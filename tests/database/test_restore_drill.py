"""A restore, as infra/docs/operate.md describes it: dump, another server, restore, verify, and both ledgers equal.

The server that is restored to is empty. Roles belong to no database, so a dump does not have them: applying the schema
once to a database of no use makes them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ddp import migrator
from functions.maintenance.seed import development
from functions.maintenance.seed.development import Scale
from infra.local.postgres.binaries import find_binaries
from tests.database.servers import BINARIES, SCHEMA, Database, DatabaseServer

# What is compared row by row. All other tables are compared by their numbers of rows.
LEDGERS = ("email_sends", "sms_sends", "send_plans", "ddp.send_calls", "suppressions")


@pytest.fixture
def other_server(server: DatabaseServer) -> Iterator[DatabaseServer]:
    """A server of the same kind that has never seen our schema."""
    other = DatabaseServer(server.kind)
    try:
        other.start()
        yield other
    finally:
        other.stop()


def run(server: DatabaseServer, program: str, *arguments: str | Path) -> None:
    """One of PostgreSQL's own programs, of the server's version."""
    binary = find_binaries(server.kind.major, BINARIES) / "bin" / program
    if not binary.exists():
        pytest.skip(f"PostgreSQL {server.kind.major} comes without {program} here")
    outcome = subprocess.run([binary, *arguments], check=False, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr


def numbers(database: Database) -> dict[str, int]:
    """The number of rows of each table of ours, partitions apart."""
    tables = (
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'ddp', 'auth')"
        " order by 1"
    )
    with database.using("superuser") as connection:
        names = [name for (name,) in connection.execute(tables)]
        return {name: connection.execute(f"select count(*) from {name}").fetchone()[0] for name in names}  # type: ignore[index]


def contents(database: Database, table: str) -> tuple[int, str]:
    """How many rows a table has, and a hash of all of them in one order."""
    with database.using("superuser") as connection:
        row = connection.execute(
            f"select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from {table} t"
        ).fetchone()
    assert row
    return row


@pytest.mark.slow
def test_a_restored_database_has_the_schema_as_shipped_and_both_ledgers_row_by_row(
    database: Database, other_server: DatabaseServer, tmp_path: Path
) -> None:
    with database.connect() as connection:
        scale = Scale.of(300, date(2026, 6, 30))
        development.seed(connection, scale, lambda *_: None, force=True)
    before = {table: contents(database, table) for table in LEDGERS}
    assert min(before[table][0] for table in ("email_sends", "sms_sends", "send_plans")) > 0

    dump = tmp_path / "backup.dump"
    run(database.server, "pg_dump", "--format=custom", "--file", dump, database.url)

    # The roles first, then the content as the same owner.
    roles = other_server.create()
    migrator.apply(roles.url, SCHEMA)
    other_server.set_passwords()
    restored = other_server.create()
    run(other_server, "pg_restore", "--exit-on-error", "--dbname", restored.url, dump)

    # One function's text is shown otherwise after a restore; applying all repeatable files again puts them right.
    found = [difference.object for difference in migrator.verify(restored.url, SCHEMA)]
    assert found == ["function ddp.may_be_hosted(p_file public.files)"]
    migrator.apply(restored.url, SCHEMA, reapply=True)
    assert list(map(str, migrator.verify(restored.url, SCHEMA))) == []
    assert migrator.plan(restored.url, SCHEMA).steps == ()
    assert {table: contents(restored, table) for table in LEDGERS} == before
    assert numbers(restored) == numbers(database)

    # It is in use: a worker finds due work, and a tenant sees its own rows only.
    with restored.as_worker() as connection:
        assert (
            connection.execute("select count(*) from email_sends").fetchone()[0] == before["email_sends"][0]
        )  # type: ignore[index]
    with restored.as_user({"sub": "00000000-0000-4000-8000-000000000000"}) as connection:
        assert connection.execute("select count(*) from email_sends").fetchone() == (0,)
    restored.close()
    roles.close()
