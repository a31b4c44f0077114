"""Requests about posts; their OpenAPI document is generated from them."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from ddp.fields import WHOLE, Change, Flag, Json, Request, Text
from ddp.providers.social.base import Platform

PostType = Literal["text", "image", "video", "link", "carousel", "reel", "story", "thread"]

# What the database takes: the longest text of any platform.
LONGEST_TEXT, LONGEST_TITLE, LONGEST_COMMENT, LONGEST_ALT_TEXT, MOST_MEDIA = 63_206, 300, 10_000, 1_500, 35

PostText = Annotated[
    Text,
    Field(max_length=LONGEST_TEXT, description="As it is published. Each platform has a limit of its own."),
]
PostTitle = Annotated[Text, Field(max_length=LONGEST_TITLE, description="Where the platform has titles.")]
FirstComment = Annotated[
    Text,
    Field(
        max_length=LONGEST_COMMENT, description="Published right after the post, where the platform has it."
    ),
]
Options = Annotated[
    Json,
    Field(
        description="The platform's own options (GET /social-platforms), `link` (the address that a link post leads to)"
        " and `fit`: whether an image of a shape that the platform refuses is padded (`pad`, as if omitted), cropped"
        " (`crop`) or refused (`refuse`).",
        examples=[{"privacy": "public"}],
    ),
]


Slots = Annotated[
    Json,
    Field(
        description="Values of the template's slots, by name; of images the id of a file, which is attached. Where one"
        " is omitted, the template's default stands. A post of a locked template has no other content.",
        examples=[{"headline": "Open on Sunday"}],
    ),
]


class PostMedia(Request):
    """A file of a post: any that the caller sees."""

    file_id: UUID
    alt_text: Annotated[Text, Field(max_length=LONGEST_ALT_TEXT)] | None = Field(
        None, description="What people who cannot see it read."
    )


Media = Annotated[list[PostMedia], Field(max_length=MOST_MEDIA, description="In their order.")]


class PostContent(Request):
    """What a post says."""

    text: PostText | None = None
    title: PostTitle | None = Field(None, description="Where the platform has titles.")
    post_type: PostType | None = Field(None, description="If omitted, it follows from the media.")
    media: Media | None = None
    options: Options | None = None
    first_comment: FirstComment | None = None


class SocialPostOverride(PostContent):
    """What is different on an account or platform. Fields that are given replace those of the request, null too."""


class WhenDraft(Request):
    """The posts are kept, and go out at no time."""

    kind: Literal["draft"]


class WhenAt(Request):
    """The posts go out at a time."""

    kind: Literal["at"]
    at: Annotated[str, Field(max_length=40)] = Field(
        description="Within the next year: by the clock of `time_zone`, or with an offset.",
        examples=["2027-03-01T09:00"],
    )
    time_zone: Annotated[Text, Field(max_length=64)] | None = Field(
        None, description="IANA name. Needed for a time without an offset.", examples=["Europe/Zurich"]
    )


class WhenNextSlot(Request):
    """Each post goes out at the next of its account's slots that is free."""

    kind: Literal["next_slot"]


class WhenNow(Request):
    """The posts go out now."""

    kind: Literal["now"]


When = Annotated[WhenDraft | WhenAt | WhenNextSlot | WhenNow, Field(discriminator="kind")]
Later = Annotated[WhenAt | WhenNextSlot, Field(discriminator="kind")]


class SocialPostRequest(PostContent):
    """A post for one or more accounts: one row for each, together a group."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "account_ids": ["00000000-0000-4000-8000-000000000001"],
                    "text": "Our new watch is here.",
                    "when": {"kind": "at", "at": "2027-03-01T09:00", "time_zone": "Europe/Zurich"},
                }
            ]
        }
    )

    account_ids: list[UUID] = Field(min_length=1, max_length=50, json_schema_extra={"uniqueItems": True})
    template_id: UUID | None = Field(
        None,
        description="A template of the type `social`, whose `text` and `title` stand in for omitted ones.",
    )
    template_data: Json = Field({}, description="Values of the template's variables.")
    slots: Slots | None = None
    campaign_id: UUID | None = None
    overrides: dict[str, SocialPostOverride] = Field(
        {},
        max_length=56,
        description="By the id of an account or the name of a platform; an account's goes before its platform's.",
    )
    when: When = Field(WhenDraft(kind="draft"), description="If omitted, the posts are drafts.")

    @model_validator(mode="after")
    def _require_own_overrides(self) -> Self:
        if len(set(self.account_ids)) < len(self.account_ids):
            raise ValueError("account_ids: an account is given twice")
        known = {*map(str, self.account_ids), *(platform.value for platform in Platform)}
        if unknown := sorted(key for key in self.overrides if key.lower() not in known):
            raise ValueError(
                f"overrides: “{unknown[0][:50]}” is neither one of account_ids nor the name of a platform"
            )
        return self


class ChangedContent(Change):
    """What to change in what a post says. Omitted fields keep their values."""

    text: PostText | None = None
    title: PostTitle | None = Field(None, description="Where the platform has titles.")
    post_type: PostType = "text"
    media: Media = Field([])
    options: Options = Field({})
    first_comment: FirstComment | None = None
    campaign_id: UUID | None = None
    slots: Slots | None = None

    @model_validator(mode="after")
    def _require_more_than_revisions(self) -> Self:
        if not self.model_fields_set - {"revision", "revisions"}:
            raise ValueError("give at least one field to change besides the revision")
        return self


Revision = Annotated[int, Field(ge=1), WHOLE]


class SocialPostChange(ChangedContent):
    """The fields to change. Omitted fields keep their values."""

    revision: Revision = Field(
        description="The one that was read: if somebody changed the post since, nothing is changed (409)."
    )


class SocialPostGroupChange(ChangedContent):
    """The fields to change in posts of a group, in all of them alike. Omitted fields keep their values."""

    revisions: dict[UUID, Revision] = Field(
        min_length=1,
        max_length=50,
        description="The posts to change, by their ids, with the revision of each that was read: if somebody changed"
        " one since, nothing is changed (409).",
        examples=[{"00000000-0000-4000-8000-000000000001": 1}],
    )


class SocialPostSchedule(Request):
    """When the post goes out."""

    when: Later = Field(description="At a time, or in the next slot that is free.")


class SocialPostSettle(Request):
    """What became of an unconfirmed post, as a person saw it on the platform."""

    is_published: Flag = Field(description="Whether it is on the platform.")
    external_id: Annotated[Text, Field(min_length=1, max_length=255)] | None = Field(
        None,
        description="The post's id on the platform, which stands in its address. Needed if it was published.",
    )
    part_no: Annotated[Literal[0, 1], WHOLE] = Field(
        0, description="0: the post itself; 1: its first comment."
    )

    @model_validator(mode="after")
    def _require_an_id(self) -> Self:
        if self.is_published and self.external_id is None:
            raise ValueError("external_id: give the post's id on the platform, which stands in its address")
        if not self.is_published and self.external_id is not None:
            raise ValueError("external_id: what was not published has no id on the platform: omit it")
        return self
