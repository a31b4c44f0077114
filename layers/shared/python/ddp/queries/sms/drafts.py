"""What drafts of SMS need beside what all channels' drafts do: leave, and what messages would come from and cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value
from ddp.queries.sms.plans import Origin

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedOrigin:
    """What a draft's messages to one country would come from.

    `problem`: no-sender or no-price; then the rest may be None. `opt_out`: what {{ opt_out }} says; empty: the
    recipient's own link. `windows`: days (digits, 1 is Monday), opens, closes, on_holidays, status, has_regions; None
    for transactional messages and where there are none.
    """

    country: str
    identity: str | None
    kind: str | None
    price_per_part: Decimal | None
    opt_out: str | None
    is_two_way: bool | None
    problem: str | None
    windows: list[dict[str, Any]] | None


def may_send_transactional(cursor: Cursor[DictRow]) -> bool:
    """Whether an administrator lets the caller send transactional SMS."""
    return bool(value(cursor.execute(SQL.may_send_transactional)))


def origins(
    cursor: Cursor[DictRow], sms_campaign_id: UUID, countries: Collection[str]
) -> list[PreviewedOrigin]:
    """What the draft's messages to these countries would come from, by country. Raises NotFound, Forbidden."""
    values = {"sms_campaign_id": sms_campaign_id, "countries": list(countries)}
    return [PreviewedOrigin(**row) for row in cursor.execute(SQL.origins, values)]


def test_origin(cursor: Cursor[DictRow], sms_campaign_id: UUID, country: str) -> Origin | None:
    """What a test send to this country comes from; None if there is no identity or no price."""
    values = {"sms_campaign_id": sms_campaign_id, "country": country}
    row = cursor.execute(SQL.test_origin, values).fetchone()
    return None if row is None else Origin(**row)


def reserve_test(cursor: Cursor[DictRow], test_send_id: UUID, *, parts: int, price: Decimal) -> bool:
    """Count the price (US dollars) in the sender's month. False if it does not fit."""
    values = {"test_send_id": test_send_id, "parts": parts, "price": price}
    return bool(value(cursor.execute(SQL.reserve_test, values)))
