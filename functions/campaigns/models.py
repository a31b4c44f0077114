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
TemplateType = Literal["email", "sms", "social", "web", "print"]

_MONEY = "A string or number with at most two decimals."
Money = Annotated[Decimal, Digits(total=12, places=2), Field(description=_MONEY)]
Budget = Annotated[Decimal, Digits(total=12, places=2, least=0), Field(description=_MONEY)]
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
    target_audience: Json = Field({}, description="Criteria that select the default recipients.")
    campaign_settings: Json = Field({}, description="Free-form JSON object, stored as given.")
    is_open: Flag = Field(
        default=False, description="Whether any retailer may join while the campaign is active."
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
    created_at: datetime
    updated_at: datetime


class Campaign(CampaignSummary):
    """A campaign that the caller created or takes part in."""

    campaign_description: str | None
    target_audience: dict[str, Any]
    campaign_settings: dict[str, Any]


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


class EmailContent(Request):
    """The content of an e-mail template: Liquid, with the recipient's data as variables."""

    subject: Annotated[Text, Field(min_length=1, max_length=500)] = Field(examples=["New: {{ model }}"])
    html: Annotated[Text, Field(min_length=1)] = Field(examples=["<p>Dear {{ name }}</p>"])
    text: Text | None = Field(
        None, description="The plain-text alternative. If omitted, it is made from the HTML."
    )


class TemplateRequest(Request):
    """A template to create."""

    template_name: Name = Field(examples=["Spring newsletter"])
    template_type: TemplateType
    template_content: dict[str, Any] = Field(
        description="E-mail: `subject`, `html` and `text`, as Liquid. Other types: a free-form JSON object.",
        examples=[{"subject": "New: {{ model }}", "html": "<p>Dear {{ name }}</p>"}],
    )


class VersionRequest(Request):
    """The next version of a template. The content of an existing version never changes."""

    template_name: Name | None = Field(None, description="If omitted, the name stays the same.")
    template_content: dict[str, Any] = Field(
        description="As in the first version.",
        examples=[{"subject": "New: {{ model }}", "html": "<p>Dear {{ name }}</p>"}],
    )


class TemplateChange(Change):
    """The fields to change. Retailers see only active templates."""

    template_name: Name = ""
    is_active: Flag = True


class TemplateSummary(BaseModel):
    """One version of a template in a list."""

    template_id: UUID
    template_name: str
    template_type: TemplateType
    created_by_user_id: UUID
    created_by: Account | None = None
    is_active: bool
    version: int
    parent_template_id: UUID | None = Field(description="The previous version.")
    created_at: datetime
    updated_at: datetime


class Template(TemplateSummary):
    """One version of a template, with its content."""

    template_content: Any


class Templates(BaseModel):
    """A page of templates, newest first, without their content. Each version is an item of its own."""

    items: list[TemplateSummary]
    next_cursor: NextCursor


class TemplatePreviewRequest(Request):
    """Sample data, as a row of a recipient list or file would provide it."""

    template_data: Json = Field({}, examples=[{"name": "Ann", "model": "Diver"}])


class ContentPreviewRequest(TemplatePreviewRequest):
    """Content that has not been saved, with sample data."""

    template_content: EmailContent


class TemplatePreview(BaseModel):
    """The message as a recipient with this data would receive it."""

    subject: str
    html: str
    text: str
    undefined: list[str] = Field(
        description="Variables that the template uses but the data does not contain."
    )
