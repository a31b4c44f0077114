"""Responses about the platforms: what each publishes, by the rules that validation goes by."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from functions.social.models.accounts import SocialPlatformName

SocialPostType = Literal["text", "link", "image", "carousel", "video", "reel", "story", "thread"]


class SocialPostTypeRule(BaseModel):
    """Whether a platform gets posts of one type, and with which media."""

    type: SocialPostType = Field(description="What a post is.")
    is_published: bool = Field(description="Whether such posts are published there.")
    reason: str | None = Field(description="If not: why, and what to do instead.")
    media_least: int | None = Field(description="Files that it has at least; null: not published.")
    media_most: int | None = Field(description="Files that it has at most; null: not published.")
    media_kind: str | None = Field(description="Whose limits in `media` hold for its files; null: none.")


class SocialPlatformVersion(BaseModel):
    """The version of the platform's API that we call."""

    version: str
    ends_on: date | None = Field(description="When the platform ends it; null: it names no end.")
    note: str | None = Field(description="How certain that is.")


class SocialPlatform(BaseModel):
    """A platform: whether posts go there, and its rules. Numbers are characters, bytes, seconds and pixels."""

    platform: SocialPlatformName = Field(description="`twitter` is X.")
    name: str = Field(description="As people know it.")
    is_on: bool = Field(description="Whether accounts can be connected here.")
    off_reason: str | None = Field(description="If not: why, and what to do.")
    is_audited: bool = Field(
        description="Whether the platform has audited our application. If not, it may keep posts private: options"
        " whose rule has `unaudited` take only those values."
    )
    checked_on: date = Field(description="When the rules were compared with the platform's documentation.")
    api: SocialPlatformVersion
    account_kinds: list[str] = Field(description="What can be connected there.")
    scopes: list[str] = Field(description="What people have to allow, in the platform's words.")
    post_types: list[SocialPostTypeRule] = Field(description="What is published there, by type.")
    text: dict[str, Any] = Field(description="The text's limits: `longest`, and in what it is counted.")
    title: dict[str, Any] | None = Field(description="The title's limits; null: posts there have none.")
    media: dict[str, Any] = Field(description="Limits of files, by their kind.")
    options: dict[str, Any] = Field(description="Settings of a post there, each with its type and choices.")
    first_comment: dict[str, Any] | None = Field(
        description="Limits of the first comment, or why there is none; null: the platform has none."
    )
    quotas: dict[str, Any] = Field(description="What the platform allows in a time, by account or for all.")
    prices: dict[str, Any] = Field(description="What the platform charges for a call; empty: nothing.")


class SocialPlatforms(BaseModel):
    """All platforms."""

    platforms: list[SocialPlatform] = Field(description="Those that are off, too.")
