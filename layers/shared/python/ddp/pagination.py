"""Cursor pagination: a page ends with an opaque cursor that names its last row, so no row is skipped or shown twice."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp.errors import Invalid

if TYPE_CHECKING:
    from psycopg.rows import DictRow

# The query parameters of a list, as its route declares them.
Limit = Annotated[int, Query(ge=1, le=100, description="Rows of a page.")]
PageCursor = Annotated[str | None, Query(description="next_cursor of the page before.", max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last row of a page in the order (at, id), newest first."""

    at: datetime
    id: UUID

    def encode(self) -> str:
        """As opaque text, safe in a URL."""
        return urlsafe_b64encode(json.dumps([self.at.isoformat(), self.id.hex]).encode()).decode().rstrip("=")


def decode(text: str) -> Cursor:
    """The cursor that a caller sent back; raises Invalid for anything this system did not make."""
    try:
        at, row_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return Cursor(at=moment, id=UUID(row_id))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Invalid(
            "The cursor is not one of ours: leave it out to begin at the start.", code="invalid-cursor"
        ) from None


def encode_id(row_id: UUID) -> str:
    """The cursor of a list whose order one id tells: the last row's."""
    return urlsafe_b64encode(row_id.bytes).decode().rstrip("=")


def decode_id(text: str) -> UUID:
    """The id in such a cursor that a caller sent back; raises Invalid for anything this system did not make."""
    try:
        return UUID(bytes=urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise Invalid(
            "The cursor is not one of ours: leave it out to begin at the start.", code="invalid-cursor"
        ) from None


def parameters(after: Cursor | None, limit: int) -> dict[str, object]:
    """What a list statement takes: the place to go on from, and one row more than the page, to know if more follow."""
    return {"at": after and after.at, "id": after and after.id, "limit": limit + 1}


def split(rows: list[DictRow], limit: int, *, at: str, key: str) -> tuple[list[DictRow], str | None]:
    """The page without its extra row, and the cursor of the next page; `at` and `key` name the columns of its order."""
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], Cursor(at=last[at], id=last[key]).encode()
