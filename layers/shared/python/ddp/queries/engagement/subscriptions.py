"""Which accounts' events platforms send to us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load
from ddp.queries.social.steps import as_json

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An account to ask about. `status`: wanted, active or lost."""

    account_id: UUID
    status: str
    platform: str
    external_account_id: str | None
    account_kind: str | None
    account_handle: str
    access_token_encrypted: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the platform says: active, or lost with the reason."""

    account_id: UUID
    status: str
    reason: str | None = None


def due(cursor: Cursor[DictRow], *, limit: int, lease: timedelta) -> list[Subscription]:
    """Take accounts whose platform was not asked for a day."""
    return [Subscription(**row) for row in cursor.execute(SQL.due, {"limit": limit, "lease": lease})]


def note(cursor: Cursor[DictRow], verdicts: Sequence[Verdict]) -> None:
    """Note what the platforms said."""
    cursor.execute(SQL.note, {"verdicts": as_json(verdicts)})
