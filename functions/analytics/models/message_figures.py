"""One row of the lists of e-mail and SMS campaigns; see figures.py."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from functions.analytics.models.figures import CLICK_RATE, CONVERSION_RATE, DELIVERY_RATE, OPEN_RATE, Rate


class EmailCampaignFigures(BaseModel):
    """What came of an e-mail campaign."""

    email_campaign_id: UUID
    campaign_id: UUID
    email_subject: str
    created_by_user_id: UUID
    created_at: datetime
    sent_at: datetime | None
    recipient_count: int = Field(description="Recipients, whatever became of them.")
    sent_count: int
    delivered_count: int
    opened_count: int
    clicked_count: int
    bounced_count: int
    failed_count: int = Field(description="Not sent: refused by the provider, or not renderable.")
    complained_count: int = Field(description="Marked as unwanted by the recipient.")
    unsubscribed_count: int = Field(description="Recipients who unsubscribed by the message.")
    machine_opened_count: int = Field(
        description="Opened by a mail scanner or proxy; not in `opened_count` unless a person opened it too."
    )
    delivery_rate: Rate = Field(description=DELIVERY_RATE)
    open_rate: Rate = Field(description=OPEN_RATE)
    click_rate: Rate = Field(description=CLICK_RATE)
    click_to_open_rate: Rate = Field(
        description="100 * clicked / opened, at most 100; 0 if nothing was opened."
    )
    bounce_rate: Rate = Field(description="100 * bounced / sent, at most 100; 0 if nothing was sent.")
    conversion_count: int = Field(description="Orders credited to it.")
    conversion_value: float = Field(
        description="What they were worth, less refunds; in the platform's currency."
    )
    conversion_rate: Rate = Field(description=CONVERSION_RATE)


class SmsCampaignFigures(BaseModel):
    """What came of an SMS campaign."""

    sms_campaign_id: UUID
    campaign_id: UUID
    created_by_user_id: UUID
    created_at: datetime
    sent_at: datetime | None
    recipient_count: int = Field(description="Recipients, whatever became of them.")
    sent_count: int
    delivered_count: int
    clicked_count: int
    failed_count: int = Field(
        description="Not delivered, or not sent: refused by the provider or the carrier."
    )
    unsubscribed_count: int = Field(description="Recipients who wanted no more messages after it.")
    part_count: int = Field(description="Parts of the messages that the provider accepted.")
    cost: float = Field(description="US dollars: what the provider charged, or will by the prices.")
    delivery_rate: Rate = Field(description=DELIVERY_RATE)
    click_rate: Rate = Field(description=CLICK_RATE)
    conversion_count: int = Field(description="Orders credited to it.")
    conversion_value: float = Field(
        description="What they were worth, less refunds; in the platform's currency."
    )
    conversion_rate: Rate = Field(
        description="100 * orders credited to it / delivered, at most 999.99; 0 if nothing was delivered."
    )
    progress: Rate = Field(description="100 * sent / recipients, at most 100; 0 without recipients.")


class SmsCountryFigures(BaseModel):
    """What an SMS campaign came to in one country."""

    country: str | None = Field(description="ISO 3166-1 alpha-2.")
    identity: str | None = Field(description="What its messages are sent from.")
    recipient_count: int = Field(description="Recipients, whatever became of them.")
    sent_count: int
    delivered_count: int
    clicked_count: int
    failed_count: int = Field(
        description="Not delivered, or not sent: refused by the provider or the carrier."
    )
    unsubscribed_count: int = Field(description="Recipients who wanted no more messages after it.")
    part_count: int = Field(description="Parts of the messages that the provider accepted.")
    cost: float = Field(description="US dollars: what the provider charged, or will by the prices.")


class SmsCountries(BaseModel):
    """What an SMS campaign came to, by country; the country with the most recipients first."""

    items: list[SmsCountryFigures]
