"""Responses about a send under way: its progress, and the result of each recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import stored_as
from ddp.pagination import NextCursor
from functions.sending.models import Failure, Pause, PlanStatus, SendCounts, SendStatus


class Progress(BaseModel):
    """The progress of a send. Every recipient is in exactly one of `counts`."""

    email_campaign_id: UUID
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
    missed: int = Field(description="Recipients whom the message would have reached too late.")
    records_read: int = Field(description="Records of the list or file that were read so far.")
    duplicates: int = Field(description="Records whose address occurred before.")
    rejected: int = Field(description="Records without a usable address; an export of rejections lists them.")
    rate_per_second: float = Field(description="Recipients accepted per second, over the last minute.")
    overdue_seconds: int = Field(description="How long the first waiting recipient has been due.")
    stalled_since: datetime | None = Field(description="Since when it stands still, due and not held up.")
    estimated_end_at: datetime | None = Field(description="At this rate; null if it cannot be estimated.")
    requested_at: datetime | None
    scheduled_at: datetime | None
    planned_at: datetime | None
    started_at: datetime | None
    cancelled_at: datetime | None
    completed_at: datetime | None


class Send(BaseModel):
    """One recipient and the result of the message."""

    email_send_id: UUID
    recipient_email: str = Field(description="Masked if the recipients are users of the platform.")
    recipient_name: str | None
    status: SendStatus
    attempt: int
    not_before: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None
    failed_at: datetime | None
    unknown_at: datetime | None
    unsubscribed_at: datetime | None
    provider_message_id: str | None
    failure_code: str | None
    failure_reason: str | None
    bounce_reason: str | None
    settled: dict[str, Any] | None = Field(
        description="Who settled an unknown result by hand, when, and how."
    )


class Sends(BaseModel):
    """A page of recipients, ordered by address, or by id if addresses are masked."""

    items: list[Send]
    next_cursor: NextCursor
