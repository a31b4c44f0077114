"""Requests and responses about approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Account, Request, Text
from ddp.pagination import NextCursor

ApprovalState = Literal["waiting", "approved", "refused", "superseded"]


class ApprovalRequest(Request):
    """What is to be approved."""

    message_id: UUID = Field(
        description="The email_campaign_id, sms_campaign_id or post_id of an own draft or scheduled post."
    )


class Refusal(Request):
    """Why the content is refused, as a sentence for whoever wants to send it."""

    reason: Annotated[Text, Field(min_length=1, max_length=1000)] = Field(
        examples=["The price is out of date."]
    )


class Approval(BaseModel):
    """A request that the creator of a campaign approves the content of one message or post."""

    approval_id: UUID
    campaign_id: UUID
    email_campaign_id: UUID | None = Field(description="The e-mail that it is about; else null.")
    sms_campaign_id: UUID | None = Field(description="The SMS that it is about; else null.")
    post_id: UUID | None = Field(description="The post that it is about; else null.")
    excerpt: str | None = Field(
        description="The beginning of the subject or text, as it is now; null: it is not visible to the caller."
    )
    requested_by: Account | None = Field(description="Who wants to send it.")
    brand: Account | None = Field(description="Who decides: the campaign's creator.")
    state: ApprovalState = Field(
        description="`superseded`: the content changed since, or nothing waits for this any more."
    )
    requested_at: datetime
    reminded_at: datetime | None = Field(description="When the creator was reminded last.")
    decided_at: datetime | None = Field(description="When it was approved or refused.")
    reason: str | None = Field(description="Why it was refused.")


class ApprovalDetail(Approval):
    """A request with its content."""

    content: dict[str, Any] | None = Field(
        description="All that decides what recipients see, by the names of the message's fields: subject, texts,"
        " media, variants; `sender`: what e-mails and SMS show of their sender. Null: it has changed since this"
        " was requested."
    )


class Approvals(BaseModel):
    """A page of requests, the oldest first."""

    items: list[Approval]
    next_cursor: NextCursor


class ApprovalTimes(BaseModel):
    """How long requests waited for a decision."""

    waiting: int = Field(description="Requests that wait now.")
    oldest_waiting_seconds: float | None = Field(description="How long the oldest of these has waited.")
    decided: int = Field(description="Requests that were approved or refused.")
    median_seconds: float | None = Field(
        description="How long half of these waited at most; null: none was decided."
    )
    p90_seconds: float | None = Field(description="How long nine of ten waited at most.")
