"""Requests and responses that all channels share. Those with a channel's own ids and words are in that channel."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from typing_extensions import TypedDict  # pydantic refuses that of Python 3.11

from ddp.addresses import AddressError, normalise_email
from ddp.fields import Json, Request, stored_as
from ddp.pagination import NextCursor

SendStatus = Literal[
    "pending", "sending", "sent", "delivered", "opened", "clicked", "failed", "bounced", "complained",
    "suppressed", "cancelled", "missed", "unknown",
]  # fmt: skip
PlanStatus = Literal["draft", "scheduled", "planning", "sending", "paused", "cancelled", "complete", "failed"]
ExportKind = Literal["recipients", "rejections"]
ExportStatus = Literal["pending", "ready", "failed"]
PausedBy = Literal["sender", "campaign", "platform", "budget", "provider"]
SuppressionReason = Literal[
    "hard_bounce", "invalid_number", "complaint", "unsubscribe", "stop", "in_question", "soft_bounces", "unreachable",
    "manual",
]  # fmt: skip
Channel = Literal["email", "sms"]


Warnings = Annotated[
    list[str],
    Field(
        description="What to know about it, as sentences: recipients of an earlier send, attachments that end."
    ),
]


# Values of the slots of a draft's template.
SlotValues = Annotated[
    Json,
    Field(
        description="Values of the template's slots, by name. Where one is omitted, the template's default stands.",
        examples=[{"headline": "Open on Sunday"}],
    ),
]


class ShownSlot(BaseModel):
    """A slot of the message's template, and what stands there. All other content is the template's if it is locked."""

    name: str
    kind: Literal["text", "url", "image", "date"]
    value: str | None = Field(description="Null: nothing stands there.")
    origin: Literal["own", "default", "missing"] = Field(
        description="`own`: the message's; `default`: the template's; `missing`: there is neither."
    )
    required: bool = Field(description="Whether nothing is sent without a value.")


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

    Its first line names the columns: `email` or `phone`, optionally `name`, `time_zone` and, for numbers, `country`;
    others become template data.
    """

    source: Literal["file"]
    file_id: UUID


class TargetAudience(Request):
    """The campaign's target audience: users of the platform. Not for retailers."""

    source: Literal["target_audience"]


class EarlierSend(Request):
    """Some recipients of an earlier send of the caller's, on the same channel.

    Who belongs to the group is looked up when the new send's time has come. Names, template data and time zones are
    those of the earlier send. Recipients that are pending, being sent to or unknown then are in no group, nor are
    suppressed, cancelled and complaining ones.
    """

    source: Literal["send"]
    id: UUID = Field(description="The earlier e-mail or SMS campaign, whose recipients must be planned.")
    who: Literal["not_clicked", "not_opened", "failed", "missed"] = Field(
        description="`not_clicked`: the provider accepted the message, and no person clicked. `not_opened`: nor did"
        " one open it; opens by machines do not count, and of SMS nobody knows. `failed`: it failed or bounced, and the"
        " address is not suppressed for ever. `missed`: it would have been too late."
    )


# Sources of recipients that the request only names.
NamedAudience = RecipientFile | TargetAudience | EarlierSend


class AudienceSize(BaseModel):
    """The estimated size of an audience."""

    source: str
    recipient_count: int | None = Field(
        validation_alias=stored_as("recipient_count", "recipients"),
        description="Null for a file, which only planning reads.",
    )
    file_size: int | None = Field(None, description="In bytes.")
    warnings: Warnings = Field([])


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
