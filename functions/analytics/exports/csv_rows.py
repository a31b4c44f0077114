"""Rows of figures as the text of CSV cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ddp.csv_files.writing import Row


def cells(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> list[Row]:
    """The rows as text: times in UTC, as the API writes them; what is null stays empty."""
    return [[_cell(row[column]) for column in columns] for row in rows]


def _cell(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case _:
            return str(value)
