"""Responses about posts; their OpenAPI document is generated from them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from ddp.pagination import NextCursor
from functions.social.drafting.requests import PostType
from functions.social.models.accounts import SocialPlatformName
from functions.social.validation.shapes import ImageConversion

SocialPostStatus = Literal[
    "draft", "scheduled", "claimed", "preparing", "ready", "publishing", "published", "unconfirmed", "failed", "missed",
    "cancelled",
]  # fmt: skip
PartStatus = Literal["waiting", "calling", "published", "unconfirmed", "failed", "skipped"]
CallOutcome = Literal["published", "failed", "not_accepted", "accepted", "unknown"]
StepName = Literal["validate", "prepare", "check", "finalise", "confirm", "comment", "settle"]


def _without_offset(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


LocalTime = Annotated[
    str | None,
    BeforeValidator(_without_offset),
    Field(description="What a person chose, by the clock of `time_zone`.", examples=["2027-03-01T09:00:00"]),
]
Money = Annotated[Decimal, Field(description="US dollars.")]


class PostProblem(BaseModel):
    """What is wrong with a post, and how to mend it."""

    field: str = Field(
        description="Of the request, such as `text` or `media[0]`; `account` for the account itself."
    )
    code: str = Field(description="Stable, for programs.", examples=["too-long"])
    sentence: str = Field(description="What is wrong, and how to mend it.")
    limit: float | None = Field(description="The limit that it breaks, where there is one.")
    is_warning: bool = Field(description="Whether it keeps the post from nothing.")


class SocialPostSummary(BaseModel):
    """A post on one account, in a list."""

    post_id: UUID
    group_id: UUID | None = Field(
        description="The same for all posts that were made by one request; null: made alone."
    )
    account_id: UUID
    platform: SocialPlatformName | None = Field(description="Null if the caller no longer sees the account.")
    account_handle: str | None
    account_name: str | None
    campaign_id: UUID | None
    created_by_user_id: UUID
    status: SocialPostStatus
    post_type: PostType
    excerpt: str | None = Field(description="The first 160 characters of its text.")
    title: str | None = Field(description="Where the platform has titles.")
    scheduled_at: datetime | None
    local_time: LocalTime
    time_zone: str | None = Field(description="IANA name; null: an instant was chosen.")
    published_at: datetime | None
    calendar_at: datetime = Field(
        description="Its place in the calendar: when it goes or went out; of a draft, when it was made."
    )
    permalink: str | None = Field(description="Its address on the platform.")
    error_code: str | None = Field(description="Why it failed, was missed, is unconfirmed, or waits.")
    error_reason: str | None
    problem_count: int = Field(description="Of a draft: problems for which it was taken off the schedule.")
    revision: int = Field(description="Name it when you change the post.")
    created_at: datetime


class SocialPosts(BaseModel):
    """A page of the calendar."""

    items: list[SocialPostSummary]
    next_cursor: NextCursor


class SocialPostMade(SocialPostSummary):
    """A post after the request, with what is wrong with it: of a draft everything, else only warnings."""

    problems: list[PostProblem] = Field(
        description="Of a large group only the first ones; a preview has all of them."
    )


class SocialPostGroup(BaseModel):
    """The posts that one request made, or that the caller sees of them."""

    group_id: UUID | None = Field(description="Null for a single post.")
    posts: list[SocialPostMade] = Field(description="One for each account.")


class PostFile(BaseModel):
    """A file of a post. What the caller does not see of it is null."""

    position: int
    file_id: UUID
    alt_text: str | None
    file_name: str | None
    content_type: str | None
    file_size: int | None = Field(description="In bytes.")
    is_available: bool = Field(description="Whether it is live, and the caller may see it.")


class PostPart(BaseModel):
    """What of a post is published by a call of its own: the post (0) and its first comment (1)."""

    part_no: int
    content: str | None = Field(description="Of the first comment.")
    status: PartStatus
    external_id: str | None
    permalink: str | None
    error_code: str | None
    error_reason: str | None
    published_at: datetime | None


class PostCall(BaseModel):
    """A call that could not be taken back."""

    part_no: int
    attempt: int
    started_at: datetime
    ended_at: datetime | None
    outcome: CallOutcome | None = Field(
        description="`unknown`: nobody knows whether it published. Null: under way."
    )
    external_id: str | None
    code: str | None
    reason: str | None
    price: Money | None = Field(description="US dollars; null for those who do not pay it.")
    is_charged: bool | None = Field(description="Whether it was paid; null for those who do not pay it.")


class PostStep(BaseModel):
    """What workers do next, and when."""

    step: StepName = Field(description="What is done.")
    due_at: datetime
    attempts: int = Field(description="How often it was put off.")


class SocialPostDetail(SocialPostSummary):
    """A post with its history."""

    text: str | None
    template_id: UUID | None = Field(description="The template that it was made from.")
    slots: dict[str, Any] | None = Field(description="Values of the template's slots, by name.")
    options: dict[str, Any]
    media: list[PostFile]
    problems: list[PostProblem] = Field(description="Why it was taken off the schedule.")
    external_post_id: str | None
    parts: list[PostPart]
    calls: list[PostCall] = Field(description="The last 100, earliest first.")
    next_step: PostStep | None = Field(description="Null if there is none.")


class PostChecked(BaseModel):
    """A post on one account, as it would be made."""

    account_id: UUID
    platform: SocialPlatformName | None
    account_handle: str | None
    account_name: str | None
    post_type: PostType | None
    scheduled_at: datetime | None
    local_time: LocalTime
    time_zone: str | None = Field(description="IANA name; null: an instant was chosen.")
    text_length: int | None = Field(description="As the platform counts.")
    text_limit: int | None
    price: Money = Field(description="US dollars that publishing it costs.")
    problems: list[PostProblem]


class PostBudget(BaseModel):
    """What posts may cost in a month (UTC), in US dollars."""

    price: Money = Field(description="Of these posts together.")
    month: str = Field(description="The present one.", examples=["2027-03"])
    monthly_budget: Decimal | None = Field(description="Null: nothing that costs is published.")
    reserved: Decimal = Field(description="For posts that are being published.")
    charged: Decimal = Field(description="For posts that were published.")
    left: Decimal = Field(description="What posts may still cost this month.")


class PostQuota(BaseModel):
    """What a platform still lets through until a time."""

    platform: SocialPlatformName
    quota: str = Field(description="What the platform counts.", examples=["posts_of_account"])
    account_id: UUID | None = Field(description="Null: of all accounts here together, or your share of it.")
    is_share: bool = Field(
        description="Whether it is your fair share of what the platform lets through of all accounts here together."
    )
    most: int = Field(description="What it lets through in all.")
    left: int = Field(description="What it still lets through.")
    ends_at: datetime = Field(description="When there is more.")


class PostsChecked(BaseModel):
    """What is wrong with posts, before they are made."""

    is_valid: bool = Field(description="Whether all could be scheduled.")
    posts: list[PostChecked] = Field(description="In the order of the accounts.")
    budget: PostBudget = Field(description="What posts may cost.")
    quotas: list[PostQuota] = Field(description="Of the platforms that count posts.")


class PreviewedMedia(BaseModel):
    """A file as the platform would get it."""

    position: int
    file_id: UUID
    content_type: str | None
    alt_text: str | None
    width: int | None = Field(description="After the conversion, in pixels. Null: not known.")
    height: int | None = Field(description="As `width`.")
    conversion: ImageConversion = Field(
        description="What is done to an image besides making it a JPEG. Videos stay as they are."
    )
    thumbnail_url: str | None = Field(description="Of the file as it is, for some minutes.")


class PostSlot(BaseModel):
    """A slot of the post's template, and what stands there. All other content is the template's if it is locked."""

    name: str
    kind: Literal["text", "url", "image", "date"]
    value: str | None = Field(description="Null: nothing stands there. Of an image, the id of the file.")
    origin: Literal["own", "default", "missing"] = Field(
        description="`own`: the post's; `default`: the template's; `missing`: there is neither."
    )
    required: bool = Field(description="Whether the post cannot be scheduled without a value.")


class SocialPostPreview(BaseModel):
    """A post as its platform would show it."""

    post_id: UUID
    account_id: UUID
    platform: SocialPlatformName
    account_handle: str | None
    account_name: str | None
    post_type: PostType
    text: str = Field(description="As the platform gets it, up to its limit.")
    cut: str = Field(description="What is beyond the limit. The post cannot be scheduled with it.")
    text_length: int = Field(description="As the platform counts.")
    text_limit: int
    links: list[str] = Field(description="What X makes addresses of. Empty for other platforms.")
    title: str | None = Field(description="Where the platform has titles.")
    first_comment: str | None
    media: list[PreviewedMedia]
    price: Money
    slots: list[PostSlot] = Field(description="What of it is the post's own, if its template has slots.")
    problems: list[PostProblem]


class SocialPostGroupPreview(BaseModel):
    """The posts of a group as their platforms would show them."""

    group_id: UUID
    posts: list[SocialPostPreview] = Field(description="One for each account.")
