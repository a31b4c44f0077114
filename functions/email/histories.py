"""The response about the life of one recipient; its OpenAPI document is generated from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from functions.email.progress import Send
from functions.sending.models import PlanStatus
from functions.sending.operations.progress import AddressSuppression, SendCall


class SendEvent(BaseModel):
    """What the provider reported."""

    event_type: str
    occurred_at: datetime
    received_at: datetime
    attempt: int
    is_machine: bool = Field(description="An open or click by a machine, such as a spam filter.")
    detail: dict[str, Any] | None = Field(description="Null if the recipients are masked.")


class SendHistory(Send):
    """One recipient, the result of the message, and what led to it."""

    requested_at: datetime | None
    scheduled_at: datetime | None
    planned_at: datetime | None
    plan_status: PlanStatus
    call: SendCall | None
    events: list[SendEvent] = Field(description="The last 100, oldest first.")
    suppressions: list[AddressSuppression] | None = Field(description="Null if the recipients are masked.")
