"""Requests and responses about consent to promotional SMS."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, IPvAnyAddress

from ddp.fields import Request, Text, Time
from ddp.pagination import NextCursor
from functions.sms.registers.fields import line_of

MOST_CONSENTS = 1_000
LONGEST_WORDING = 4_000  # bytes
EndedBy = Literal["stop", "link", "staff", "erasure"]


def _storable_wording(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    if len(text.encode()) > LONGEST_WORDING:
        raise ValueError(f"may have at most {LONGEST_WORDING:,} bytes in UTF-8")
    return text


# As somebody wrote it: functions/sms/phones/numbers.py judges it, so that one bad number does not spoil the list.
Phone = Annotated[
    Text, Field(max_length=200, description="As it was written down.", examples=["+44 7400 123456"])
]
# The wording follows from nothing else: an unknown country only makes numbers without + unreadable.
DefaultCountry = Annotated[
    str | None,
    Field(
        pattern="^[A-Z]{2}$",
        description="Of numbers without a country code: ISO 3166-1, two letters.",
        examples=["GB"],
    ),
]


class ConsentRequest(Request):
    """A person's consent."""

    phone: Phone
    source: Annotated[str, *line_of(50)] = Field(
        description="Where it was given.", examples=["web-form", "paper", "point-of-sale"]
    )
    wording: Annotated[Text, Field(min_length=1, max_length=4000), AfterValidator(_storable_wording)] = Field(
        description="What the person agreed to, in the words that the person saw."
    )
    given_at: Time = Field(description="When the person agreed.")
    ip: IPvAnyAddress | None = Field(
        None, description="The address that it came from, if it was given on a page."
    )


class ConsentsRequest(Request):
    """Consents to promotional SMS of the acting account."""

    consents: list[ConsentRequest] = Field(
        min_length=1, max_length=MOST_CONSENTS, description="One for each person."
    )
    default_country: DefaultCountry = None
    file_id: UUID | None = Field(None, description="The caller's file that they come from, as evidence.")


class RejectedConsent(BaseModel):
    """A consent that was not recorded."""

    position: int = Field(description="Its place in the request, from 0.")
    code: str
    reason: str


class ConsentsRecorded(BaseModel):
    """What became of the consents."""

    recorded: int = Field(description="Consents that stand from now on.")
    already_standing: int = Field(
        description="The person had agreed before, and that stands as it was recorded."
    )
    rejected: list[RejectedConsent]


class PhonesRequest(Request):
    """Numbers of people who no longer agree."""

    phones: list[Phone] = Field(min_length=1, max_length=MOST_CONSENTS, description="Their numbers.")
    default_country: DefaultCountry = None


class RejectedNumber(BaseModel):
    """An entry that is not a number."""

    position: int = Field(description="Its place in the request, from 0.")
    code: str
    reason: str


class ConsentsWithdrawn(BaseModel):
    """What became of the consents."""

    withdrawn: int = Field(description="Consents that stood until now.")
    rejected: list[RejectedNumber]


class PhoneRequest(Request):
    """A number."""

    phone: Phone
    default_country: DefaultCountry = None


class PhoneConsent(BaseModel):
    """A person's consent to promotional SMS of one account. Numbers are stored as hashes and cannot be shown."""

    phone_consent_id: UUID
    owner_user_id: UUID = Field(description="The account that may send.")
    source: str = Field(description="Where it was given; `start`: an answer to a message.")
    wording: str = Field(description="What the person agreed to.")
    given_at: datetime = Field(description="When the person agreed.")
    ip: str | None = Field(description="The address that it came from; null if it is not known.")
    file_id: UUID | None
    sms_send_plan_id: UUID | None = Field(description="The send whose answer gave it.")
    recorded_at: datetime
    recorded_by_user_id: UUID | None
    ended_at: datetime | None = Field(description="Null: it stands.")
    ended_by: EndedBy | None = Field(
        description="`stop`: an answer; `link`: the link in a message; `staff`: the sender or an administrator;"
        " `erasure`: the person was erased."
    )


class PhoneConsents(BaseModel):
    """A page of consents, newest first."""

    items: list[PhoneConsent]
    next_cursor: NextCursor


class ConsentCheck(BaseModel):
    """Whether a person agreed, and how that is known."""

    has_consent: bool = Field(description="Whether one to the acting account's messages stands.")
    history: list[PhoneConsent] = Field(
        description="The newest 100, ended ones too. Admins see those of all accounts."
    )
