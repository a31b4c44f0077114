"""Requests and responses about messages that came in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Request
from ddp.pagination import NextCursor

Verdict = Literal["stop", "start", "help", "person", "other"]
Decision = Literal["stop", "not_stop"]


class InboundMessage(BaseModel):
    """A message that somebody sent to an origination identity."""

    inbound_message_id: UUID
    received_at: datetime = Field(description="When it came in.")
    identity: str = Field(description="The origination identity that it was sent to.")
    country: str | None = Field(
        description="Of the message that it answers, else of the identity; two letters."
    )
    phone: str | None = Field(
        description="Who sent it, in E.164; masked if the recipients of the send are users of the platform. "
        "Null after an erasure."
    )
    body: str | None = Field(
        description="The text, at most 2,000 characters; null: it came without one, or was erased."
    )
    verdict: Verdict = Field(
        description="What it asks for. `person`: it may be a wish to get no more messages, and until somebody decides, "
        "the number gets none."
    )
    is_for_everyone: bool = Field(
        description="Whether that concerns the messages of all senders, because the identity is shared."
    )
    owner_user_id: UUID | None = Field(
        description="The account of the identity, else of the message that it answers; null: nobody's."
    )
    sms_send_id: UUID | None = Field(description="The message that it answers.")
    returns_at: datetime | None = Field(
        description="Of a `start`: when the provider delivers to the number again, which it allows once in 30 days; "
        "null: at once."
    )
    decision: Decision | None = Field(description="What a person decided; null: nothing yet.")
    decided_at: datetime | None
    decided_by_user_id: UUID | None


class InboundMessages(BaseModel):
    """A page of messages, the latest first."""

    items: list[InboundMessage]
    next_cursor: NextCursor


class DecisionRequest(Request):
    """What the message asks for."""

    decision: Decision = Field(
        description="`stop`: the sender wants no more messages; this cannot be taken back. `not_stop`: messages go on."
    )
