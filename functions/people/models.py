"""Requests and responses of the people capability; its OpenAPI document is generated from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from ddp.fields import Account, Change, Flag, Json, Name, Request, Text, one_line
from ddp.pagination import NextCursor

AccountType = Literal["brand", "retailer", "admin"]
MemberRole = Literal["viewer", "editor", "owner"]

EmailAddress = Annotated[
    Text,
    Field(
        max_length=255,
        pattern=r"^[^@\s]+@[^@\s]+$",
        examples=["ann@example.com"],
        json_schema_extra={"format": "email"},
    ),
    AfterValidator(one_line),
]


class SignInRequest(Request):
    """The account to make, if the caller has none yet. Of an existing one nothing changes."""

    user_name: Name | None = Field(
        None, description="If omitted, the part of the e-mail address before the @.", examples=["Ann Lee"]
    )
    profile_data: Json = Field({}, description="Free-form JSON object, stored as given.")


class SenderFields(BaseModel):
    """What a store says of itself. Messages show it as `{{ sender.store_name }}` and so on."""

    logo_file_id: UUID | None = Field(
        None,
        description="An image among the caller's files. It gets a public address within a minute or two, which"
        " messages show as `{{ sender.logo_url }}`; JPEG, PNG, GIF and WebP images can have one.",
    )
    store_name: Annotated[str, Field(max_length=120)] | None = Field(None, examples=["Lakeside Jewellers"])
    postal_address: Annotated[str, Field(max_length=300)] | None = Field(
        None,
        description="Up to six lines. E-mail must show it, and is not sent without one.",
        examples=["1 Lake Street\nZurich 8001"],
    )
    phone: Annotated[str, Field(max_length=32)] | None = Field(
        None, description="As people read it.", examples=["+44 20 7946 0018"]
    )
    website: Annotated[str, Field(max_length=2_000)] | None = Field(None, examples=["https://shop.example"])
    opening_hours: Annotated[str, Field(max_length=300)] | None = Field(
        None, description="Up to ten lines.", examples=["Mon-Fri 9-18"]
    )


class SenderChange(SenderFields, Change):
    """The fields to change. Omitted fields keep their values; null removes one."""


class PersonChange(Change):
    """The fields to change. Omitted fields keep their values."""

    user_name: Name = Field("", examples=["Ann Lee"])
    profile_data: Json = Field(
        {}, description="Replaces the object; its `sender` stays if it is omitted here."
    )
    sender: SenderChange | None = Field(None, description="What the store says of itself.")


class Person(BaseModel):
    """The caller's own account."""

    user_id: UUID
    user_name: str
    user_email: str
    user_type: AccountType
    is_active: bool = Field(description="If false, the caller can do nothing for this account yet.")
    profile_data: dict[str, Any]
    sender: SenderFields = Field(description="What the store says of itself; kept in profile_data.")
    created_at: datetime
    last_login_at: datetime | None


class Membership(BaseModel):
    """An active account that the caller may act for."""

    account: Account
    account_type: AccountType
    member_role: MemberRole
    is_acting: bool = Field(description="Whether this request acts for it.")


class Me(BaseModel):
    """The person who calls, and the accounts that it may act for."""

    person: Person
    acting: Membership | None = Field(
        description="The account that this request acts for. Null: none is active, or the header X-DDP-Account has"
        " to name one."
    )
    memberships: list[Membership] = Field(description="The caller's own account first.")
    open_invitations: int = Field(
        description="Accounts that invite the caller, at most 200: GET /invitations."
    )


class SessionRequest(Request):
    """What the front end knows about the device and the place."""

    device_info: Json = Field(
        {}, description="Stored as given. What the device is comes from the User-Agent header."
    )
    location_data: Json = Field(
        {},
        description="Stored as given. `time_zone`, the browser's IANA name, says the country where only one has it.",
        examples=[{"time_zone": "Europe/Zurich"}],
    )


class Session(BaseModel):
    """A session of the caller for the acting account."""

    session_id: UUID


class SessionHeartbeat(Session):
    """A session that goes on."""

    last_seen_at: datetime = Field(description="When the last heartbeat was noted: at most one each minute.")


class EndedSession(Session):
    """A session that has ended."""

    ended_at: datetime


class Profile(Account):
    """An account in the directory."""

    type: AccountType = Field(description="What the account is.")


class Directory(BaseModel):
    """A page of accounts, by name."""

    items: list[Profile]
    next_cursor: NextCursor


class MemberRequest(Request):
    """Whom to invite. The identity provider, or the owner, tells the person."""

    email: EmailAddress
    member_role: MemberRole


class MemberChange(Request):
    """The member's new role."""

    member_role: MemberRole


class Member(BaseModel):
    """A member of the acting account, or an invitation to it (`accepted_at` is null)."""

    account_member_id: UUID
    member: Account | None = Field(None, description="Null until the invitation is accepted.")
    invited_email: str | None = Field(description="The invited address; null for the account's own user.")
    member_role: MemberRole
    invited_at: datetime
    expires_at: datetime | None = Field(description="Until when the invitation can be accepted.")
    accepted_at: datetime | None
    ended_at: datetime | None


class Members(BaseModel):
    """A page of members and open invitations, the latest first."""

    items: list[Member]
    next_cursor: NextCursor


class Invitation(BaseModel):
    """An invitation to act for an account."""

    account_member_id: UUID
    account: Account
    member_role: MemberRole
    invited_at: datetime
    expires_at: datetime


class Invitations(BaseModel):
    """A page of open invitations to the caller's verified e-mail address, newest first."""

    items: list[Invitation]
    next_cursor: NextCursor


class AcceptedInvitation(BaseModel):
    """A new membership: name the account in the header X-DDP-Account to act for it."""

    account_member_id: UUID
    account_id: UUID
    member_role: MemberRole
    accepted_at: datetime


class User(BaseModel):
    """An account, as administrators see it."""

    user_id: UUID
    user_name: str
    user_email: str
    user_type: AccountType
    is_active: bool
    created_at: datetime
    last_login_at: datetime | None


class Users(BaseModel):
    """A page of accounts, newest first."""

    items: list[User]
    next_cursor: NextCursor


class AccessRequest(Change):
    """What to change about an account's access. Omitted fields keep their values."""

    user_type: AccountType = "retailer"
    is_active: Flag = False


class UserInvitationRequest(Request):
    """What the account with this address becomes at its first sign-in."""

    email: EmailAddress
    user_type: AccountType
    is_active: Flag = True


class UserInvitation(BaseModel):
    """An invitation to the platform, for whoever signs in with the address as a verified one. It is used once."""

    user_invitation_id: UUID
    invited_email: str
    user_type: AccountType
    is_active: bool
    invited_by_user_id: UUID | None
    invited_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None = Field(description="When it was withdrawn.")


class UserInvitations(BaseModel):
    """A page of invitations to the platform, the latest first."""

    items: list[UserInvitation]
    next_cursor: NextCursor
