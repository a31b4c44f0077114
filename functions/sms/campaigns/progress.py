"""A send of SMS: its cap, its progress, the result of each recipient, and the life of one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Digits, Request
from ddp.pagination import NextCursor
from functions.sending.models import PlanStatus
from functions.sending.operations.progress import AddressSuppression, SendCall, SendProgress
from functions.sms.campaigns.models import SmsStatus


class SmsMaxCost(Request):
    """The most that a send may cost."""

    max_cost: Annotated[Decimal, Digits(total=13, places=5, is_positive=True)] | None = Field(
        description="US dollars; null: the send has no cap of its own.", examples=["25"]
    )


class SmsProgress(SendProgress):
    """The progress of a send. Every recipient is in exactly one of `counts`. Amounts are US dollars."""

    sms_campaign_id: UUID
    parts: int = Field(description="Of all messages.")
    estimated: Decimal | None = Field(
        description="What the messages that could be sent cost when they were planned; null before."
    )
    reserved: Decimal = Field(description="For messages in provider calls, and for unknown ones.")
    charged: Decimal = Field(
        description="What the provider charged, and the price of accepted messages of which it has not said it."
    )
    cap: Decimal | None = Field(
        description="The most that it may cost: the least of max_cost, what the sender's month leaves, and what an own"
        " campaign's budget leaves. Null for a draft."
    )
    over_budget: str | None = Field(description="Why the next message does not fit, and what to do.")
    next_window_at: datetime | None = Field(
        description="When the next messages may go, if none may now: by schedule, windows and quiet hours."
    )


class SmsSend(BaseModel):
    """One recipient, what the message costs, and its result."""

    sms_send_id: UUID
    recipient_phone: str = Field(description="Masked if the recipients are users of the platform.")
    recipient_name: str | None
    status: SmsStatus
    attempt: int
    country: str | None = Field(description="Of the number: ISO 3166-1 alpha-2.")
    identity: str | None = Field(description="What it is sent from.")
    encoding: str | None = Field(description="`GSM` or `UCS-2`.")
    parts: int
    price: Decimal = Field(description="US dollars, for all parts.")
    charged: Decimal = Field(description="US dollars that it has cost.")
    not_before: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    clicked_at: datetime | None
    failed_at: datetime | None
    unknown_at: datetime | None
    unsubscribed_at: datetime | None
    carrier_reported_at: datetime | None = Field(
        description="When the provider said its last word; that may be that the carrier never reported."
    )
    provider_message_id: str | None
    failure_code: str | None
    failure_reason: str | None
    settled: dict[str, Any] | None = Field(
        description="Who settled an unknown result by hand, when, and how."
    )


class SmsSends(BaseModel):
    """A page of recipients, ordered by number, or by id if numbers are masked."""

    items: list[SmsSend]
    next_cursor: NextCursor


class SmsSendEvent(BaseModel):
    """What the provider reported."""

    event_type: str
    occurred_at: datetime
    received_at: datetime
    attempt: int
    detail: dict[str, Any] | None = Field(description="Null if the recipients are masked.")


class SmsSendHistory(SmsSend):
    """One recipient, the result of the message, and what led to it."""

    requested_at: datetime | None
    scheduled_at: datetime | None
    planned_at: datetime | None
    plan_status: PlanStatus
    call: SendCall | None
    events: list[SmsSendEvent] = Field(description="The last 100, oldest first.")
    suppressions: list[AddressSuppression] | None = Field(description="Null if the recipients are masked.")
