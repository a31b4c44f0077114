"""Consents as a CSV file that spreadsheets open safely."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ddp.csv_files.writing import write

_COLUMNS: Final = (
    "phone_consent_id", "source", "wording", "given_at", "ip", "file_id", "sms_send_plan_id", "recorded_at",
    "recorded_by_user_id", "ended_at", "ended_by",
)  # fmt: skip


def text(rows: Iterable[Mapping[str, Any]]) -> str:
    """The file: times in UTC, empty cells for what is null."""
    file = io.BytesIO()
    write(file, _COLUMNS, [[[_cell(row[column]) for column in _COLUMNS] for row in rows]])
    return file.getvalue().decode()


def _cell(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return None if value is None else str(value)
