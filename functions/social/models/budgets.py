"""Requests and responses about what posts may cost."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Digits, Request

Dollars = Annotated[Decimal, Digits(total=14, places=5, least=0)]


class SocialBudgetRequest(Request):
    """What a user's posts may cost."""

    user_id: UUID = Field(description="Whose posts.")
    monthly_budget: Dollars | None = Field(
        description="US dollars a month (UTC); null: nothing that costs is published.", examples=["50.00"]
    )


class SocialBudget(BaseModel):
    """What a user's posts may cost this month, and what of it is used, in US dollars."""

    user_id: UUID
    month: str = Field(description="By UTC, such as 2026-11. A new month has the whole budget again.")
    monthly_budget: Decimal | None = Field(description="Null: nothing that costs is published.")
    reserved: Decimal = Field(description="Of calls under way, and of posts that are unconfirmed.")
    charged: Decimal = Field(description="Of posts that went out.")
    left: Decimal = Field(description="What is neither reserved nor charged.")
    renews_at: datetime = Field(description="When the next month begins, and with it the whole budget.")
