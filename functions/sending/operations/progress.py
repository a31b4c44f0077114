"""Responses about a send under way, as far as all channels share them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import stored_as
from functions.sending.models import Failure, Pause, PlanStatus, SendCounts
from functions.sending.operations.ab_test_models import AbTestProgress


class SendProgress(BaseModel):
    """The progress of a send. Every recipient is in exactly one of `counts`."""

    send_plan_id: UUID | None
    status: PlanStatus = Field(validation_alias=stored_as("status", "state"))
    summary: str = Field(description="The status in words, such as “complete, 3 unknown”.")
    pause: Pause | None
    failure: Failure | None
    counts: SendCounts
    recipient_count: int = Field(
        validation_alias=stored_as("recipient_count", "recipients"), description="The sum of the counts."
    )
    in_flight: int = Field(description="Recipients that a worker has claimed.")
    unknown: int = Field(description="It is not known whether the provider accepted their message.")
    missed: int = Field(
        description="Recipients whom the message would have reached too late, or who have had too many messages."
    )
    missed_by_cap: int = Field(description="Of the missed: those whom a frequency cap held back.")
    records_read: int = Field(description="Records of the list or file that were read so far.")
    duplicates: int = Field(description="Records whose address occurred before.")
    rejected: int = Field(description="Records without a usable address; an export of rejections lists them.")
    rate_per_second: float = Field(description="Recipients accepted per second, over the last minute.")
    overdue_seconds: int = Field(description="How long the first waiting recipient has been due.")
    stalled_since: datetime | None = Field(description="Since when it stands still, due and not held up.")
    estimated_end_at: datetime | None = Field(description="At this rate; null if it cannot be estimated.")
    requested_at: datetime | None
    scheduled_at: datetime | None
    spread_until: datetime | None = Field(
        description="When the last messages become due, of a send that is spread over time."
    )
    planned_at: datetime | None
    started_at: datetime | None
    cancelled_at: datetime | None
    completed_at: datetime | None
    ab_test: AbTestProgress | None = Field(description="Null if the message tests nothing.")


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


class AddressSuppression(BaseModel):
    """Why the recipient's address gets no messages now."""

    reason: str | None = Field(description="Null if the address is suppressed for every sender.")
    since: datetime | None
    by_this_message: bool
