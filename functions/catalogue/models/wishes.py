"""Requests and responses about watch models and wishes for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import WHOLE, Change, Flag, Json, Name, Request
from ddp.pagination import NextCursor
from functions.catalogue.models.common import Line20, Line100, Line255, Named


class WatchModelRequest(Request):
    """A watch model to create."""

    model_name: Name = Field(examples=["Nautic 40 mm"])
    collection_name: Line255 | None = None
    size: Line20 | None = Field(None, examples=["40 mm"])
    gender: Line20 | None = None
    material: Line255 | None = None
    mpn: Line100 | None = Field(None, description="The manufacturer's part number, unique in the account.")
    is_active: Flag = Field(default=True, description="Whether everyone signed in sees it.")
    metadata: Json = Field({}, description="Free-form JSON object, stored as given.")


class WatchModelChange(Change):
    """The fields to change. Omitted fields keep their values."""

    model_name: Name = ""
    collection_name: Line255 | None = None
    size: Line20 | None = None
    gender: Line20 | None = None
    material: Line255 | None = None
    mpn: Line100 | None = None
    is_active: Flag = True
    metadata: Json = Field({})


class WatchModelSummary(BaseModel):
    """A watch model in a list."""

    model_id: UUID
    model_name: str
    collection_name: str | None
    size: str | None
    gender: str | None
    material: str | None
    mpn: str | None
    is_active: bool
    brand: Named
    created_at: datetime
    updated_at: datetime


class WatchModel(WatchModelSummary):
    """A watch model."""

    metadata: dict[str, Any]


class WatchModels(BaseModel):
    """A page of watch models, the newest first, without their metadata."""

    items: list[WatchModelSummary]
    next_cursor: NextCursor


class WishRequest(Request):
    """How many of a model the retailer wishes for."""

    wish_count: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] = 1


class Wish(BaseModel):
    """A retailer's wish for a watch model."""

    wish_id: UUID
    model_id: UUID
    model_name: str | None = Field(description="Null if the model is no longer active.")
    brand: Named | None = Field(description="Null if the model is no longer active.")
    wish_count: int
    created_at: datetime
    updated_at: datetime


class Wishes(BaseModel):
    """A page of the retailer's wishes, the newest first."""

    items: list[Wish]
    next_cursor: NextCursor


class WishRemoved(BaseModel):
    """The model that is no longer wished for."""

    model_id: UUID


class RegionalWish(BaseModel):
    """How often retailers of a region wish for one of the brand's models."""

    regional_wish_id: UUID
    region: str
    rank_in_region: int = Field(description="1: the most wished for.")
    model_id: UUID
    model_name: str
    wish_count: int
    updated_at: datetime


class RegionalWishes(BaseModel):
    """A page of wishes by region, in the order of regions and ranks. They are as old as the last refresh."""

    items: list[RegionalWish]
    next_cursor: NextCursor
