"""Requests and responses about accounts of platforms, and the times at which they like to post."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from ddp.fields import WHOLE, Change, Name, Request, stored_as
from ddp.pagination import NextCursor

SocialPlatformName = Literal["facebook", "instagram", "twitter", "linkedin", "tiktok", "youtube"]
SocialAccountStatus = Literal["active", "reconnect", "disconnected"]
TimeZone = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9_+/-]{1,50}$",
        description="In which slots are meant: a name of the IANA database.",
        examples=["Europe/Zurich"],
    ),
]
LocalTime = Annotated[
    str,
    Field(
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="By the clock of the account's time zone.",
        examples=["09:30"],
    ),
]


class SocialAccount(BaseModel):
    """A page, channel, organisation or person of a platform, through which the account posts."""

    account_id: UUID
    user_id: UUID = Field(description="The account of this platform that connected it.")
    platform: SocialPlatformName = Field(description="Where it posts; `twitter` is X.")
    external_account_id: str | None = Field(
        description="The platform's id of it; null: connected before posts were published from here."
    )
    account_kind: str | None = Field(
        description="What it is there: page, channel, organization, member, business, creator or user."
    )
    account_handle: str = Field(description="How the platform calls it; people change it.")
    account_name: str | None = Field(description="A name for it; its owner may change it.")
    status: SocialAccountStatus = Field(
        description="`active`: posts go out; `reconnect`: the platform no longer takes its token, and its posts wait;"
        " `disconnected`: by a person."
    )
    reason: str | None = Field(
        validation_alias=stored_as("reason", "status_reason"),
        description="Why it is not active, as a sentence; null: it is, or a person disconnected it.",
    )
    scopes: list[str] = Field(description="What was allowed when it was connected, in the platform's words.")
    token_expires_at: datetime | None = Field(
        description="When its token ends; it is renewed before. Null: it does not end, or there is none."
    )
    reconnect_by: datetime | None = Field(
        description="Until when it has to be connected again in any case; null: not known."
    )
    time_zone: str | None = Field(description="In which its slots are meant; null: UTC.")
    created_at: datetime
    updated_at: datetime


class SocialAccounts(BaseModel):
    """A page of accounts, the newest first."""

    items: list[SocialAccount]
    next_cursor: NextCursor


class SocialAccountDetail(SocialAccount):
    """An account, and what its platform says about it now."""

    facts: dict[str, Any] | None = Field(
        description="What the platform says now, such as `posts_left`, or of TikTok the choices of `privacy`. Null: it"
        " was not asked, or did not answer."
    )
    facts_reason: str | None = Field(description="Why `facts` is null, as a sentence.")


class SocialAccountChange(Change):
    """The fields to change. Omitted fields keep their values."""

    account_name: Name | None = Field(None, description="A name for it; null: none. Only for owners.")
    time_zone: TimeZone | None = Field(
        None,
        description="In which its slots are meant; null: UTC. Posts that are scheduled stay where they are.",
    )


class DisconnectedSocialAccount(BaseModel):
    """An account whose tokens were forgotten."""

    account_id: UUID
    status: SocialAccountStatus
    is_revoked: bool = Field(description="Whether the platform took our access back.")
    note: str | None = Field(description="What is left to do on the platform, as a sentence; null: nothing.")


def _short(value: object) -> object:
    """The database's time as the API shows it: with seconds only if it has some."""
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    return value


Weekday = Annotated[int, Field(ge=1, le=7, description="1 is Monday, 7 Sunday."), WHOLE]


class SocialSlotRequest(Request):
    """A time of the week at which the account likes to post."""

    weekday: Weekday
    local_time: LocalTime


class SocialSlotsRequest(Request):
    """All slots of an account."""

    slots: list[SocialSlotRequest] = Field(max_length=168, description="They replace those that there are.")
    time_zone: TimeZone | None = Field(
        None, description="In which slots are meant from now on; null: as before."
    )


class SocialSlot(BaseModel):
    """A time of the week at which the account likes to post."""

    weekday: int = Field(description="1 is Monday, 7 Sunday.")
    local_time: Annotated[str, BeforeValidator(_short)] = Field(
        description="By the clock of the account's time zone, such as 09:30."
    )


class SocialSlots(BaseModel):
    """The slots of an account, by weekday and time."""

    account_id: UUID
    time_zone: str | None = Field(description="In which they are meant; null: UTC.")
    slots: list[SocialSlot] = Field(description="By weekday and time.")
