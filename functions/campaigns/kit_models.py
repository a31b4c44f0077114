"""Requests and responses about the kits of campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import Account, Change, Name, Request, Text, Time
from ddp.pagination import NextCursor

SocialPlatformName = Literal["facebook", "instagram", "twitter", "linkedin", "tiktok", "youtube"]
ResponseState = Literal["offered", "accepted", "declined"]


class KitMedium(Request):
    """A file of a post."""

    file_id: UUID = Field(description="A live brand asset.")
    alt_text: Annotated[Text, Field(max_length=1500)] | None = Field(
        None, description="What people who cannot see it read."
    )


class KitPost(Request):
    """A post that is ready."""

    text: Annotated[Text, Field(max_length=63_206)] | None = Field(None, description="What the post says.")
    title: Annotated[Text, Field(max_length=300)] | None = Field(
        None, description="Where the platform shows one."
    )
    post_type: Literal["text", "image", "video", "link", "carousel", "reel", "story"] | None = Field(
        None, description="If omitted, as the media say."
    )
    media: list[KitMedium] = Field([], max_length=35, description="Its images or video, in their order.")
    options: dict[str, Any] = Field({}, description="Settings of the platform.")
    first_comment: Annotated[Text, Field(max_length=10_000)] | None = Field(
        None, description="Published after the post, below it."
    )


_DUE = (
    "When it goes out. An e-mail, SMS or post then becomes a draft for each participant, as soon as it is available and"
    " the campaign is active; null: participants use it when they like."
)


class KitItemRequest(Request):
    """An item to add at the end of a kit: one of template_id, file_id, collection_id and post."""

    title: Name = Field(examples=["Opening weekend"], description="What participants read in the kit.")
    template_id: UUID | None = Field(None, description="A template of the campaign's creator.")
    file_id: UUID | None = Field(None, description="A live brand asset.")
    collection_id: UUID | None = Field(None, description="A public collection of the campaign's creator.")
    post: KitPost | None = Field(None, description="A post that is ready.")
    platform: SocialPlatformName | None = Field(None, description="For which platform a post is; null: any.")
    available_from: Time | None = Field(None, description="Since when participants see it; null: always.")
    available_until: Time | None = Field(None, description="Until when participants see it; null: always.")
    due_at: Time | None = Field(None, description=_DUE)


class KitItemChange(Change):
    """The fields to change. Drafts that the item became stay as they are."""

    title: Name = Field("", description="What participants read in the kit.")
    available_from: Time | None = Field(None, description="Since when participants see it; null: always.")
    available_until: Time | None = Field(None, description="Until when participants see it; null: always.")
    due_at: Time | None = Field(None, description=_DUE)


class KitOrder(Request):
    """All items of a kit, in their new order."""

    item_ids: list[UUID] = Field(min_length=1, max_length=100, description="Ids of all items of the kit.")


class Acceptance(Request):
    """How a participant accepts the draft that an item became."""

    account_id: UUID | None = Field(
        None, description="Of a post without a draft: the social account through which it goes out."
    )


class KitResponse(BaseModel):
    """The draft that an item became for a participant, and the answer."""

    item_id: UUID
    retailer_id: UUID
    state: ResponseState = Field(description="What the participant did with it.")
    email_campaign_id: UUID | None = Field(description="The draft, if it is an e-mail.")
    sms_campaign_id: UUID | None = Field(description="The draft, if it is an SMS.")
    post_id: UUID | None = Field(
        description="The draft, if it is a post. Null until the participant says through which account it goes out."
    )
    offered_at: datetime = Field(description="When the draft was made.")
    answered_at: datetime | None = Field(description="When it was accepted or declined.")


class KitItem(BaseModel):
    """Something that a campaign gives its participants."""

    item_id: UUID
    campaign_id: UUID
    position: int = Field(description="Its place in the kit, from 0.")
    title: str = Field(description="What participants read in the kit.")
    template_id: UUID | None = Field(description="The template, if it is one.")
    file_id: UUID | None = Field(description="The brand asset, if it is one.")
    collection_id: UUID | None = Field(description="The collection, if it is one.")
    platform: SocialPlatformName | None = Field(description="For which platform the post is; null: any.")
    available_from: datetime | None = Field(description="Since when participants see it; null: always.")
    available_until: datetime | None = Field(description="Until when participants see it; null: always.")
    due_at: datetime | None = Field(description=_DUE)
    response: KitResponse | None = Field(None, description="What the caller was offered of it, and answered.")
    created_at: datetime
    updated_at: datetime


class KitItemDetail(KitItem):
    """An item with its post."""

    post: dict[str, Any] | None = Field(
        description="The post, if it is one: text, title, post_type, media, options, first_comment."
    )


class KitItems(BaseModel):
    """The kit of a campaign, in its order: at most 100 items, without their posts: get an item for its post."""

    items: list[KitItem]


class ItemActivation(BaseModel):
    """What participants did with an item."""

    item_id: UUID
    title: str = Field(description="What participants read in the kit.")
    due_at: datetime | None = Field(description="When it goes out; null: it becomes no draft.")
    offered: int = Field(description="Participants for whom a draft was made.")
    accepted: int = Field(description="Of these: participants who accepted it.")
    declined: int = Field(description="Of these: participants who declined it.")
    sent: int = Field(description="Participants who requested that it is sent, or whose post is published.")


class Activation(BaseModel):
    """What participants did with the items of a kit, in its order."""

    items: list[ItemActivation]


class ItemResponse(KitResponse):
    """What a participant did with an item."""

    retailer: Account | None = Field(description="The participant.")
    is_sent: bool = Field(description="Whether it was requested to be sent, or the post is published.")


class ItemResponses(BaseModel):
    """A page of what participants did with an item."""

    items: list[ItemResponse]
    next_cursor: NextCursor


class KitItemRemoved(BaseModel):
    """An item that was removed."""

    item_id: UUID
