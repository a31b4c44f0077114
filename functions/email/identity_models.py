"""Requests and responses about sender identities."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Request


class IdentityRequest(Request):
    """A domain, or one address, to send from."""

    identity: Annotated[str, Field(max_length=253, examples=["example.com", "shop@example.com"])]


class DnsRecord(BaseModel):
    """A record to add to the domain's DNS."""

    type: Literal["CNAME"] = "CNAME"
    name: str
    value: str


class SenderIdentity(BaseModel):
    """A domain or address that messages are sent from, once it is verified."""

    sender_identity_id: UUID
    identity: str
    status: Literal["pending", "verified", "failed"]
    is_shared: bool = Field(description="Everybody may send from it.")
    created_by_user_id: UUID
    created_at: datetime
    checked_at: datetime | None
    dns_records: list[DnsRecord] = Field(description="What proves a domain (DKIM).")
    next_step: str | None = Field(description="What to do; null: nothing.")


class SenderIdentities(BaseModel):
    """Whatever the caller may send from, and what is on its way there."""

    items: list[SenderIdentity]


class SharingRequest(Request):
    """Whether everybody may send from it."""

    is_shared: bool
