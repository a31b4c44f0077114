"""Load the files of reference data in schema/seed. A second run changes only rows that differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import psycopg

from ddp.queries import Queries

SEED: Final = Path(__file__).resolve().parents[3] / "schema" / "seed"
SQL = Queries(SEED / "reference.sql")
TABLES = ("geography", "devices", "sending_windows", "public_holidays")


def load(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Load all tables within the caller's transaction; returns {table: rows added or changed}."""
    return {table: _load(connection, table) for table in TABLES}


def _load(connection: psycopg.Connection[Any], table: str) -> int:
    connection.execute(getattr(SQL, f"stage_{table}"))
    with connection.cursor().copy(getattr(SQL, f"copy_{table}")) as copy:
        copy.write((SEED / f"{table}.csv").read_bytes())
    return connection.execute(getattr(SQL, f"merge_{table}")).rowcount
