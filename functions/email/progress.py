"""Responses about a send under way: its progress, and the result of each recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.pagination import NextCursor
from functions.sending.models import SendStatus
from functions.sending.operations.progress import SendProgress


class Progress(SendProgress):
    """The progress of a send. Every recipient is in exactly one of `counts`."""

    email_campaign_id: UUID


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
