"""Requests and responses about notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Request
from ddp.pagination import NextCursor


class Notice(BaseModel):
    """Something that an account should know: one for each cause, subject and day."""

    notice_id: UUID
    cause: str = Field(
        description="What happened: `social-account-reconnect`: a platform no longer takes an account's token;"
        " `social-post-problems`, `-failed`, `-missed`, `-unconfirmed`, `-twice`: what became of a post;"
        " `social-comment-failed`, `-missed`: of a first comment; `campaign-fund-set`: a brand set what a retailer may"
        " claim; `fund-claim-requested`, `-withdrawn`, `-approved`, `-refused`, `-paid`: what became of a claim;"
        " `approval-requested`, `-reminder`: a participant of a campaign waits for its creator; `approval-given`,"
        " `-refused`: what that decided. There may be more in time."
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


class NoticesRequest(Request):
    """Which notices were read."""

    notice_ids: list[UUID] = Field(
        min_length=1, max_length=1000, description="Ids of notices that a person has seen."
    )


class NoticesRead(BaseModel):
    """How many notices were marked."""

    read_count: int = Field(description="Notices that were unread before.")
