"""Requests and responses about the prices of SMS."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Digits, Request
from ddp.pagination import NextCursor
from functions.sms.registers.fields import Country, Day, IdentityKind, Source

MOST_PRICES = 5_000


PricePerPart = Annotated[Decimal, Digits(total=7, places=5, is_positive=True)]


class SmsPriceRequest(Request):
    """What one part of an SMS costs, from a day on."""

    country: Country
    kind: IdentityKind
    price_per_part: PricePerPart = Field(
        description="US dollars, carrier fees included.", examples=["0.04210"]
    )
    valid_from: Day = Field(description="The first day (UTC) on which it holds.", examples=["2026-12-01"])
    source: Source = Field(
        description="Where the price was read, and when.", examples=["price list of the provider, 2026-11-29"]
    )


class SmsPricesRequest(Request):
    """Prices to add: all of them, or none if one cannot be used."""

    prices: list[SmsPriceRequest] = Field(
        min_length=1, max_length=MOST_PRICES, description="Of countries and kinds of identity."
    )


class SmsPricesStored(BaseModel):
    """What became of the prices."""

    added: int = Field(description="They were new.")
    changed: int = Field(description="They were there, with another price or source.")
    unchanged: int = Field(description="They were there as they are.")


class SmsPrice(BaseModel):
    """What one part of an SMS to a country costs from that day on, until a later price."""

    sms_price_id: UUID
    country: str = Field(description="ISO 3166-1, two letters.")
    kind: IdentityKind = Field(description="Of origination identity.")
    price_per_part: Decimal = Field(description="US dollars, carrier fees included.")
    valid_from: date = Field(description="The first day (UTC) on which it holds.")
    source: str = Field(description="Where it was read, and when.")
    created_at: datetime


class SmsPrices(BaseModel):
    """A page of prices, by country, kind and day."""

    items: list[SmsPrice]
    next_cursor: NextCursor
