"""The period of a request: `from` (included) to `until` (excluded)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp.errors import Invalid
from ddp.fields import Time

LONGEST = timedelta(days=3660)
# Nothing happened before; and there is room for whatever is subtracted from a time or added to it.
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

From = Annotated[
    Time | None,
    Query(alias="from", description="The beginning, with an offset, such as `2026-11-01T00:00:00Z`."),
]
Until = Annotated[
    Time | None,
    Query(description="The end, with an offset; what happens at that time is not included."),
]


def require_period(since: datetime | None, until: datetime | None) -> None:
    """Raise Invalid for a period that ends before it begins, is longer than ten years, or not from 1970 to 2200."""
    for name, time in (("from", since), ("until", until)):
        if time and not EARLIEST <= time <= LATEST:
            raise Invalid(f"{name}: must be from 1970 to 2200", code="invalid-period")
    end = until or datetime.now(UTC)
    if since and until and since >= until:
        raise Invalid("from: must be before until", code="invalid-period")
    if since and end - since > LONGEST:
        raise Invalid(
            "from: a period has at most ten years, so ask for a later beginning", code="invalid-period"
        )


def whole_period(
    since: datetime | None, until: datetime | None, *, usual: timedelta
) -> tuple[datetime, datetime]:
    """Both ends of a period: until now if `until` is not given, and `usual` long if `since` is not. Raises Invalid."""
    require_period(since, until)
    end = until or datetime.now(UTC)
    begin = since or end - usual
    require_period(since, end)
    return begin, end
