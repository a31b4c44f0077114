"""A small schema directory that tests write file by file, and processes that apply it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ddp import migrator
from tests.database.servers import SCHEMA, Database, DatabaseServer

APPLY = """
import sys
from pathlib import Path
from ddp import migrator
print("ready", flush=True)
sys.stdin.readline()
applied = migrator.apply(sys.argv[1], Path(sys.argv[2]))
print(len(applied.migrations), len(applied.repeatables), flush=True)
"""


@dataclass(frozen=True, slots=True)
class SchemaDirectory:
    """A schema directory whose files tests write by name."""

    path: Path

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))

    def move(self, name: str, to: str) -> None:
        (self.path / to).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).rename(self.path / to)

    def remove(self, name: str) -> None:
        (self.path / name).unlink()


@dataclass(frozen=True, slots=True)
class Applier:
    """Applies the small schema to one empty database."""

    schema: SchemaDirectory
    database: Database

    def apply(self, **options) -> migrator.Applied:
        return migrator.apply(self.database.url, self.schema.path, **options)

    def apply_read_only(self) -> migrator.Applied:
        """Apply with a connection that refuses writes, which proves that there are none."""
        return migrator.apply(read_only(self.database.url), self.schema.path)

    def start(self) -> subprocess.Popen[str]:
        return start_applier(self.database.url, self.schema.path)

    def query(self, statement: str):
        """Rows of a statement as the owner; a list of values if there is one column."""
        rows = self.database.connect().execute(statement)
        values = rows.fetchall() if rows.description else []
        return [row[0] if len(row) == 1 else row for row in values]


def read_only(url: str) -> str:
    return f"{url}?options=-c%20default_transaction_read_only%3Don"


def start_applier(url: str, schema: Path) -> subprocess.Popen[str]:
    """A process that has imported everything, and applies once a line is written to it."""
    process = subprocess.Popen(
        [sys.executable, "-c", APPLY, url, schema],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.fixture(scope="module")
def of_before(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Database]:
    """Makes a database with the migrations before this one; today's schema is not applied yet."""

    def made(first: str) -> Database:
        old = tmp_path_factory.mktemp("schema") / "migrations"
        old.mkdir(parents=True)
        for file in sorted((SCHEMA / "migrations").glob("*.sql")):
            if file.name < first:
                shutil.copy(file, old)
        database = server.create()
        migrator.apply(database.url, old.parent)
        return database

    return made


@pytest.fixture
def schema(tmp_path: Path) -> SchemaDirectory:
    """A schema directory with one table."""
    schema = SchemaDirectory(tmp_path / "schema")
    schema.write(
        "migrations/0001_files.sql", "create table public.files (file_id int primary key, name text);"
    )
    return schema


@pytest.fixture
def applier(schema: SchemaDirectory, empty_database: Database) -> Applier:
    """The small schema, and an empty database to apply it to."""
    return Applier(schema, empty_database)
