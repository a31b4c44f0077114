"""Applies `schema/` to a database (being built: for now a plain loop over the files)."""

from __future__ import annotations

from pathlib import Path

import psycopg

FOLDERS = ("migrations", "functions", "triggers", "views", "policies")


def apply(url: str, schema_dir: Path) -> None:
    """Run every file once, in order."""
    with psycopg.connect(url, autocommit=True) as connection:
        for folder in FOLDERS:
            for file in sorted((schema_dir / folder).glob("*.sql")):
                with connection.transaction():
                    connection.execute("set local search_path = public")
                    connection.execute(file.read_bytes())
