"""Requests and responses of the campaigns slice; together they are its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from ddp.fields import Json, Name, Request, Text

CampaignStatus = Literal["draft", "active", "paused", "completed", "archived"]
TemplateType = Literal["email", "sms", "social", "web", "print"]

Money = Annotated[
    Decimal,
    Field(max_digits=12, decimal_places=2, description="As text or number, with two decimals at most."),
]
Description = Annotated[Text, Field(max_length=10_000)]


class CampaignRequest(Request):
    """A campaign to create. It begins as a draft."""

    campaign_name: Name = Field(examples=["Spring 2027"])
    campaign_description: Description | None = None
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = Field(None, description="After the start. Nothing is sent afterwards.")
    budget_allocated: Annotated[Money, Field(ge=0)] = Decimal(0)
    target_audience: Json = Field({}, description="Criteria of the users that messages go to by default.")
    campaign_settings: Json = Field({}, description="Anything of your own: a JSON object.")
    is_open: bool = Field(
        default=False, description="Retailers may join without being added, while it is active."
    )


class CampaignChange(Request):
    """What is to be changed; members that are left out stay."""

    campaign_name: Name = ""
    campaign_description: Description | None = None
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
    target_audience: Json = Field({})
    campaign_settings: Json = Field({})
    is_open: bool = False

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one member to change")
        return self


class Campaign(BaseModel):
    """A campaign that the caller created or takes part in."""

    campaign_id: UUID
    campaign_name: str
    campaign_description: str | None
    campaign_status: CampaignStatus
    created_by_user_id: UUID
    start_date: datetime | None
    end_date: datetime | None
    budget_allocated: Decimal
    budget_spent: Decimal
    target_audience: dict[str, Any]
    campaign_settings: dict[str, Any]
    is_open: bool
    created_at: datetime
    updated_at: datetime


class Campaigns(BaseModel):
    """A page of campaigns."""

    items: list[Campaign]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


class StatusRequest(Request):
    """Where the campaign goes: draft → active → paused ⇄ active → completed → archived."""

    campaign_status: CampaignStatus


class BudgetRequest(Request):
    """What may be spent."""

    budget_allocated: Annotated[Money, Field(ge=0)]


class ExpenseRequest(Request):
    """Something that was spent; a negative amount corrects."""

    amount: Money = Field(examples=["129.90"])
    description: Annotated[Text, Field(max_length=500)] | None = None


class BudgetSpent(BaseModel):
    """The sum of all expenses, this one included."""

    budget_spent: Decimal


class Expense(BaseModel):
    """Something that was spent on a campaign."""

    expense_id: UUID
    campaign_id: UUID
    amount: Decimal
    description: str | None
    created_by_user_id: UUID
    created_at: datetime


class Expenses(BaseModel):
    """A page of expenses, newest first."""

    items: list[Expense]
    next_cursor: str | None


class Participation(BaseModel):
    """A retailer's part in a campaign."""

    campaign_id: UUID
    retailer_id: UUID


class Participant(BaseModel):
    """A retailer that takes part."""

    campaign_id: UUID
    retailer_id: UUID
    joined_at: datetime


class Participants(BaseModel):
    """A page of participants, latest first: all of them for the campaign's creator, oneself for a retailer."""

    items: list[Participant]
    next_cursor: str | None


class EmailContent(Request):
    """The content of an e-mail template: Liquid, in which a recipient's data are variables."""

    subject: Annotated[Text, Field(min_length=1, max_length=500)] = Field(examples=["New: {{ model }}"])
    html: Annotated[Text, Field(min_length=1)] = Field(examples=["<p>Dear {{ name }}</p>"])
    text: Text | None = Field(None, description="The text alternative; left out, it is made from the HTML.")


class TemplateRequest(Request):
    """A template to create."""

    template_name: Name
    template_type: TemplateType
    template_content: dict[str, Any] = Field(
        description="E-mail: `subject`, `html` and `text`, as Liquid. Other types: a JSON object of your own.",
        examples=[{"subject": "New: {{ model }}", "html": "<p>Dear {{ name }}</p>"}],
    )


class VersionRequest(Request):
    """The next version of a template: its content never changes."""

    template_name: Name | None = Field(None, description="Left out: as before.")
    template_content: dict[str, Any]


class TemplateChange(Request):
    """A template's name, and whether retailers see it."""

    template_name: Name = ""
    is_active: bool = True

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one member to change")
        return self


class Template(BaseModel):
    """One version of a template."""

    template_id: UUID
    template_name: str
    template_type: TemplateType
    template_content: Any
    created_by_user_id: UUID
    is_active: bool
    version: int
    parent_template_id: UUID | None = Field(description="The version before.")
    created_at: datetime
    updated_at: datetime


class Templates(BaseModel):
    """A page of templates, newest first."""

    items: list[Template]
    next_cursor: str | None


class TemplatePreviewRequest(Request):
    """Sample data: what a recipient's row of a list or file would bring."""

    template_data: Json = Field({}, examples=[{"name": "Ann", "model": "Diver"}])


class ContentPreviewRequest(TemplatePreviewRequest):
    """Content that is not saved yet, with sample data."""

    template_content: EmailContent


class TemplatePreview(BaseModel):
    """The message as a recipient with these data would get it."""

    subject: str
    html: str
    text: str
    undefined: list[str] = Field(description="Variables that the template asks for and the data do not have.")
