"""Requests and responses that all channels share. Those with a channel's own ids and words are in its models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from ddp.addresses import AddressError, normalise_email
from ddp.fields import Request

SendStatus = Literal[
    "pending", "sending", "sent", "delivered", "opened", "clicked", "failed", "bounced", "complained",
    "suppressed", "cancelled", "missed", "unknown",
]  # fmt: skip
State = Literal["draft", "scheduled", "planning", "sending", "paused", "cancelled", "complete", "failed"]


def _normalised(address: str) -> str:
    try:
        return normalise_email(address)
    except AddressError as error:
        raise ValueError(error.reason) from None


Address = Annotated[str, Field(max_length=320), AfterValidator(_normalised)]


class RecipientFile(Request):
    """An own uploaded CSV; its first line names the columns: `email`, and as wished `name`, `time_zone`, others."""

    source: Literal["file"]
    file_id: UUID


class TargetAudience(Request):
    """The campaign's target audience: users of the platform. Not for retailers."""

    source: Literal["target_audience"]


class AudienceSize(BaseModel):
    """About how many it would reach, where that is cheap to say."""

    source: str
    recipients: int | None = Field(description="Null: only planning reads the file.")
    file_size: int | None = Field(None, description="In bytes.")


class Controlled(BaseModel):
    """What holds from now on."""

    send_plan_id: UUID
    state: State
    in_flight: int = Field(
        description="Recipients in provider calls under way: these may still get the message."
    )


class Cancelled(Controlled):
    """The send is given up."""

    is_finished: bool = Field(description="False: the last of those pending are marked within some minutes.")


class RetryRequest(Request):
    """Which failures to try again."""

    failure_codes: list[Annotated[str, Field(max_length=50)]] | None = Field(
        None, min_length=1, max_length=50, description="Only what failed for these reasons; left out: all."
    )


class Retried(BaseModel):
    """How many get another attempt."""

    send_plan_id: UUID
    retried: int
    is_finished: bool = Field(description="False: there are more; ask again.")


class Settled(BaseModel):
    """How many were settled; what is no longer unknown was left alone."""

    send_plan_id: UUID
    settled: int
    is_finished: bool = Field(description="False: there are more; ask again.")


class Pause(BaseModel):
    """Why nothing is sent at present."""

    by: Literal["sender", "campaign", "platform"]
    since: datetime | None
    code: str
    reason: str


class Failure(BaseModel):
    """Why the recipients could not be planned."""

    code: str
    reason: str


class ExportRequest(Request):
    """A CSV to make."""

    kind: Literal["recipients", "rejections"] = Field(
        "recipients", description="The ledger, or the records without a usable address, with line and reason."
    )
    statuses: list[SendStatus] = Field([], max_length=13, description="Only these recipients; none: all.")


class Export(BaseModel):
    """A CSV, or how far it is."""

    send_export_id: UUID
    kind: Literal["recipients", "rejections"]
    state: Literal["pending", "ready", "failed"]
    row_count: int | None
    failure_reason: str | None
    created_at: datetime
    ended_at: datetime | None
    url: str | None = Field(None, description="Once it is ready: works for five minutes.")


class Exports(BaseModel):
    """The latest exports, newest first."""

    items: list[Export]


class AddressRequest(Request):
    """An e-mail address."""

    email: Address


class SuppressionCheck(BaseModel):
    """Whether the caller's messages to an address are suppressed."""

    is_suppressed: bool
    suppression_id: UUID | None = Field(description="Of the caller's own suppression.")
    reason: str | None = Field(
        description="Of the caller's own; of others it is only said that there is one."
    )
    since: datetime | None


class Suppression(BaseModel):
    """An own suppression. The address is kept as a hash, and cannot be shown."""

    suppression_id: UUID
    channel: Literal["email", "sms"]
    reason: Literal["hard_bounce", "complaint", "unsubscribe", "stop", "soft_bounces", "manual"]
    email_send_id: UUID | None = Field(description="The message that led to it.")
    created_at: datetime


class Suppressions(BaseModel):
    """A page of suppressions, newest first."""

    items: list[Suppression]
    next_cursor: str | None


class NewSuppression(BaseModel):
    """A suppression by its id."""

    suppression_id: UUID


class Sender(BaseModel):
    """A user as a sender of e-mail."""

    user_id: UUID
    is_paused: bool
    paused_at: datetime | None
    pause_code: str | None
    pause_reason: str | None
    resumed_at: datetime | None
    max_per_second: float | None = Field(description="Recipients; null: no limit of its own.")
    ses_tenant_name: str | None


class Senders(BaseModel):
    """Senders that the caller sees: oneself, or all for administrators."""

    items: list[Sender]


class SenderLimits(Request):
    """What an administrator sets for a sender."""

    max_per_second: float | None = Field(
        gt=0, le=100_000, description="Recipients; null: no limit of its own."
    )
    ses_tenant_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = Field(
        description="Its own tenant of SES, with a reputation of its own; null: the account's."
    )
