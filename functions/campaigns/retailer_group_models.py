"""Requests and responses about groups of retailers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import WHOLE, Account, Change, Name, Request, Text, Time
from ddp.pagination import NextCursor

Kind = Annotated[
    Literal["territory", "tier", "other"], Field(description="What the group stands for; it has no effect.")
]
GroupName = Annotated[
    Name, Field(max_length=100, description="Its members see it.", examples=["Southern Germany"])
]


class Rule(Request):
    """Who is a member besides those added by hand: retailers for whom all given parts hold."""

    regions: list[Name] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="The retailer's profile names one of these regions of GET /geography.",
        examples=[["Bayern, DE"]],
    )
    grades: list[Literal["A", "B", "C"]] | None = Field(
        None, min_length=1, max_length=3, description="The retailer's grade with this brand is one of these."
    )
    best_rank: Annotated[int, Field(ge=1, le=999_999_999), WHOLE] | None = Field(
        None, description="The retailer's rank with this brand is this or a better one."
    )


OptionalRule = Annotated[
    Rule | None, Field(description="Finds members by itself; null: all are added by hand.")
]


def _given(body: BaseModel) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude_unset=True)


class RetailerGroupRequest(Request):
    """A group of retailers to create."""

    group_name: GroupName
    kind: Kind = "other"
    rule: OptionalRule = None

    def given(self) -> dict[str, Any]:
        """What the request says."""
        return _given(self)


class RetailerGroupChange(Change):
    """The fields to change. Omitted ones keep their values; a rule is replaced as a whole."""

    group_name: GroupName = ""
    kind: Kind = "other"
    rule: OptionalRule = None

    def given(self) -> dict[str, Any]:
        """What the request says."""
        return _given(self)


class RetailerGroup(BaseModel):
    """A brand's group of retailers."""

    group_id: UUID
    group_name: str = Field(description="Its members see it.")
    kind: Kind
    brand_id: UUID
    rule: OptionalRule
    created_at: datetime
    updated_at: datetime


class RetailerGroups(BaseModel):
    """A page of the caller's groups, newest first."""

    items: list[RetailerGroup]
    next_cursor: NextCursor


class JoinedGroup(BaseModel):
    """A group that the calling retailer is in."""

    group_id: UUID
    group_name: str = Field(description="As the brand calls it.")
    brand: Account = Field(description="Whose group it is.")
    added_at: datetime = Field(description="Since when the caller is a member.")


class JoinedGroups(BaseModel):
    """A page of the groups that the calling retailer is in."""

    items: list[JoinedGroup]
    next_cursor: NextCursor


class GroupMember(BaseModel):
    """A member of a group."""

    group_id: UUID
    retailer_id: UUID
    retailer: Account | None = None
    is_explicit: bool = Field(description="Whether it was added by hand.")
    from_rule: bool = Field(description="Whether the group's rule matches it.")
    added_at: datetime = Field(description="Since when it is a member.")


class GroupMembers(BaseModel):
    """A page of members: those added by hand, and those by rule who take part in a campaign of the brand."""

    items: list[GroupMember]
    next_cursor: NextCursor


class BlackoutRequest(Request):
    """A period in which members send and post nothing through the brand's campaigns: at most a year."""

    starts_at: Time = Field(description="When it starts.")
    ends_at: Time = Field(description="When it ends: in the future.", examples=["2027-03-03T09:00:00Z"])
    reason: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="What members read who are refused.", examples=["The launch is on 1 March."]
    )


class Blackout(BaseModel):
    """A period in which members send and post nothing through the brand's campaigns."""

    blackout_id: UUID
    group_id: UUID
    starts_at: datetime = Field(description="When it starts.")
    ends_at: datetime = Field(description="When it ends.")
    reason: str = Field(description="What members read who are refused.")
    created_at: datetime


class Blackouts(BaseModel):
    """A page of blackouts, the latest to start first."""

    items: list[Blackout]
    next_cursor: NextCursor


class Removed(BaseModel):
    """What was removed."""

    group_id: UUID
    retailer_id: UUID | None = None
    blackout_id: UUID | None = None
