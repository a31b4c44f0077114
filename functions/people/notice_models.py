"""Requests and responses about notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Request
from ddp.pagination import NextCursor

# What notices tell, and what each of it means.
CAUSES: Mapping[str, str] = {
    "social-account-reconnect": "a platform no longer takes an account's token",
    "social-post-problems": "a post cannot go out as it is",
    "social-post-failed": "a post did not go out",
    "social-post-missed": "a post's time passed before it could go out",
    "social-post-unconfirmed": "whether a post went out is not known",
    "social-post-twice": "a post may be on its platform twice",
    "social-post-deleted": "a post is no longer on its platform",
    "social-comment-failed": "a first comment did not go out",
    "social-comment-missed": "a first comment's time passed before it could go out",
    "social-read-budget": "numbers of posts were not read, because the month's budget for reading is spent",
    "campaign-fund-set": "a brand set what a retailer may claim",
    "fund-claim-requested": "a retailer claims a share of a cost",
    "fund-claim-withdrawn": "a retailer took a claim back",
    "fund-claim-approved": "a brand approved a claim",
    "fund-claim-refused": "a brand refused a claim",
    "fund-claim-paid": "a brand paid a claim",
    "approval-requested": "a participant of a campaign waits for its creator",
    "approval-reminder": "a participant of a campaign still waits for its creator",
    "approval-given": "a campaign's creator approved a message",
    "approval-refused": "a campaign's creator refused a message",
}


class Notice(BaseModel):
    """Something that an account should know: one for each cause, subject and day."""

    notice_id: UUID
    cause: str = Field(
        description="What happened: "
        + "; ".join(f"`{cause}`: {meaning}" for cause, meaning in CAUSES.items())
        + ". There may be more in time."
    )
    subject_type: str | None = Field(
        description="What it is about, such as `social_account`, `campaign`, `campaign_fund` or `fund_claim`; null:"
        " nothing that has an id."
    )
    subject_id: UUID | None = Field(description="Its id.")
    day: date = Field(description="When, by UTC.")
    count: int = Field(description="How often it happened that day.")
    detail: dict[str, Any] = Field(
        description="Ids and words, such as `platform`, or the ids of the latest posts."
    )
    created_at: datetime
    updated_at: datetime = Field(description="When it happened last.")
    read_at: datetime | None = Field(description="When it was read; null: not since it happened last.")


class Notices(BaseModel):
    """A page of notices, the latest first."""

    items: list[Notice]
    next_cursor: NextCursor
    unread_count: int = Field(description="How many notices of the account nobody has read, on all pages.")


class NoticesRequest(Request):
    """Which notices were read."""

    notice_ids: list[UUID] = Field(
        min_length=1, max_length=1000, description="Ids of notices that a person has seen."
    )


class NoticesRead(BaseModel):
    """How many notices were marked."""

    read_count: int = Field(description="Notices that were unread before.")
