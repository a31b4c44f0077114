"""Requests and responses about orders; their OpenAPI document is generated from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    FailFast,
    Field,
    field_validator,
    model_validator,
)

from ddp import addresses
from ddp.fields import Phone, Request, Text, Time, one_line
from ddp.links import conversions
from ddp.pagination import NextCursor

Kind = Literal["order", "refund", "pixel"]
Outcome = Literal["credited", "counted", "repeated", "unrelated", "order_unknown", "refund_too_large"]

HIGHEST = Decimal("9999999.99")

OrderId = Annotated[
    str, Field(min_length=1, max_length=100, examples=["2027-1042"]), AfterValidator(one_line)
]
Value = Annotated[Decimal, Field(ge=-HIGHEST, le=HIGHEST, decimal_places=2, examples=[129.90])]


class ReportedOrder(Request):
    """An order, or what was paid back for one.

    `ddp_ref`, `customer_email` or `customer_phone` say whose it is: one of them is enough.
    """

    order_id: OrderId = Field(description="The shop's own id. One order and one refund are recorded for it.")
    kind: Literal["order", "refund"] = "order"
    value: Value = Field(
        description="In the platform's currency; of a refund negative, and no more than the order."
    )
    currency: str = Field(pattern="^[A-Z]{3}$", examples=["EUR"])
    occurred_at: Time = Field(description="At most 90 days ago.")
    ddp_ref: Annotated[Text, Field(max_length=200)] | None = Field(
        None, description="The parameter of that name with which the customer's visit began."
    )
    customer_email: Annotated[Text, Field(max_length=1_000)] | None = Field(
        None, description="The customer's address. Only its keyed hash is used, and nothing of it is stored."
    )
    customer_phone: Phone | None = Field(
        None,
        description="The customer's number, in E.164. Only its keyed hash is used, and nothing of it is stored.",
    )
    campaign_id: UUID | None = Field(
        None, description="Counted for this campaign if no click in an e-mail or SMS led to the order."
    )

    @field_validator("customer_email")
    @classmethod
    def _usable_address(cls, address: str | None) -> str | None:
        try:
            return addresses.normalise_email(address) if address else None
        except addresses.AddressError as error:
            raise ValueError(error.reason) from error

    @model_validator(mode="after")
    def _sign_of_value(self) -> Self:
        if (self.value < 0) != (self.kind == "refund"):
            raise ValueError("the value of an order is 0 or more, and that of a refund is negative")
        return self

    def as_item(self) -> dict[str, Any]:
        """The item of a report, as queries.analytics.conversions takes it."""
        item = self.model_dump(mode="json", exclude={"ddp_ref", "customer_email", "customer_phone"})
        send_id = conversions.referred(self.ddp_ref) if self.ddp_ref else None
        customer = addresses.email_hash(self.customer_email).hex() if self.customer_email else None
        phone = addresses.phone_hash(self.customer_phone).hex() if self.customer_phone else None
        return item | {
            "send_id": send_id and str(send_id),
            "customer_hash": customer,
            "phone_hash": phone,
        }


class OrdersReport(Request):
    """Orders of the caller's shop, at most 1,000."""

    # FailFast reports only the first invalid entry: a report on hundreds of them would help nobody.
    conversions: Annotated[list[ReportedOrder], FailFast()] = Field(min_length=1, max_length=1_000)


class RecordedOrder(BaseModel):
    """What became of one order of a report."""

    order_id: str
    kind: Kind
    outcome: Outcome = Field(
        description="`credited`: to the e-mail or SMS in which the customer clicked last, within 7 days. `counted`: for"
        " the campaign named, and not in rates of e-mails. `repeated`: known before, nothing changed. Not recorded are"
        " `unrelated`: no click, and no campaign named that the retailer takes part in; `order_unknown`: a refund of"
        " an order that is not recorded; `refund_too_large`: of more than the order."
    )
    campaign_id: UUID | None
    email_campaign_id: UUID | None
    sms_campaign_id: UUID | None


class RecordedOrders(BaseModel):
    """One outcome for each order, in the order of the report."""

    outcomes: list[RecordedOrder]


class Conversion(BaseModel):
    """A recorded order, refund, or visit of the page of thanks (`pixel`)."""

    conversion_id: UUID
    campaign_id: UUID
    email_campaign_id: UUID | None = Field(description="The e-mail that it is credited to.")
    sms_campaign_id: UUID | None = Field(description="The SMS that it is credited to.")
    order_id: str
    kind: Kind
    value: float
    currency: str
    occurred_at: datetime
    recorded_at: datetime


class Conversions(BaseModel):
    """A page of the caller's orders, newest first."""

    items: list[Conversion]
    next_cursor: NextCursor


class KeyRequest(Request):
    """When the keys before end. Give 0 if somebody else may know them."""

    old_keys_end_in_hours: int = Field(24, ge=0, le=168)

    @property
    def delay(self) -> timedelta:
        """The same as a duration."""
        return timedelta(hours=self.old_keys_end_in_hours)


class HookKey(BaseModel):
    """A key with which the retailer's shop signs its reports."""

    key_id: UUID
    created_at: datetime
    ends_at: datetime | None = Field(description="Null until another key takes its place.")


class HookKeys(BaseModel):
    """The keys that are accepted now, the newest first, and the platform's currency."""

    keys: list[HookKey]
    currency: str


class NewHookKey(BaseModel):
    """A new key. It is shown only here: keep it where the shop keeps its secrets."""

    key_id: UUID
    key: str | None = Field(
        description="Sign with it: X-DDP-Signature is the HMAC-SHA256, as hex, of X-DDP-Timestamp (seconds since"
        " 1970), a full stop and the body. Null in a repeated answer: make another key."
    )
    hook_path: str = Field(description="Where the shop sends its reports, as POST.")
