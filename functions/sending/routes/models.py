"""Requests and responses of /senders and /suppressions."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from ddp.fields import WHOLE, Digits, Flag, Request
from ddp.pagination import NextCursor
from functions.sending.models import Address, Channel, SuppressionReason

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


def _e164(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        raise ValueError(
            "Give the number in E.164: a plus sign, the country code and the number, digits only."
        )
    return number


Phone = Annotated[str, Field(max_length=20, examples=["+447911123456"]), AfterValidator(_e164)]


class AddressRequest(Request):
    """An e-mail address or a phone number: exactly one of `email` and `phone`."""

    model_config = ConfigDict(
        json_schema_extra={"minProperties": 1, "maxProperties": 1, "examples": [{"email": "ann@example.com"}]}
    )

    email: Address | SkipJsonSchema[None] = Field(None, description="For messages by e-mail.")
    phone: Phone | SkipJsonSchema[None] = Field(None, description="For SMS: a number in E.164.")

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        given = [getattr(self, name) for name in self.model_fields_set]
        if len(given) != 1 or given == [None]:
            raise ValueError("Give exactly one of email and phone.")
        return self


class SuppressionCheck(BaseModel):
    """Whether the caller's messages to an address are suppressed."""

    is_suppressed: bool
    suppression_id: UUID | None = Field(description="The caller's own suppression.")
    reason: str | None = Field(description="Only of the caller's own suppression.")
    since: datetime | None


class Suppression(BaseModel):
    """A suppression of the caller. The address or number is stored as a hash and cannot be shown."""

    suppression_id: UUID
    channel: Channel
    reason: SuppressionReason
    email_send_id: UUID | None = Field(description="The e-mail that led to it.")
    sms_send_id: UUID | None = Field(description="The SMS that led to it.")
    created_at: datetime


class Suppressions(BaseModel):
    """A page of suppressions, newest first."""

    items: list[Suppression]
    next_cursor: NextCursor


class NewSuppression(BaseModel):
    """The suppression."""

    suppression_id: UUID


class Sender(BaseModel):
    """A user as a sender of e-mail."""

    user_id: UUID
    is_paused: bool
    paused_at: datetime | None
    pause_code: str | None
    pause_reason: str | None
    resumed_at: datetime | None
    max_per_second: float | None = Field(
        description="Recipients per second; null if the sender has no limit."
    )
    slow_until: datetime | None = Field(
        description="Until then one worker at a time makes the sender's messages, because making them took long."
    )
    plans_set_aside: int = Field(
        description="Sends that failed because making their messages took too long, or ended the workers."
    )


class Senders(BaseModel):
    """A page of senders, the latest pause first."""

    items: list[Sender]
    next_cursor: NextCursor


class SenderLimits(Request):
    """The limits of a sender."""

    max_per_second: float | None = Field(
        strict=True, gt=0, le=100_000, description="Recipients per second; null if the sender has no limit."
    )


class SmsSenderLimits(Request):
    """The limits of a sender of SMS."""

    monthly_budget: Annotated[Decimal, Digits(total=14, places=5, least=0)] | None = Field(
        description="US dollars a month (UTC); null: the sender may send no SMS.", examples=["50.00"]
    )
    may_send_transactional: Flag = Field(
        default=False, description="Whether its messages may be transactional."
    )
    max_per_second: float | None = Field(
        None,
        strict=True,
        gt=0,
        le=100_000,
        description="Message parts per second; null if the sender has no limit.",
    )


class SmsSender(SmsSenderLimits):
    """A user as a sender of SMS, and what is used of this month's budget."""

    user_id: UUID
    is_paused: bool
    paused_at: datetime | None
    pause_code: str | None
    pause_reason: str | None
    resumed_at: datetime | None
    month: str = Field(
        description="The month (UTC) that `reserved` and `charged` are of.", examples=["2026-11"]
    )
    reserved: Decimal = Field(description="US dollars that messages under way, or unknown, may yet cost.")
    charged: Decimal = Field(description="US dollars that this month's messages have cost.")


class NewFrequencyCap(Request):
    """At most so many messages to one recipient in so many days."""

    messages: Annotated[int, Field(ge=1, le=100), WHOLE] = Field(
        description="The most messages that one recipient gets.", examples=[3]
    )
    days: Annotated[int, Field(ge=1, le=90), WHOLE] = Field(
        description="Within so many days: any period of so many times 24 hours.", examples=[7]
    )


class FrequencyCap(BaseModel):
    """A frequency cap; nulls: there is none."""

    messages: int | None = Field(description="The most messages that one recipient gets.")
    days: int | None = Field(description="Within so many times 24 hours.")
    set_at: datetime | None = Field(description="Since when these numbers hold.")
