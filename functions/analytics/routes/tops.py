"""Routes for the top lists: ten rows of what the caller sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from ddp import edge
from ddp.queries.analytics import reports, tops
from ddp.queries.analytics.tops import TopName
from functions.analytics.models.tops import (
    Top,
    TopAsset,
    TopCampaign,
    TopRetailer,
    TopTemplate,
    TopWish,
    list_of,
)

router = edge.router()

LISTS: dict[TopName, tuple[type[Top], str]] = {
    "assets": (TopAsset, "the ten most downloaded brand assets that the caller sees"),
    "retailers": (TopRetailer, "the ten retailers that downloaded assets most"),
    "templates": (TopTemplate, "the ten templates that reach most retailers"),
    "campaigns": (TopCampaign, "the ten campaigns with the most clicks and engagement"),
    "wishes": (TopWish, "the ten models wished for most"),
}


def _add(name: TopName, row: type[Top], title: str) -> None:
    model = list_of(row)

    def answer() -> BaseModel:
        with edge.as_caller(router) as cursor:
            rows, as_of = tops.top(cursor, name), reports.caller(cursor).as_of
        return model.model_validate({"items": rows, "as_of": as_of, "timezone": "UTC"})

    answer.__name__ = f"top_{name}"
    answer.__doc__ = f"List {title}."
    answer.__annotations__ = {"return": model}
    register: Callable[..., Any] = router.get(
        f"/analytics/top/{name}", tags=["Analytics"], operation_id=f"top{name.title()}"
    )
    register(answer)


for _name, (_row, _title) in LISTS.items():
    _add(_name, _row, _title)
