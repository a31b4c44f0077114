"""Requests and responses about connections being made: consent on a platform, then the choice of accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Request, Text
from functions.social.access.outcomes import SocialConnectionStatus
from functions.social.models.accounts import SocialAccount, SocialPlatformName

ReturnUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1900,
        description="A page of the front end, to which the person comes back with `connection_id` and `status`.",
        examples=["https://app.example.com/accounts"],
    ),
]


class SocialConnectionRequest(Request):
    """Which platform to connect, and where the person comes back to."""

    platform: SocialPlatformName = Field(description="Where the accounts are; `twitter` is X.")
    return_url: ReturnUrl


class SocialReconnectRequest(Request):
    """Where the person comes back to."""

    return_url: ReturnUrl


class NewSocialConnection(BaseModel):
    """A connection that waits for a person's consent."""

    connection_id: UUID
    authorise_url: str | None = Field(
        description="The platform's page: open it in the person's browser. It works once; null when the answer is"
        " repeated."
    )
    expires_at: datetime = Field(description="Until when the person has to come back: ten minutes.")


class SocialChoice(BaseModel):
    """An account that the person may connect."""

    external_account_id: str = Field(description="The platform's id of it.")
    account_kind: str = Field(
        description="What it is there: page, channel, organization, member, business, creator or user."
    )
    account_handle: str = Field(description="How the platform calls it.")
    name: str = Field(description="Its name there.")
    lacks: list[str] = Field(
        description="What is missing before it can be connected, as sentences; empty: nothing."
    )
    account_id: UUID | None = Field(description="Once it was connected from here: its id.")


class SocialConnection(BaseModel):
    """A connection: how far it is, and the accounts to choose from."""

    connection_id: UUID
    platform: SocialPlatformName = Field(description="Where the accounts are; `twitter` is X.")
    account_id: UUID | None = Field(description="The account that is connected again; null: new ones.")
    status: SocialConnectionStatus = Field(
        description="`waiting`: for the person to come back; `ready`: choose accounts; `connected`: accounts were"
        " connected; `failed`, `expired`: begin again, `reason` says why."
    )
    expires_at: datetime = Field(
        description="Until when the person has to come back (ten minutes) and then to choose (an hour)."
    )
    granted_scopes: list[str] = Field(description="What the person allowed, in the platform's words.")
    choices: list[SocialChoice] = Field(description="The accounts that the person may connect.")
    error_code: str | None = Field(
        description="Why nothing was connected, for programs; null: nothing went wrong."
    )
    reason: str | None = Field(description="Why nothing was connected, as a sentence that says what to do.")


class SocialChoiceRequest(Request):
    """Which accounts to connect."""

    external_account_ids: list[Annotated[Text, Field(min_length=1, max_length=255)]] = Field(
        min_length=1, max_length=100, description="Of `choices`. A connection is made once: name all at once."
    )


class ConnectedSocialAccounts(BaseModel):
    """The accounts that were connected, or connected again."""

    accounts: list[SocialAccount] = Field(description="As they are from now on.")
