"""Requests and responses of the e-mail channel; its OpenAPI document is generated from them.

Those that all channels share are in functions/sending/models.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field, model_validator

from ddp.fields import (
    Account,
    Change,
    DisplayName,
    Json,
    Request,
    Text,
    one_line,
    stored_as,
)
from ddp.images.problems import ImageProblem
from ddp.pagination import NextCursor
from functions.sending.models import (
    Address,
    AudienceSize,
    EarlierSend,
    RecipientFile,
    SendStatus,
    ShownSlot,
    SlotValues,
    TargetAudience,
    Warnings,
)
from functions.sending.operations.ab_test_models import (
    OF_DRAFT,
    AbTestOfDraft,
    Letter,
)
from functions.sending.operations.options import SampleData, SendOptions, SettleAction

Subject = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(one_line)]
Html = Annotated[Text, Field(min_length=1)]
ReplyTo = Annotated[
    Address,
    Field(
        description="Where answers go, such as the shop's own address behind a shared sender. If null: to the sender.",
        examples=["shop@example.com"],
    ),
]
Attachments = Annotated[
    list[UUID], Field(max_length=10, description="The caller's files: at most 10, and 7 MiB in total.")
]


class DraftRequest(Request):
    """An e-mail to draft. Content that is omitted is taken from the template; of a locked one, all of it has to be."""

    campaign_id: UUID
    template_id: UUID | None = None
    email_subject: Subject | None = Field(
        None, description="Liquid, with the recipient's data as variables.", examples=["New: {{ model }}"]
    )
    email_content: Html | None = Field(
        None, description="HTML with Liquid.", examples=["<p>Dear {{ name }}</p>"]
    )
    text_content: Text | None = Field(
        None,
        description="The plain-text alternative, with Liquid. If there is none, it is made from the HTML.",
    )
    attachments: Attachments = Field([])
    sender_email: Address = Field(
        description="Sending requires a verified sender identity for it.", examples=["shop@example.com"]
    )
    sender_name: DisplayName | None = None
    reply_to: ReplyTo | None = None
    slots: SlotValues | None = None

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        if self.template_id is None and (self.email_subject is None or self.email_content is None):
            raise ValueError("give template_id, or email_subject and email_content")
        return self


class DraftChange(Change):
    """The fields to change. Omitted fields keep their values."""

    email_subject: Subject = ""
    email_content: Html = ""
    text_content: Text | None = None
    attachments: Attachments = Field([])
    sender_email: Address = ""
    sender_name: DisplayName | None = None
    reply_to: ReplyTo | None = None
    slots: SlotValues | None = None


class EmailCampaign(BaseModel):
    """An e-mail of a campaign. It is a draft until sending is requested."""

    email_campaign_id: UUID
    campaign_id: UUID
    email_subject: str
    sender_email: str
    sender_name: str | None
    template_id: UUID | None
    created_by_user_id: UUID
    created_by: Account | None = None
    created_at: datetime
    requested_at: datetime | None = Field(
        description="When sending was requested, which froze the e-mail. Null for a draft."
    )
    sent_at: datetime | None = Field(description="When the first message was sent.")
    recipient_count: int = Field(
        validation_alias=stored_as("recipient_count", "total_recipients"),
        description="Zero until it is planned.",
    )


class EmailCampaignDetail(EmailCampaign):
    """An e-mail with its content."""

    email_content: str
    text_content: str | None
    attachments: list[UUID]
    reply_to: str | None
    slots: dict[str, Any] | None
    ab_test: AbTestOfDraft | None = OF_DRAFT


class EmailCampaigns(BaseModel):
    """A page of e-mails, newest first."""

    items: list[EmailCampaign]
    next_cursor: NextCursor


class Deleted(BaseModel):
    """The draft was deleted."""

    email_campaign_id: UUID


class Recipient(Request):
    """One recipient. Unusable addresses are rejected and reported; the other recipients still get the message."""

    email: Annotated[Text, Field(min_length=1, max_length=1_000)] = Field(
        description="The address. One that cannot be used is rejected by itself.",
        examples=["ann@example.com"],
    )
    name: Annotated[str, Field(max_length=255), AfterValidator(one_line)] | None = None
    time_zone: Annotated[str, Field(max_length=50), AfterValidator(one_line)] | None = Field(
        None, description="IANA time zone name."
    )
    template_data: Json | None = Field(None, description="Values of the template's variables.")


class RecipientList(Request):
    """Up to 10,000 recipients; upload a CSV for more."""

    source: Literal["list"]
    # FailFast reports only the first invalid entry: a report on thousands of them would fill the memory.
    recipients: Annotated[list[Recipient], FailFast()] = Field(
        min_length=1,
        max_length=10_000,
        description="Who gets it, each with the values of the template's variables.",
    )


Audience = Annotated[
    RecipientList | RecipientFile | TargetAudience | EarlierSend, Field(discriminator="source")
]


class SendRequest(SendOptions):
    """Whom to send to, when, and how."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "audience": {
                        "source": "list",
                        "recipients": [{"email": "ann@example.com", "name": "Ann"}],
                    },
                    "quiet_from": "21:00",
                    "quiet_until": "08:00",
                    "time_zone": "Europe/Zurich",
                }
            ]
        }
    )

    audience: Audience


class SendAccepted(BaseModel):
    """The send was requested and its e-mail is frozen; workers do the rest."""

    email_campaign_id: UUID
    send_plan_id: UUID
    scheduled_at: datetime
    warnings: Warnings = Field([])


class EmailPreviewRequest(Request):
    """Sample data, and optionally an audience whose size to estimate."""

    template_data: SampleData = Field({})
    variant: Letter | None = Field(
        None, description="A variant that the draft tests. If omitted, the draft itself."
    )
    audience: RecipientFile | TargetAudience | EarlierSend | None = Field(None, discriminator="source")


class EmailPreview(BaseModel):
    """The message as a recipient with this data would receive it."""

    subject: str
    html: str
    text: str
    undefined: list[str] = Field(description="Variables that the content uses but the data does not contain.")
    slots: list[ShownSlot] = Field(description="What of it is the message's own, if its template has slots.")
    image_problems: list[ImageProblem] = Field([], description="Images that recipients may not see.")
    is_sender_verified: bool = Field(description="Whether the caller may send from its sender address.")
    audience: AudienceSize | None
    warnings: list[str] = Field(
        [], description="Attachments that may be used only until a time, as sentences."
    )


class TestRequest(Request):
    """The recipients of the test sends, and the data to render the message with."""

    recipients: list[Address] = Field(
        min_length=1,
        max_length=5,
        description="The addresses that get it.",
        json_schema_extra={"uniqueItems": True},
    )
    template_data: SampleData = Field({})


class TestSend(BaseModel):
    """One test send and its result."""

    email_test_send_id: UUID
    recipient_email: str
    status: SendStatus
    failure_reason: str | None
    created_at: datetime
    ended_at: datetime | None


class TestSends(BaseModel):
    """A page of test sends, newest first."""

    items: list[TestSend]
    next_cursor: NextCursor


class SettleRequest(Request):
    """How to settle messages whose result is unknown."""

    action: SettleAction = Field(
        description="`mark_sent`: they were sent. `retry`: send again; whoever got the first message gets it twice."
    )
    email_send_ids: list[UUID] | None = Field(
        None, min_length=1, max_length=5_000, description="If omitted, all unknown messages of this e-mail."
    )


def options(body: SendRequest) -> dict[str, Any]:
    """The options of a request as send_email_campaign() takes them."""
    return body.model_dump(mode="json", exclude={"audience", "scheduled_at"}, exclude_none=True)
