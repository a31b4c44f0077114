"""Requests and responses of the campaigns capability; its OpenAPI document is generated from them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Account, Change, Digits, Flag, Json, Name, Request, Text, Time, stored_as
from ddp.pagination import NextCursor

CampaignStatus = Literal["draft", "active", "paused", "completed", "archived"]
ParticipantStatus = Literal["invited", "accepted", "left"]
ApprovalRule = Literal["none", "first", "all"]

_MONEY = "A string or number with at most two decimals."
Money = Annotated[Decimal, Digits(total=12, places=2), Field(description=_MONEY)]
Budget = Annotated[Decimal, Digits(total=12, places=2, least=0), Field(description=_MONEY)]
GroupIds = Annotated[
    list[UUID] | None,
    Field(
        min_length=1,
        max_length=50,
        description="Groups of the caller's whose members may find and join it while it is open; null: all retailers.",
    ),
]
Description = Annotated[Text, Field(max_length=10_000)]


class CampaignRequest(Request):
    """A campaign to create. Its first status is `draft`."""

    campaign_name: Name = Field(examples=["Spring 2027"])
    campaign_description: Description | None = None
    start_date: Time | None = None
    end_date: Time | None = Field(
        None, description="Must be after start_date. Nothing is sent after this time."
    )
    budget_allocated: Budget = Decimal(0)
    target_audience: Json = Field(
        {},
        description="Criteria that select the default recipients: values, or lists of them, by their names in the"
        " profile; `groups`: ids of groups of retailers.",
    )
    campaign_settings: Json = Field({}, description="Free-form JSON object, stored as given.")
    is_open: Flag = Field(
        default=False, description="Whether any retailer may join while the campaign is active."
    )
    group_ids: GroupIds = None
    approval: ApprovalRule = Field(
        "none",
        description="Which messages and posts of participants wait for the creator's approval: none, the first of each"
        " participant, or all.",
    )


class CampaignChange(Change):
    """The fields to change. Omitted fields keep their values."""

    campaign_name: Name = ""
    campaign_description: Description | None = None
    start_date: Time | None = None
    end_date: Time | None = None
    target_audience: Json = Field({})
    campaign_settings: Json = Field({})
    is_open: Flag = False
    group_ids: GroupIds = None
    approval: ApprovalRule = Field(
        "none", description="Which messages and posts of participants wait for the creator's approval."
    )


class CampaignSummary(BaseModel):
    """A campaign in a list."""

    campaign_id: UUID
    campaign_name: str
    status: CampaignStatus = Field(validation_alias=stored_as("status", "campaign_status"))
    created_by_user_id: UUID
    created_by: Account | None = None
    start_date: datetime | None
    end_date: datetime | None
    budget_allocated: Decimal
    budget_spent: Decimal
    is_open: bool
    approval: ApprovalRule = Field(
        description="Which messages and posts of participants wait for the creator's approval."
    )
    created_at: datetime
    updated_at: datetime


class Campaign(CampaignSummary):
    """A campaign that the caller created or takes part in."""

    campaign_description: str | None
    target_audience: dict[str, Any]
    campaign_settings: dict[str, Any]
    group_ids: list[UUID] | None = Field(
        None, description="Groups whose members may find and join it; null: all retailers."
    )


class Campaigns(BaseModel):
    """A page of campaigns, without their descriptions, audiences and settings: get a campaign for these."""

    items: list[CampaignSummary]
    next_cursor: NextCursor


class OpenCampaign(BaseModel):
    """A campaign that the calling retailer may join: open to all, or with an invitation."""

    campaign_id: UUID
    campaign_name: str
    campaign_description: str | None = Field(description="Its first 2,000 characters.")
    brand: Account
    start_date: datetime | None
    end_date: datetime | None
    is_invited: bool = Field(description="Whether its creator invited the caller.")
    created_at: datetime


class OpenCampaigns(BaseModel):
    """A page of campaigns that the calling retailer may join, newest first."""

    items: list[OpenCampaign]
    next_cursor: NextCursor


class StatusRequest(Request):
    """The new status: draft → active or archived; active ⇄ paused; active or paused → completed → archived."""

    status: CampaignStatus = Field(examples=["active"])


class BudgetRequest(Request):
    """The budget to allocate."""

    budget_allocated: Budget


class ExpenseRequest(Request):
    """An expense to record. A negative amount corrects an earlier one."""

    amount: Money = Field(examples=["129.90"])
    description: Annotated[Text, Field(max_length=500)] | None = None


class BudgetSpent(BaseModel):
    """The sum of all expenses, including the new one."""

    budget_spent: Decimal


class Expense(BaseModel):
    """An expense of a campaign."""

    expense_id: UUID
    campaign_id: UUID
    amount: Decimal
    description: str | None
    created_by_user_id: UUID
    created_at: datetime


class Expenses(BaseModel):
    """A page of expenses, newest first."""

    items: list[Expense]
    next_cursor: NextCursor


class Participation(BaseModel):
    """A retailer's part in a campaign."""

    campaign_id: UUID
    retailer_id: UUID
    status: ParticipantStatus = Field("accepted", validation_alias=stored_as("status", "participant_state"))


class Participant(Participation):
    """A retailer that takes part in a campaign, is invited to it, or has left it."""

    retailer: Account | None = None
    joined_at: datetime = Field(description="When it joined; until it accepts: when it was invited.")
    state_changed_at: datetime = Field(description="Since when its status is what it is.")


class Participants(BaseModel):
    """A page of participants, latest first. The campaign's creator sees all; a retailer sees only itself."""

    items: list[Participant]
    next_cursor: NextCursor
