"""From what a caller asks of a list to the rows: shared by pages, CSV files and exports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ddp.errors import Invalid
from ddp.queries.analytics.declarations import Listing, Order, Scope, Sort
from ddp.queries.analytics.lists import Ask
from functions.analytics.listings import Figures
from functions.analytics.period import require_period


def asked(
    figures: Figures,
    *,
    scope: Scope,
    since: datetime | None,
    until: datetime | None,
    sort: str | None,
    order: Order | None,
    filters: Mapping[str, Any],
) -> Ask:
    """What was asked, with the list's own order where none is named. Raises Invalid."""
    require_period(since, until)
    listing = figures.listing
    chosen = _sort(listing, scope, sort)
    given = {name: value for name, value in filters.items() if value is not None}
    return Ask(
        listing=listing,
        scope=scope,
        sort=chosen,
        order=order or chosen.first,
        since=since,
        until=until,
        filters=given if "id" in given else {**figures.defaults, **given},
    )


def _sort(listing: Listing, scope: Scope, name: str | None) -> Sort:
    offered = [sort for sort in listing.sorts if scope in sort.scopes]
    for sort in offered:
        if name in (sort.column, None):
            return sort
    names = " or ".join(sort.column for sort in offered)
    raise Invalid(f"sort: with scope={scope}, this list can be sorted by {names}", code="invalid-sort")
