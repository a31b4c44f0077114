"""Requests and responses about sender identities."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Flag, Request
from ddp.pagination import NextCursor

IdentityStatus = Literal["pending", "verified", "failed"]
DnsRecordType = Literal["CNAME", "TXT"]


class IdentityRequest(Request):
    """The domain or address to send from.

    To claim it is to say that it is the caller's. Its DNS records, or the link in an e-mail, then prove it.
    """

    identity: Annotated[str, Field(max_length=253, examples=["example.com", "shop@example.com"])]


class DnsRecord(BaseModel):
    """A record to add to the domain's DNS."""

    type: DnsRecordType = Field(description="The kind of record.")
    name: str
    value: str = Field(description="What the record has.")


class SenderIdentity(BaseModel):
    """A domain or address. Messages can be sent from it once it is verified."""

    sender_identity_id: UUID
    identity: str
    status: IdentityStatus
    is_shared: bool = Field(description="Whether everyone may send from it.")
    created_by_user_id: UUID
    created_at: datetime
    checked_at: datetime | None
    dns_records: list[DnsRecord] = Field(
        description="The records that prove a domain: one names the claim, others are for SES (DKIM)."
        " Empty for an address."
    )
    next_step: str | None = Field(description="What the owner has to do next; null if nothing.")


class SenderIdentities(BaseModel):
    """A page of identities, the caller's own first."""

    items: list[SenderIdentity]
    next_cursor: NextCursor


class SharingRequest(Request):
    """Whether everyone may send from the identity."""

    is_shared: Flag
