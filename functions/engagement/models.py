"""Requests and answers of the routes of engagement."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Digits, Request

Metric = Literal[
    "like", "reaction", "comment", "share", "save", "click", "view", "reach", "follow", "watch_seconds"
]
Interval = Literal["reading", "hour", "day"]


class PollState(BaseModel):
    """When numbers of a kind were last read, and when they are read next."""

    kind: Literal["counters", "insights"] = Field(
        description="counters: what the platform counts at once; insights: what it computes, up to two days later."
    )
    measured_at: datetime | None = Field(description="The last reading; null: none yet.")
    due_at: datetime | None = Field(
        description="The next one; null: no more, or not as long as the reason lasts."
    )
    reason: str | None = Field(
        description="Why the last one did not succeed, or there is none: budget, quota, account, not_said, refused,"
        " unreachable, not_offered, gone."
    )


class Measurement(BaseModel):
    """How often a post was engaged with, as it stood then."""

    at: datetime = Field(
        description="The reading; or the beginning of the hour or UTC day, whose last reading counts."
    )
    metric: Metric = Field(description="What was counted.")
    count: int = Field(description="How often, as it stood then.")


class PostEngagement(BaseModel):
    """What came back from a post. What the platform does not say is absent, and not 0."""

    post_id: UUID
    deleted_on_platform_at: datetime | None = Field(
        description="When it was noticed that it is no longer there; its last numbers are kept."
    )
    readings: list[PollState] = Field(description="When it was and will be read.")
    measurements: list[Measurement] = Field(description="The oldest first.")
    is_cut: bool = Field(description="Whether there are more: ask for a shorter time.")


class PostReadings(BaseModel):
    """When the numbers of a post are read."""

    post_id: UUID
    readings: list[PollState] = Field(description="When it was and will be read.")


class DayGain(BaseModel):
    """What all posts of an account gained on a day."""

    day: date = Field(description="A UTC day.")
    metric: Metric = Field(description="What was counted.")
    gained: int = Field(description="Negative if more was taken back than given.")


class TopPost(BaseModel):
    """A post with much engagement."""

    post_id: UUID
    published_at: datetime
    post_type: str
    total_engagement: int = Field(description="Likes, reactions, comments, shares, saves and clicks.")
    view_count: int = Field(description="Views.")
    reach_count: int = Field(description="People who saw it.")
    last_recorded_at: datetime | None = Field(description="The newest measurement.")


class AccountEngagement(BaseModel):
    """What came back from the posts of an account."""

    account_id: UUID
    days: list[DayGain] = Field(description="Days on which something was gained, the oldest first.")
    top_posts: list[TopPost] = Field(description="At most ten, of those published in the time.")


class BestTime(BaseModel):
    """An hour of the week."""

    weekday: int = Field(description="1 is Monday, 7 Sunday.")
    hour: int = Field(description="0 to 23, by the clock of the account's time zone.")
    relative: float | None = Field(
        description="The median engagement, 24 hours after publication, of posts of this hour; 1 is the account's"
        " median. null: a default, without posts behind it."
    )
    posts: int = Field(description="How many posts are behind it.")


class Slot(BaseModel):
    """A time of the week."""

    weekday: int = Field(description="1 is Monday, 7 Sunday.")
    local_time: str = Field(description="By the clock of the account's time zone, such as 09:00.")


class BestTimes(BaseModel):
    """When posts of an account did best. `slots` can be given to PUT /social-accounts/{account_id}/slots."""

    account_id: UUID
    time_zone: str = Field(description="The account's; UTC if it has none.")
    posts: int = Field(
        description="How many posts of the last year were compared: those read from 23 to 27 hours after publication."
    )
    unread_posts: int = Field(
        description="How many were left out, because nothing of them was read in that time. Missing is not zero."
    )
    is_default: bool = Field(description="Whether these are only customary hours.")
    note: str | None = Field(description="Why they are defaults.")
    hours: list[BestTime] = Field(description="The best first.")
    slots: list[Slot] = Field(description="The best seven of them, as the slots of an account.")


class ReadBudgetRequest(Request):
    """What reading the numbers of an account's posts may cost."""

    user_id: UUID = Field(description="Whose posts.")
    monthly_budget: Annotated[Decimal, Digits(total=14, places=5, least=0)] | None = Field(
        description="US dollars a month (UTC); null: nothing that costs is read.", examples=["5.00"]
    )


class ReadBudget(BaseModel):
    """What reading the numbers of an account's posts may cost this month, and what of it is spent, in US dollars."""

    user_id: UUID
    month: str = Field(description="By UTC, such as 2026-11. A new month has the whole budget again.")
    monthly_budget: Decimal | None = Field(description="Null: nothing that costs is read.")
    charged: Decimal = Field(description="For what was read, and what is being read.")
    left: Decimal = Field(description="What is not charged.")
    renews_at: datetime = Field(description="When the next month begins, and with it the whole budget.")


class Deletion(BaseModel):
    """What became of a request, made through a platform, to forget a person."""

    requested_at: datetime = Field(description="When the platform told of it.")
    done_at: datetime | None = Field(description="null: it is done within the hour.")
