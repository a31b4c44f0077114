"""The parameters and fields of a list's pages, as routes and models declare them. `ddp.cursors` has what they hold."""

from __future__ import annotations

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from ddp.fields import Time

# The query parameters of a list.
Limit = Annotated[int, Query(ge=1, le=100, description="Maximum number of items per page.")]
PageCursor = Annotated[str | None, Query(description="The next_cursor of the previous page.", max_length=200)]
# Of lists whose cursor holds texts.
LongPageCursor = Annotated[
    str | None, Query(description="The next_cursor of the previous page.", max_length=2000)
]
# Of lists that have several orders; each names its own sorts.
Order = Annotated[
    Literal["asc", "desc"] | None,
    Query(
        description="`asc`: the least first; `desc`: the greatest. If omitted, what the sort is mostly used for."
    ),
]
Since = Annotated[Time | None, Query(description="Only items of this time or later, by the usual sort.")]
Until = Annotated[Time | None, Query(description="Only items before this time, by the usual sort.")]
# The field of a page that leads to the next one.
NextCursor = Annotated[
    str | None, Field(description="Pass as `cursor` to get the next page; null on the last page.")
]
