"""Requests and responses about co-op funds and claims."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Account, Digits, Request, Text
from ddp.pagination import NextCursor
from functions.campaigns.models import Budget

ClaimState = Literal["requested", "approved", "paid", "refused", "withdrawn"]
Cost = Annotated[
    Decimal,
    Digits(total=12, places=2, is_positive=True),
    Field(description="A string or number with at most two decimals, in the platform's currency."),
]


class FundRequest(Request):
    """What a retailer may claim in a campaign."""

    allotment: Budget = Field(examples=["1000.00"])
    share_percent: Annotated[Decimal, Digits(total=5, places=2, is_positive=True, most=100)] = Field(
        description="The part of each cost that the brand pays, in percent. A change holds for new claims.",
        examples=["50"],
    )


class Fund(BaseModel):
    """A retailer's fund in a campaign, with its balance."""

    fund_id: UUID
    campaign_id: UUID
    campaign_name: str | None = Field(description="null if the caller no longer takes part in it.")
    retailer_id: UUID
    retailer: Account | None = None
    brand: Account | None = Field(None, description="Who pays.")
    share_percent: Decimal = Field(description="The part of each cost that the brand pays, in percent.")
    allotment: Decimal = Field(description="The most that the retailer may claim in all.")
    requested: Decimal = Field(description="What claims come to that wait for the brand.")
    approved: Decimal = Field(description="What claims come to that are approved and not paid yet.")
    paid: Decimal = Field(description="What claims come to that are paid.")
    remaining: Decimal = Field(description="The allotment less requested, approved and paid.")
    created_at: datetime
    updated_at: datetime


class Funds(BaseModel):
    """A page of funds, newest first."""

    items: list[Fund]
    next_cursor: NextCursor


class FundClaimRequest(Request):
    """A cost of which the brand is to pay its share."""

    campaign_id: UUID
    cost: Cost = Field(examples=["240.00"])
    covers: Literal["messages", "other"] = Field(
        "other",
        description="What the cost was for. `messages`: messages and posts through the platform, which the campaign's"
        " expenses have already; not more than these. `other`: a cost of the retailer's own, such as an advertisement.",
    )
    description: Annotated[Text, Field(max_length=2000)] | None = None
    file_ids: list[UUID] = Field(
        [],
        max_length=20,
        description="Own live files that prove it. The brand sees them until the claim is refused or withdrawn.",
    )


class RefusalRequest(Request):
    """Why a claim is refused."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="The retailer reads it.", examples=["The invoice is of another campaign."]
    )


class FundClaim(BaseModel):
    """A claim, with what the retailer had sent in the campaign when it was made."""

    claim_id: UUID
    fund_id: UUID
    campaign_id: UUID
    retailer_id: UUID
    retailer: Account | None = None
    state: ClaimState = Field(
        description="`requested` waits for the brand; `approved` is booked and not paid yet."
    )
    covers: Literal["messages", "other"] = Field(description="What the cost was for.")
    cost: Decimal = Field(description="What it cost the retailer.")
    share_percent: Decimal = Field(description="The fund's share when the claim was made.")
    amount: Decimal = Field(description="What the brand is to pay: the share of the cost.")
    description: str | None = Field(description="The retailer's words.")
    emails_sent: int = Field(description="E-mails that the provider had accepted.")
    sms_sent: int = Field(description="SMS that the provider had accepted.")
    posts_published: int = Field(description="Posts that were out.")
    file_ids: list[UUID] = Field(description="Files that prove it.")
    reason: str | None = Field(description="Why it was refused.")
    created_at: datetime
    decided_at: datetime | None = Field(description="When it was approved, refused or withdrawn.")
    paid_at: datetime | None = Field(description="When the brand noted that it was paid.")


class FundClaims(BaseModel):
    """A page of claims, newest first."""

    items: list[FundClaim]
    next_cursor: NextCursor
