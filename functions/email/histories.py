"""The response about the life of one recipient; its OpenAPI document is generated from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from functions.email.progress import Send
from functions.sending.models import PlanStatus


class SendCall(BaseModel):
    """The recipient's last claim, and the provider call that it was for."""

    claimed_at: datetime
    leased_until: datetime = Field(
        description="How long the recipient is the worker's, unless it is renewed."
    )
    started_at: datetime | None = Field(description="Committed just before the provider is called.")
    ended_at: datetime | None
    recipients: int = Field(description="Recipients of the call.")
    accepted: int = Field(description="How many of them the provider accepted.")


class SendEvent(BaseModel):
    """What the provider reported."""

    event_type: str
    occurred_at: datetime
    received_at: datetime
    attempt: int
    is_machine: bool = Field(description="An open or click by a machine, such as a spam filter.")
    detail: dict[str, Any] | None = Field(description="Null if the recipients are masked.")


class AddressSuppression(BaseModel):
    """Why the recipient's address gets no messages now."""

    reason: str | None = Field(description="Null if the address is suppressed for every sender.")
    since: datetime | None
    by_this_message: bool


class SendHistory(Send):
    """One recipient, the result of the message, and what led to it."""

    requested_at: datetime | None
    scheduled_at: datetime | None
    planned_at: datetime | None
    plan_status: PlanStatus
    call: SendCall | None
    events: list[SendEvent] = Field(description="The last 100, oldest first.")
    suppressions: list[AddressSuppression] | None = Field(description="Null if the recipients are masked.")
