"""Cursors: opaque texts that name the last row of a page, so that no row is skipped or repeated."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ddp.errors import Invalid

if TYPE_CHECKING:
    from psycopg.rows import DictRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last row of a page in the order (at, id), newest first."""

    at: datetime
    id: UUID

    def encode(self) -> str:
        """Encode as opaque text that is safe in a URL."""
        return urlsafe_b64encode(json.dumps([self.at.isoformat(), self.id.hex]).encode()).decode().rstrip("=")


def decode(text: str) -> Cursor:
    """Decode a cursor that a caller sent back. Raises Invalid for text that this system did not make."""
    try:
        at, row_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return Cursor(at=moment(at), id=UUID(row_id))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Invalid(
            "The cursor is not valid: omit it to start with the first page.", code="invalid-cursor"
        ) from None


def moment(text: str) -> datetime:
    """A time of a cursor. Raises ValueError, and TypeError, for what is not one."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time


def encode_id(row_id: UUID) -> str:
    """The cursor of a list that is ordered by one id: that of the page's last row."""
    return urlsafe_b64encode(row_id.bytes).decode().rstrip("=")


def decode_id(text: str) -> UUID:
    """Decode such a cursor to its id. Raises Invalid for text that this system did not make."""
    try:
        return UUID(bytes=urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise Invalid(
            "The cursor is not valid: omit it to start with the first page.", code="invalid-cursor"
        ) from None


def encode_values(*values: object) -> str:
    """The cursor of a list in any other order: the values that place the page's last row (text, numbers, ids)."""
    document = json.dumps(values, default=str, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(document.encode()).decode().rstrip("=")


def decode_values(text: str, *types: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Decode such a cursor: each value through its type. Raises Invalid for text that this system did not make."""
    try:
        values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if any("\0" in value.encode().decode() for value in values if isinstance(value, str)):
            raise ValueError(text)
        return tuple(convert(value) for convert, value in zip(types, values, strict=True))
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        raise Invalid(
            "The cursor is not valid: omit it to start with the first page.", code="invalid-cursor"
        ) from None


def parameters(after: Cursor | None, limit: int) -> dict[str, object]:
    """Parameters of a list statement: the row to continue after, and a limit of one extra row to detect a next page."""
    return {"at": after and after.at, "id": after and after.id, "limit": limit + 1}


def split(rows: list[DictRow], limit: int, *, at: str, key: str) -> tuple[list[DictRow], str | None]:
    """The page without its extra row, and the cursor of the next page; None on the last page.

    `at` and `key` name the columns that order the list.
    """
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], Cursor(at=last[at], id=last[key]).encode()


def cut(rows: list[DictRow], limit: int, *keys: str) -> tuple[list[DictRow], str | None]:
    """As `split`, for a list in any order: `keys` name its columns, which `decode_values` gives back."""
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_values(*(last[key] for key in keys))
