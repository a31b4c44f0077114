"""Cursor pagination: a page ends with an opaque cursor that names its last row, so no page is skipped or doubled."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ddp.errors import Invalid


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
    except (ValueError, TypeError, AttributeError):
        raise Invalid(
            "The cursor is not one of ours: leave it out to begin at the start.", code="bad-cursor"
        ) from None
