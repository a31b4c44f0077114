"""What a request for a file of figures asks of its list: for the route that takes it, and for the worker, later."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from ddp.errors import Invalid
from ddp.queries.analytics.lists import Ask
from ddp.refusals.fields import rule
from functions.analytics.asking import asked
from functions.analytics.listings import FIGURES, Figures
from functions.analytics.models.exports import AnalyticsExportRequest


def ask_of(request: AnalyticsExportRequest) -> Ask:
    """The rows of the file, in the list's first order. Raises Invalid."""
    figures = FIGURES[request.list]
    if request.scope not in figures.listing.reasons:
        scopes = " or ".join(figures.listing.reasons)
        raise Invalid(f"scope: must be {scopes} for this list", code="invalid-scope")
    return asked(
        figures,
        scope=request.scope,
        since=request.since,
        until=request.until,
        sort=None,
        order=None,
        filters={name: _filter(figures, name, text) for name, text in request.filters.items()},
    )


def _filter(figures: Figures, name: str, text: str) -> Any:
    if name not in figures.parameters:
        names = " or ".join(figures.parameters)
        sentence = f"this list can be filtered by {names}" if names else "this list has no filters; omit them"
        raise Invalid(f"filters: {sentence}", code="invalid-filter")
    try:
        return TypeAdapter(figures.parameters[name]).validate_python(text)
    except ValidationError as error:
        raise Invalid(f"filters.{name}: {rule(dict(error.errors()[0]))}", code="invalid-filter") from None
