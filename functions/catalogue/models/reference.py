"""Requests and responses about places and devices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Change, Digits, Request, Text
from ddp.pagination import NextCursor
from functions.catalogue.models.common import Line50, Line100

Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1, two letters.", examples=["CH"])]
Latitude = Annotated[Decimal, Digits(total=10, places=8, least=-90, most=90)]
Longitude = Annotated[Decimal, Digits(total=11, places=8, least=-180, most=180)]
TimeZone = Annotated[str, Field(pattern="^[A-Za-z0-9_+/-]{1,50}$", examples=["Europe/Zurich"])]
Resolution = Annotated[str, Field(pattern="^[0-9]{1,9}x[0-9]{1,9}$", examples=["1170x2532"])]
UserAgent = Annotated[Text, Field(min_length=1, max_length=1000)]


Aliases = Annotated[
    list[Annotated[Line100, Field(min_length=1)]],
    Field(max_length=20, description="Other names that people write for the country or region."),
]


class PlaceRequest(Request):
    """A country, a region of it, or a city, to add."""

    country_code: Country
    country_name: Line100 = Field(examples=["Switzerland"])
    region: Line100 | None = None
    city: Line100 | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    timezone: TimeZone | None = None
    aliases: Aliases = Field([])


class PlaceChange(Change):
    """The fields to change. Omitted fields keep their values."""

    country_code: Country = ""
    country_name: Line100 = ""
    region: Line100 | None = None
    city: Line100 | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    timezone: TimeZone | None = None
    aliases: Aliases = Field([])


class Place(BaseModel):
    """A country, a region of it, or a city."""

    geography_id: UUID
    country_code: str
    country_name: str
    region: str | None
    city: str | None
    latitude: Decimal | None
    longitude: Decimal | None
    timezone: str | None
    aliases: list[str]
    created_at: datetime


class Places(BaseModel):
    """A page of places, by country, region and city."""

    items: list[Place]
    next_cursor: NextCursor


class DeviceRequest(Request):
    """A kind of device to add."""

    device_type: Line50 | None = Field(None, examples=["mobile"])
    device_brand: Line100 | None = None
    device_model: Line100 | None = None
    operating_system: Line100 | None = None
    browser: Line100 | None = None
    screen_resolution: Resolution | None = None
    user_agent: UserAgent | None = None


class DeviceChange(DeviceRequest, Change):
    """The fields to change. Omitted fields keep their values."""


class Device(BaseModel):
    """A kind of device. It does not say who has one."""

    device_id: UUID
    device_type: str | None
    device_brand: str | None
    device_model: str | None
    operating_system: str | None
    browser: str | None
    screen_resolution: str | None
    user_agent: str | None
    created_at: datetime


class Devices(BaseModel):
    """A page of devices, the newest first."""

    items: list[Device]
    next_cursor: NextCursor
