"""Responses about single figures: an account's activity, how current the figures are, a refresh."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from functions.analytics.models.pages import Fresh


class ActivitySummary(Fresh):
    """What an account did in a period."""

    user_id: UUID
    sessions: int = Field(description="Sessions that began.")
    session_seconds: int = Field(description="Seconds of those that ended.")
    uploads: int
    views: int
    downloads: int
    shares: int
    campaigns_created: int
    campaigns_joined: int
    email_campaigns: int = Field(description="E-mail campaigns drafted.")
    sms_campaigns: int = Field(description="SMS campaigns drafted.")
    social_posts: int = Field(description="Posts written.")
    last_active_at: datetime | None


class Freshness(Fresh):
    """How current the figures are."""

    age_seconds: int | None = Field(description="Seconds since `as_of`; null: nothing has been counted yet.")


class RefreshRequested(BaseModel):
    """A refresh that was asked for."""

    is_requested: bool = Field(
        description="False if the queue is unavailable: the next one begins within a minute."
    )
