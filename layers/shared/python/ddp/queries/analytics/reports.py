"""Single figures: how current all of them are, and what an account did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import Forbidden
from ddp.queries import found, load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The acting account (None: there is none), and until when everything that happened is counted (None: unknown)."""

    account_id: UUID | None
    account_type: str | None
    as_of: datetime | None

    def require_admin(self, refusal: str) -> None:
        """Raise Forbidden with this sentence unless the caller acts for an administrator."""
        if self.account_type != "admin":
            raise Forbidden(refusal)


def caller(cursor: Cursor[DictRow]) -> Caller:
    """Who acts. Lists ask once, and then name the account: row level security admits no other's rows all the same."""
    return Caller(**found(cursor.execute(SQL.caller), "caller"))


def freshness(cursor: Cursor[DictRow]) -> DictRow:
    """as_of and age_seconds."""
    return found(cursor.execute(SQL.freshness), "figure")


def activity(cursor: Cursor[DictRow], user_id: UUID | None, since: datetime, until: datetime) -> DictRow:
    """What an account did, the caller's if none is given. Raises NotFound, Invalid."""
    values = {"user_id": user_id, "since": since, "until": until}
    return found(cursor.execute(SQL.activity, values), "user")


def sms_by_country(cursor: Cursor[DictRow], sms_campaign_id: UUID) -> list[DictRow]:
    """What an own SMS campaign came to, a row for each country. Raises NotFound, Forbidden."""
    return cursor.execute(SQL.sms_by_country, {"sms_campaign_id": sms_campaign_id}).fetchall()
