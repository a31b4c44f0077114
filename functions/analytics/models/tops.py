"""One row of each top list."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from functions.analytics.models.figures import CLICK_RATE, CONVERSION_RATE, OPEN_RATE, CampaignStatus, Rate
from functions.analytics.models.pages import Fresh

TemplateType = Literal["email", "sms", "social", "web", "print"]


class Top(BaseModel):
    """A place in a top list; ties go to the lower id."""

    position: int = Field(description="1 is the first.")


class TopAsset(Top):
    """A brand asset that was downloaded often."""

    asset_id: UUID
    asset_name: str
    asset_type: str
    file_id: UUID
    brand_id: UUID
    download_count: int


class TopRetailer(Top):
    """A retailer that downloaded many assets."""

    retailer_id: UUID
    retailer_name: str | None
    download_count: int
    asset_count: int = Field(description="Different assets downloaded.")
    last_activity_at: datetime | None


class TopTemplate(Top):
    """A template that reaches many of the retailers in its owner's campaigns."""

    template_id: UUID
    template_name: str
    template_type: TemplateType
    brand_id: UUID
    usage_count: int = Field(description="E-mail and SMS campaigns made from it.")
    retailers_reached: int = Field(description="Retailers that used it.")
    retailers_total: int = Field(description="Retailers in its owner's campaigns.")
    coverage: Rate = Field(description="100 * reached / total; 0 without retailers.")
    conversion_rate: Rate = Field(description=CONVERSION_RATE)


class TopCampaign(Top):
    """A campaign with many clicks and much engagement."""

    campaign_id: UUID
    campaign_name: str
    campaign_status: CampaignStatus
    brand_id: UUID
    performance: int = Field(description="E-mails with a click + engagement with posts.")
    delivered_count: int = Field(description="E-mails and SMS.")
    email_open_rate: Rate = Field(description=OPEN_RATE)
    email_click_rate: Rate = Field(description=CLICK_RATE)
    post_engagement: int


class TopWish(Top):
    """A model that is wished for often."""

    model_id: UUID
    model_name: str
    collection_name: str | None
    mpn: str | None
    brand_id: UUID
    wish_count: int
    retailer_count: int = Field(description="Retailers who wish for it.")


def list_of(row: type[Top]) -> type[BaseModel]:
    """The model of a top list of these rows."""
    fields: dict[str, Any] = {"items": (list[row], Field(max_length=10))}  # type: ignore[valid-type]
    return create_model(
        f"{row.__name__}List", __base__=Fresh, __doc__="At most ten, the first one first.", **fields
    )
