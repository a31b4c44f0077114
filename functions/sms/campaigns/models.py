"""Requests and responses of SMS campaigns; their OpenAPI document is generated from them.

Those of all channels: functions/sending/models.py and functions/sending/operations/options.py.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field, model_validator

from ddp.fields import WHOLE, Account, Change, Digits, Flag, Json, Request, Text, one_line, stored_as
from ddp.pagination import NextCursor
from functions.sending.models import NamedAudience, SlotValues, Warnings
from functions.sending.operations.ab_test_models import OF_DRAFT, AbTestOfDraft, Letter
from functions.sending.operations.options import SampleData, SendOptions, SettleAction
from functions.sms.phones import numbers

MessageType = Literal["promotional", "transactional"]
Consent = Literal["required", "declared"]
SmsStatus = Literal[
    "pending", "sending", "sent", "delivered", "clicked", "failed", "suppressed", "cancelled", "missed", "unknown"
]  # fmt: skip
# ISO 3166-1 alpha-2.
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["GB"])]
PhoneAsWritten = Annotated[Text, Field(min_length=1, max_length=1_000, examples=["07400 123456"])]
MOST_TEMPLATE_BYTES = 8_192


def _short_enough(text: str) -> str:
    if len(text.encode()) > MOST_TEMPLATE_BYTES:
        raise ValueError(f"may have at most {MOST_TEMPLATE_BYTES:,} bytes; a message has 1,600 characters")
    return text


def _number(written: str) -> str:
    try:
        return numbers.read(written).e164
    except numbers.NumberError as error:
        raise ValueError(error.reason) from None


# With + and country code: there is no record that could name the country.
Phone = Annotated[
    Text, Field(min_length=1, max_length=100, examples=["+12025550101"]), AfterValidator(_number)
]
SmsText = Annotated[
    Text,
    Field(
        min_length=1,
        description="Liquid, with the recipient's data as variables. `{{ opt_out }}` says how to opt out, and is"
        ' appended if it is missing; `{{ "https://…" | short_link }}` gives a short link of the recipient\'s own.',
        examples=["{{ name }}, our new watch is here. {{ opt_out }}"],
    ),
    AfterValidator(_short_enough),
]
SenderNumber = Annotated[
    str,
    Field(
        pattern=r"^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 _&-]{1,11})$",
        description="A number (E.164), a short code or a sender ID; `auto`: the best that the sender may use in each"
        " recipient's country.",
        examples=["auto"],
    ),
    AfterValidator(one_line),
]
DltTemplate = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z-]{1,50}$", description="India: the id of the registered template."),
    AfterValidator(one_line),
]
Type = Annotated[
    MessageType,
    Field(
        description="`promotional`: with consent, within the windows. `transactional`: free of both, with leave."
    ),
]


class SmsDraftRequest(Request):
    """An SMS to draft. Content that is omitted is taken from the template; of a locked one, all of it has to be."""

    campaign_id: UUID
    template_id: UUID | None = Field(None, description="A template of the type `sms`.")
    sms_content: SmsText | None = Field(None, description="If omitted, the template's `text`.")
    sender_number: SenderNumber = "auto"
    message_type: Type = "promotional"
    dlt_template_id: DltTemplate | None = None
    slots: SlotValues | None = None

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        if self.template_id is None and self.sms_content is None:
            raise ValueError("give template_id or sms_content")
        return self


class SmsDraftChange(Change):
    """The fields to change. Omitted fields keep their values."""

    sms_content: SmsText = ""
    sender_number: SenderNumber = "auto"
    message_type: Type = "promotional"
    dlt_template_id: DltTemplate | None = None
    slots: SlotValues | None = None


class SmsCampaign(BaseModel):
    """An SMS of a campaign. It is a draft until sending is requested."""

    sms_campaign_id: UUID
    campaign_id: UUID
    sms_excerpt: str = Field(description="The first 160 characters of its template.")
    sender_number: str = Field(description="A number, a short code, a sender ID, or `auto`.")
    message_type: Type
    template_id: UUID | None
    created_by_user_id: UUID
    created_by: Account | None = None
    created_at: datetime
    requested_at: datetime | None = Field(
        description="When sending was requested, which froze the SMS. Null for a draft."
    )
    sent_at: datetime | None = Field(description="When the first message was sent.")
    recipient_count: int = Field(
        validation_alias=stored_as("recipient_count", "total_recipients"),
        description="Zero until it is planned.",
    )


class SmsCampaignDetail(SmsCampaign):
    """An SMS with its content."""

    sms_content: str = Field(description="The text, as Liquid.")
    dlt_template_id: str | None
    slots: dict[str, Any] | None
    ab_test: AbTestOfDraft | None = OF_DRAFT


class SmsCampaigns(BaseModel):
    """A page of SMS, newest first."""

    items: list[SmsCampaign]
    next_cursor: NextCursor


class SmsDeleted(BaseModel):
    """The draft was deleted."""

    sms_campaign_id: UUID


class SmsRecipient(Request):
    """One recipient. Unusable numbers are rejected and reported; the other recipients still get the message."""

    phone: PhoneAsWritten = Field(
        description="The number as people write it. One that cannot be used is rejected by itself."
    )
    country: Annotated[Text, Field(max_length=100)] | None = Field(
        None, description="ISO 3166-1 alpha-2: of a number without + and country code.", examples=["GB"]
    )
    name: Annotated[str, Field(max_length=255), AfterValidator(one_line)] | None = None
    time_zone: Annotated[str, Field(max_length=50), AfterValidator(one_line)] | None = Field(
        None, description="IANA time zone name."
    )
    template_data: Json | None = Field(None, description="Values of the template's variables.")


class SmsRecipientList(Request):
    """Up to 10,000 recipients; upload a CSV for more."""

    source: Literal["list"]
    # FailFast reports only the first invalid entry: a report on thousands of them would fill the memory.
    recipients: Annotated[list[SmsRecipient], FailFast()] = Field(
        min_length=1,
        max_length=10_000,
        description="Who gets it, each with the values of the template's variables.",
    )


SmsAudience = Annotated[SmsRecipientList | NamedAudience, Field(discriminator="source")]
DefaultCountry = Annotated[
    Country | None,
    Field(description="Of numbers without a country code and a country of their own."),
]


class SmsSendRequest(SendOptions):
    """Whom to send to, when, how, and what it may cost."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "audience": {
                        "source": "list",
                        "recipients": [{"phone": "+12025550101", "name": "Ann"}],
                    },
                    "max_cost": "25",
                }
            ]
        }
    )

    audience: SmsAudience
    default_country: DefaultCountry = None
    max_cost: Annotated[Decimal, Digits(total=13, places=5, is_positive=True)] | None = Field(
        None, description="The most that it may cost, in US dollars. Nothing is sent beyond."
    )
    max_parts: Annotated[int, Field(ge=1, le=10), WHOLE] = Field(
        4, description="Messages of more parts are rejected, as `too-many-parts`."
    )
    consent: Consent = Field(
        "required",
        description="`required`: numbers without recorded consent are rejected. `declared`: you state that all agreed,"
        " which the audit trail records.",
    )
    transliterate: Flag = Field(
        default=False,
        description="If true, characters outside of the GSM alphabet are replaced where all of a message's can be.",
    )
    ignore_windows: Flag = Field(
        default=False,
        description="If true, promotional messages go at any hour where no law forbids it (administrators: everywhere)."
        " The audit trail records it.",
    )


class SmsSendAccepted(BaseModel):
    """The send was requested and its SMS is frozen; workers do the rest."""

    sms_campaign_id: UUID
    send_plan_id: UUID
    scheduled_at: datetime
    warnings: Warnings = Field([])


class SmsPreviewRequest(Request):
    """Sample data, and optionally an audience to estimate."""

    template_data: SampleData = Field({})
    variant: Letter | None = Field(
        None, description="A variant that the draft tests. If omitted, the draft itself."
    )
    transliterate: Flag = False
    audience: SmsAudience | None = None
    default_country: DefaultCountry = None


class SmsTestRequest(Request):
    """The recipients of the test sends, and the data to render the message with."""

    recipients: list[Phone] = Field(
        min_length=1,
        max_length=5,
        description="The numbers that get it, with + and country code.",
        json_schema_extra={"uniqueItems": True},
    )
    template_data: SampleData = Field({})


class SmsTestSend(BaseModel):
    """One test send and its result."""

    sms_test_send_id: UUID
    recipient_phone: str = Field(description="E.164.")
    status: SmsStatus
    parts: int = Field(validation_alias=stored_as("parts", "units"))
    price: Decimal = Field(description="US dollars. Zero until it is composed.")
    failure_reason: str | None
    created_at: datetime
    ended_at: datetime | None


class SmsTestSends(BaseModel):
    """A page of test sends, newest first."""

    items: list[SmsTestSend]
    next_cursor: NextCursor


class SmsSettleRequest(Request):
    """How to settle messages whose result is unknown."""

    action: SettleAction = Field(
        description="`mark_sent`: they were sent. `retry`: send again; whoever got the first message gets it twice."
    )
    sms_send_ids: list[UUID] | None = Field(
        None, min_length=1, max_length=5_000, description="If omitted, all unknown messages of this SMS."
    )


def options(body: SmsSendRequest) -> dict[str, Any]:
    """The options of a request as send_sms_campaign() takes them."""
    given = body.model_dump(mode="json", exclude={"audience", "scheduled_at"}, exclude_none=True)
    # Thirteen digits: a number of JSON keeps them.
    return given | ({"max_cost": float(body.max_cost)} if body.max_cost is not None else {})
