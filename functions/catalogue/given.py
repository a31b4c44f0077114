"""Products as shops give them, in a request or a file: what is valid, and what is wrong with the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ddp.csv_files.reading import shown
from ddp.refusals.fields import rule
from functions.catalogue.models.products import GivenProduct


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a product cannot be stored: a sentence for people, and the beginning of the value."""

    reason: str
    value: str


def checked(product: dict[str, Any]) -> dict[str, Any] | Mistake:
    """The product as ddp.upsert_products() takes it, with the fields that were given and no others; or a mistake."""
    try:
        valid = GivenProduct.model_validate(product)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        problem = rule(first)
        return Mistake(
            reason=shown(f"{field}: {problem}" if field else problem), value=shown(str(first["input"]))
        )
    return valid.model_dump(mode="json", exclude_unset=True)
