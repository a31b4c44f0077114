"""Requests and responses about what SMS come from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Change, Flag
from ddp.pagination import NextCursor
from functions.sms.registers.fields import IdentityKind, MessageType, line_of

OriginStatus = Literal["active", "pending", "incomplete", "gone"]


class OriginationIdentityChange(Change):
    """The fields to change. Omitted fields keep their values."""

    assigned_to_user_id: UUID | None = Field(None, description="The one account that may use it.")
    is_shared: Flag = Field(default=False, description="Whether every account may use it.")
    message_type: MessageType = Field(
        "promotional", description="Only of an identity whose type the provider leaves open."
    )
    opt_out_words: Annotated[str, *line_of(100)] | None = Field(
        None,
        description='What `{{ opt_out }}` says; null: "Reply STOP" where answers reach us, else a link.',
        examples=["STOP au 36111"],
    )
    contact: Annotated[str, *line_of(200)] | None = Field(
        None, description="Whom the answer to HELP names.", examples=["help@example.com"]
    )
    dlt_entity_id: Annotated[str, *line_of(50)] | None = Field(
        None, description="India: the sender's id on the DLT registry."
    )


class OriginationIdentity(BaseModel):
    """A number, short code or sender ID from which SMS to a country come."""

    origination_identity_id: UUID
    identity: str = Field(description="As phones show it.")
    country: str = Field(description="ISO 3166-1, two letters: whose numbers it sends to.")
    kind: IdentityKind = Field(description="What it is.")
    message_type: MessageType = Field(description="What it sends.")
    is_type_open: bool = Field(description="Whether administrators choose the message type.")
    status: OriginStatus = Field(
        description="`pending`: its registration is not decided; `incomplete`: the registration needs changes;"
        " `gone`: no longer the account's. Only active ones are used."
    )
    is_two_way: bool = Field(description="Whether answers reach us.")
    manages_opt_outs: bool = Field(description="Whether we answer STOP and HELP; if not, the carrier does.")
    parts_per_second: float = Field(description="Message parts, not messages.")
    daily_cap: int | None = Field(description="Message parts a day (UTC); null if no cap is known.")
    opt_out_words: str | None = Field(
        description='What `{{ opt_out }}` says; null: "Reply STOP" where answers reach us, else a link.'
    )
    contact: str | None = Field(description="Whom the answer to HELP names.")
    dlt_entity_id: str | None
    is_shared: bool = Field(description="Whether every account may use it.")
    assigned_to_user_id: UUID | None
    synced_at: datetime | None = Field(description="When the provider last listed it, or ceased to.")
    created_at: datetime


class OriginationIdentities(BaseModel):
    """A page of identities, by country."""

    items: list[OriginationIdentity]
    next_cursor: NextCursor


class Synced(BaseModel):
    """What the provider's account has."""

    found: int = Field(description="Identities that the account has.")
    added: int = Field(description="Of these, new ones. Nobody may use them yet: assign or share them.")
    gone: int = Field(description="Identities that the account no longer has.")
