"""Named SQL: `files.sql` holds statements under `-- name: …` headings, `files.py` beside it runs them."""

from __future__ import annotations

import re
from pathlib import Path

_HEADING = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


class Queries:
    """The statements of one .sql file as attributes, each as bytes (what psycopg takes from a trusted source)."""

    def __init__(self, sql_file: Path) -> None:
        parts = _HEADING.split(sql_file.read_text(encoding="utf-8"))
        names, bodies = parts[1::2], parts[2::2]
        if len(set(names)) != len(names):
            raise ValueError(f"{sql_file.name}: a name stands twice")
        self._statements = {n: b.strip().encode() for n, b in zip(names, bodies, strict=True)}
        self._file = sql_file.name

    def __getattr__(self, name: str) -> bytes:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"{self._file} has no statement named {name}") from None


def load(python_file: str) -> Queries:
    """The statements that stand beside a Python module: `SQL = load(__file__)`."""
    return Queries(Path(python_file).with_suffix(".sql"))
