"""Requests and responses of e-mail; with those that all channels share they are its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, FailFast, Field, model_validator

from ddp.fields import Json, Name, Request, Text, one_line
from functions.sending.models import (
    Address,
    AudienceSize,
    Failure,
    Pause,
    RecipientFile,
    SendStatus,
    State,
    TargetAudience,
)

Subject = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(one_line)]
Html = Annotated[Text, Field(min_length=1)]
Attachments = Annotated[
    list[UUID], Field(max_length=10, description="Own files, ten at most and 7 MiB all together.")
]
SampleData = Annotated[
    Json, Field(description="What a recipient's row would bring.", examples=[{"name": "Ann"}])
]


class DraftRequest(Request):
    """An e-mail to draft: from a template, or with content of its own; what is named here comes first."""

    campaign_id: UUID
    template_id: UUID | None = None
    email_subject: Subject | None = Field(None, description="Liquid.", examples=["New: {{ model }}"])
    email_content: Html | None = Field(
        None, description="HTML, as Liquid.", examples=["<p>Dear {{ name }}</p>"]
    )
    text_content: Text | None = Field(
        None, description="The text alternative, as Liquid; left out, it is made from the HTML."
    )
    attachments: Attachments = Field([])
    sender_email: Address = Field(description="Of a verified sender identity.", examples=["shop@example.com"])
    sender_name: Name | None = None

    @model_validator(mode="after")
    def _content(self) -> Self:
        if self.template_id is None and (self.email_subject is None or self.email_content is None):
            raise ValueError("name a template, or a subject and content")
        return self


class DraftChange(Request):
    """What is to be changed of a draft; members that are left out stay."""

    email_subject: Subject = ""
    email_content: Html = ""
    text_content: Text | None = None
    attachments: Attachments = Field([])
    sender_email: Address = ""
    sender_name: Name | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one member to change")
        return self


class EmailCampaign(BaseModel):
    """An e-mail of a campaign: a draft until sending is requested."""

    email_campaign_id: UUID
    campaign_id: UUID
    email_subject: str
    sender_email: str
    sender_name: str | None
    template_id: UUID | None
    created_by_user_id: UUID
    created_at: datetime
    requested_at: datetime | None = Field(
        description="When sending was requested: frozen since. Null: a draft."
    )
    sent_at: datetime | None = Field(description="When the first message went out.")
    total_recipients: int


class EmailCampaignDetail(EmailCampaign):
    """An e-mail with its content."""

    email_content: str
    text_content: str | None
    attachments: list[UUID]


class EmailCampaigns(BaseModel):
    """A page of e-mails, newest first."""

    items: list[EmailCampaign]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


class Deleted(BaseModel):
    """It is no more."""

    email_campaign_id: UUID


class Recipient(Request):
    """One recipient. Addresses that turn out to be unusable are reported, and hold nobody else up."""

    email: Annotated[Text, Field(max_length=255, pattern=r"^[^@\s]+@[^@\s]+$", examples=["ann@example.com"])]
    name: Annotated[str, Field(max_length=255), AfterValidator(one_line)] | None = None
    time_zone: Annotated[str, Field(max_length=50), AfterValidator(one_line)] | None = Field(
        None, description="IANA name."
    )
    template_data: Json | None = Field(None, description="Variables of the template.")


class RecipientList(Request):
    """Up to 10,000 recipients; upload a CSV for more."""

    source: Literal["list"]
    # The first bad one is reported: of thousands, each with its own mistakes, the report would fill the memory.
    recipients: Annotated[list[Recipient], FailFast()] = Field(min_length=1, max_length=10_000)


Audience = Annotated[RecipientList | RecipientFile | TargetAudience, Field(discriminator="source")]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["21:00"])]


class SendRequest(Request):
    """To whom, when and how it is sent."""

    audience: Audience
    scheduled_at: AwareDatetime | None = Field(None, description="Within the next year; left out: now.")
    max_lateness_seconds: int = Field(
        86_400,
        ge=60,
        le=2_592_000,
        description="Whom it would reach later than this is missed, not written to.",
    )
    time_zone: str = Field("UTC", max_length=50, description="Of recipients without one: an IANA name.")
    in_recipient_time_zone: bool = Field(
        default=False,
        description="scheduled_at, read in time_zone, is a date and time by each recipient's own clock.",
    )
    quiet_from: Clock | None = Field(
        None, description="Nothing is sent from then on, by the recipient's clock …"
    )
    quiet_until: Clock | None = Field(None, description="… until then.")
    unknown_policy: Literal["hold", "retry"] = Field(
        "hold",
        description="Where it is not known whether the provider took a message: hold it for a person to decide, or "
        "retry, which can send it twice.",
    )
    unknown_retry_after_seconds: int = Field(259_200, ge=3_600, le=2_592_000)


class SendAccepted(BaseModel):
    """The request is frozen; workers do the rest."""

    email_campaign_id: UUID
    send_plan_id: UUID
    scheduled_at: datetime


class EmailPreviewRequest(Request):
    """A sample recipient, and as wished the audience to count."""

    template_data: SampleData = Field({})
    audience: RecipientFile | TargetAudience | None = Field(None, discriminator="source")


class EmailPreview(BaseModel):
    """The message as a recipient with these data would get it."""

    subject: str
    html: str
    text: str
    undefined: list[str] = Field(description="Variables that the content asks for and the data do not have.")
    is_sender_verified: bool = Field(description="Whether the caller may send from this address.")
    audience: AudienceSize | None


class TestRequest(Request):
    """Samples for one's own people."""

    recipients: list[Address] = Field(min_length=1, max_length=5)
    template_data: SampleData = Field({})


class TestSend(BaseModel):
    """One sample and what became of it."""

    email_test_send_id: UUID
    recipient_email: str
    status: SendStatus
    failure_reason: str | None
    created_at: datetime
    ended_at: datetime | None


class TestSends(BaseModel):
    """The latest samples, newest first."""

    items: list[TestSend]


class SettleRequest(Request):
    """What a person knows, or decides, of messages whose result is unknown."""

    action: Literal["mark_sent", "retry"] = Field(
        description="mark_sent: they went out. retry: send again; who got the first one gets it twice."
    )
    email_send_ids: list[UUID] | None = Field(
        None, min_length=1, max_length=5_000, description="Left out: all of this e-mail."
    )


class Progress(BaseModel):
    """How far a send is. Every recipient is in exactly one of the counts."""

    email_campaign_id: UUID
    send_plan_id: UUID | None
    state: State
    summary: str = Field(description="The state in words, such as “complete, 3 unknown”.")
    pause: Pause | None
    failure: Failure | None
    counts: dict[SendStatus, int]
    recipients: int = Field(description="The sum of the counts.")
    in_flight: int
    unknown: int = Field(description="Not known whether the provider took them.")
    missed: int = Field(description="Too late to be sent to.")
    records_read: int = Field(description="Of the list or file, so far.")
    duplicates: int = Field(description="Records whose address was there before.")
    rejected: int = Field(description="Records without a usable address: see the rejections' export.")
    rate_per_second: float = Field(description="Recipients accepted, over the last minute.")
    overdue_seconds: int = Field(description="How long the first waiting recipient has been due.")
    estimated_end_at: datetime | None = Field(description="At this rate; null where there is none to go by.")
    requested_at: datetime | None
    scheduled_at: datetime | None
    planned_at: datetime | None
    started_at: datetime | None
    cancelled_at: datetime | None
    completed_at: datetime | None


class Send(BaseModel):
    """One recipient, and what became of the message."""

    email_send_id: UUID
    recipient_email: str = Field(description="Masked where the recipients are users of the platform.")
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
    """A page of recipients, by address."""

    items: list[Send]
    next_cursor: str | None
