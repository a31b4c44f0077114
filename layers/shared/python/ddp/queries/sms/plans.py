"""Plans of SMS: what they freeze, what their messages come from and cost, and when these may go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import NotFound
from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a plan's messages to one country come from. `price_per_part` is in US dollars.

    `opt_out`: what {{ opt_out }} says; empty: the recipient's own link.
    """

    country: str
    identity: str
    kind: str
    bucket: str
    provider_arn: str | None
    price_per_part: Decimal
    opt_out: str
    dlt_entity_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsPlan:
    """What a plan of SMS freezes. `content` is the prepared text; None until it is prepared.

    `sender_profile`: `sender` in templates; None: there was none yet when the plan was requested.
    `slots`: `slot` in templates; None: the template has none and is not locked.
    """

    send_plan_id: UUID
    content: str | None
    message_type: str
    dlt_template_id: str | None
    default_country: str | None
    max_parts: int
    consent: str
    transliterates: bool
    recipients_masked: bool
    tracks_conversions: bool
    sender_profile: dict[str, Any] | None
    slots: dict[str, Any] | None

    @property
    def is_promotional(self) -> bool:
        """Whether windows, consent and the words for opting out apply."""
        return self.message_type == "promotional"


class Phone(NamedTuple):
    """Where a phone may be: IANA `zones` of its number, separated by spaces, and the recipient's own zone or ""."""

    country: str
    region: str
    zones: str
    time_zone: str


class Hours(NamedTuple):
    """When a message may go to a phone; `time_zone` is the recipient's own, if it exists."""

    clock_id: int
    time_zone: str | None
    not_before: datetime


def get(cursor: Cursor[DictRow], send_plan_id: UUID, variant: int | None = None) -> SmsPlan:
    """The plan, with the content of one of its variants; None: its own. Raises NotFound."""
    row = cursor.execute(SQL.get, {"send_plan_id": send_plan_id, "variant": variant}).fetchone()
    if row is None:
        raise NotFound("There is no such plan.")
    return SmsPlan(**row)


def freeze_origins(
    cursor: Cursor[DictRow], send_plan_id: UUID, countries: Collection[str]
) -> dict[str, Origin]:
    """What messages to these countries come from, by country; those without an identity or a price are missing."""
    rows = cursor.execute(SQL.freeze_origins, {"send_plan_id": send_plan_id, "countries": list(countries)})
    return {row["country"]: Origin(**row) for row in rows}


def without_price(cursor: Cursor[DictRow], send_plan_id: UUID, countries: Collection[str]) -> set[str]:
    """Those of these countries to which nothing goes only because no price is known."""
    rows = cursor.execute(SQL.without_price, {"send_plan_id": send_plan_id, "countries": list(countries)})
    return {row["country"] for row in rows}


def store_links(cursor: Cursor[DictRow], send_plan_id: UUID, variant: int, urls: Sequence[str]) -> None:
    """Store where the short links of a variant (1 is A) lead, which are numbered from 1 in its text."""
    values = {"send_plan_id": send_plan_id, "variant": variant, "urls": list(urls)}
    cursor.execute(SQL.store_links, values)


def hours(cursor: Cursor[Any], send_plan_id: UUID, phones: Sequence[Phone]) -> Mapping[Phone, Hours]:
    """When the plan's message may go to each of these phones, by clock, window and quiet hours."""
    columns = [list(column) for column in zip(*phones, strict=True)] or [[], [], [], []]
    names = ("countries", "regions", "zones", "time_zones")
    values = dict(zip(names, columns, strict=True)) | {"send_plan_id": send_plan_id}
    rows = cursor.execute(SQL.times, values)
    return {
        phones[row["place"] - 1]: Hours(row["clock_id"], row["time_zone"], row["not_before"]) for row in rows
    }


def consenting(cursor: Cursor[Any], owner: UUID, hashes: Sequence[bytes]) -> set[bytes]:
    """Those of these hashes of numbers from which the sender has a standing consent."""
    rows = cursor.execute(SQL.consenting, {"owner": owner, "hashes": list(hashes)})
    return {bytes(row["hash"]) for row in rows}


def set_max_cost(cursor: Cursor[Any], sms_campaign_id: UUID, max_cost: Decimal | None) -> None:
    """Set the most that the caller's send may cost (US dollars; None: no cap). Raises NotFound, Forbidden, Conflict."""
    cursor.execute(SQL.set_max_cost, {"sms_campaign_id": sms_campaign_id, "max_cost": max_cost})
