"""Requests and responses that all channels share. Those with a channel's own ids and words are in that channel."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from typing_extensions import TypedDict  # pydantic refuses that of Python 3.11

from ddp.addresses import AddressError, normalise_email
from ddp.fields import Request, stored_as
from ddp.pagination import NextCursor

SendStatus = Literal[
    "pending", "sending", "sent", "delivered", "opened", "clicked", "failed", "bounced", "complained",
    "suppressed", "cancelled", "missed", "unknown",
]  # fmt: skip
PlanStatus = Literal["draft", "scheduled", "planning", "sending", "paused", "cancelled", "complete", "failed"]
ExportKind = Literal["recipients", "rejections"]
ExportStatus = Literal["pending", "ready", "failed"]
PausedBy = Literal["sender", "campaign", "platform"]
SuppressionReason = Literal["hard_bounce", "complaint", "unsubscribe", "stop", "soft_bounces", "manual"]
Channel = Literal["email", "sms"]


class SendCounts(TypedDict, total=False):
    """Recipients by status. A status that nobody has is left out."""

    pending: int
    sending: int
    sent: int
    delivered: int
    opened: int
    clicked: int
    failed: int
    bounced: int
    complained: int
    suppressed: int
    cancelled: int
    missed: int
    unknown: int


def _normalised(address: str) -> str:
    try:
        return normalise_email(address)
    except AddressError as error:
        raise ValueError(error.reason) from None


Address = Annotated[
    str,
    Field(max_length=320, examples=["ann@example.com"], json_schema_extra={"format": "email"}),
    AfterValidator(_normalised),
]


class RecipientFile(Request):
    """A CSV that the caller uploaded.

    Its first line names the columns: `email`, optionally `name` and `time_zone`; others become template data.
    """

    source: Literal["file"]
    file_id: UUID


class TargetAudience(Request):
    """The campaign's target audience: users of the platform. Not for retailers."""

    source: Literal["target_audience"]


class AudienceSize(BaseModel):
    """The estimated size of an audience."""

    source: str
    recipient_count: int | None = Field(
        validation_alias=stored_as("recipient_count", "recipients"),
        description="Null for a file, which only planning reads.",
    )
    file_size: int | None = Field(None, description="In bytes.")


class Controlled(BaseModel):
    """The send after the change."""

    send_plan_id: UUID
    status: PlanStatus = Field(validation_alias=stored_as("status", "state"))
    in_flight: int = Field(
        description="Recipients in provider calls under way: these may still get the message."
    )


class Cancelled(Controlled):
    """The send after its cancellation."""

    is_finished: bool = Field(
        description="If false, the last pending recipients become `cancelled` within minutes."
    )


class RetryRequest(Request):
    """Which failed recipients to give another attempt."""

    failure_codes: list[Annotated[str, Field(max_length=50)]] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="Only those that failed for these reasons. If omitted, all.",
        examples=[["gave-up"]],
    )


class Retried(BaseModel):
    """How many recipients get another attempt."""

    send_plan_id: UUID
    retried: int
    is_finished: bool = Field(description="If false, there are more: repeat the request.")


class Settled(BaseModel):
    """How many messages were settled. Messages that are not unknown were left unchanged."""

    send_plan_id: UUID
    settled: int
    is_finished: bool = Field(description="If false, there are more: repeat the request.")


class Pause(BaseModel):
    """Why nothing is being sent."""

    by: PausedBy
    since: datetime | None
    code: str
    reason: str


class Failure(BaseModel):
    """Why the recipients could not be planned, or why sending stopped."""

    code: str
    reason: str


class ExportRequest(Request):
    """The CSV to write."""

    kind: ExportKind = Field(
        "recipients",
        description="`recipients`: the ledger. `rejections`: records without a usable address, with line and reason.",
    )
    statuses: list[SendStatus] = Field(
        [], max_length=13, description="Only recipients with these statuses. If empty, all."
    )


class Export(BaseModel):
    """An export and its status."""

    send_export_id: UUID
    kind: ExportKind
    status: ExportStatus = Field(validation_alias=stored_as("status", "state"))
    row_count: int | None
    failure_reason: str | None
    created_at: datetime
    ended_at: datetime | None
    url: str | None = Field(None, description="Set once the status is `ready`. Valid for five minutes.")


class Exports(BaseModel):
    """A page of exports, newest first."""

    items: list[Export]
    next_cursor: NextCursor


class AddressRequest(Request):
    """An e-mail address."""

    email: Address


class SuppressionCheck(BaseModel):
    """Whether the caller's messages to an address are suppressed."""

    is_suppressed: bool
    suppression_id: UUID | None = Field(description="The caller's own suppression.")
    reason: str | None = Field(description="Only of the caller's own suppression.")
    since: datetime | None


class Suppression(BaseModel):
    """A suppression of the caller. The address is stored as a hash and cannot be shown."""

    suppression_id: UUID
    channel: Channel
    reason: SuppressionReason
    email_send_id: UUID | None = Field(description="The message that led to it.")
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
        gt=0, le=100_000, description="Recipients per second; null if the sender has no limit."
    )
