"""Requests and responses about the hours at which promotional SMS may go."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from ddp.fields import Change, Flag, Request
from ddp.pagination import NextCursor
from functions.sms.registers.fields import Day, Source

WindowStatus = Literal["law", "custom", "unchecked"]


def _in_order(days: str) -> str:
    if list(days) != sorted(set(days)):
        raise ValueError("name each day once, in order, such as 12345")
    return days


WindowCountry = Annotated[
    str,
    Field(
        pattern="^([A-Z]{2}|[*])$",
        description="ISO 3166-1, two letters; `*`: every country that has no windows.",
        examples=["FR"],
    ),
]
Region = Annotated[
    str,
    Field(
        pattern="^([A-Z0-9]{1,10}|[*])?$",
        description="The second half of an ISO 3166-2 code, such as `CA`; `*`: regions of the country that have no"
        " windows, or are not known; empty: the country as a whole.",
    ),
]
Days = Annotated[
    str,
    Field(
        pattern="^[1-7]{1,7}$", description="Days of the week: 1 is Monday, 7 Sunday.", examples=["123456"]
    ),
    AfterValidator(_in_order),
]
Opens = Annotated[
    str,
    Field(
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="By the recipient's clock.",
        examples=["08:00"],
    ),
]
Closes = Annotated[
    str,
    Field(
        pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        description="By the recipient's clock; after `opens`.",
        examples=["20:00"],
    ),
]
OnHolidays = Annotated[Flag, Field(description="Whether it is open on public holidays too.")]
Status = Annotated[
    WindowStatus,
    Field(
        description="`law`: a statute says so; `custom`: usual, no law is known; `unchecked`: nobody has read the law."
    ),
]
ValidFrom = Annotated[
    Day, Field(description="Of a place's windows, those with the latest day that has come hold.")
]


class SendingWindowRequest(Request):
    """Hours at which promotional SMS may go."""

    country: WindowCountry
    region: Region = ""
    days: Days
    opens: Opens
    closes: Closes
    on_holidays: OnHolidays = False
    status: Status
    valid_from: ValidFrom = date(1900, 1, 1)
    source: Source


class SendingWindowChange(Change):
    """The fields to change. Omitted fields keep their values."""

    country: WindowCountry = ""
    region: Region = ""
    days: Days = ""
    opens: Opens = ""
    closes: Closes = ""
    on_holidays: OnHolidays = False
    status: Status = "custom"
    valid_from: ValidFrom = date(1900, 1, 1)
    source: Source = ""


class SendingWindow(BaseModel):
    """Hours at which promotional SMS may go. On days without a window, none goes."""

    sending_window_id: UUID
    country: str = Field(description="ISO 3166-1, two letters; `*`: every country that has no windows.")
    region: str = Field(
        description="The second half of an ISO 3166-2 code; `*`: regions of the country that have no windows, or are"
        " not known; empty: the country as a whole."
    )
    days: str = Field(description="Days of the week: 1 is Monday, 7 Sunday.")
    opens: str = Field(description="By the recipient's clock.")
    closes: str = Field(description="By the recipient's clock.")
    on_holidays: bool = Field(description="Whether it is open on public holidays too.")
    status: WindowStatus = Field(description="Why these hours.")
    valid_from: date = Field(
        description="Of a place's windows, those with the latest day that has come hold."
    )
    source: str = Field(description="Where it was read.")


class SendingWindows(BaseModel):
    """A page of windows, by country, region and day."""

    items: list[SendingWindow]
    next_cursor: NextCursor


class KeptWindow(SendingWindow):
    """The window, and what follows from it."""

    notes: list[str] = Field(
        description="Sentences about the windows that now hold together in its place: days without one, and hours that"
        " two of them have in common."
    )
