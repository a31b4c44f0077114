"""The parameters and fields of a list's pages, as routes and models declare them. `ddp.cursors` has what they hold."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

# The query parameters of a list.
Limit = Annotated[int, Query(ge=1, le=100, description="Maximum number of items per page.")]
PageCursor = Annotated[str | None, Query(description="The next_cursor of the previous page.", max_length=200)]
# Of lists whose cursor holds texts.
LongPageCursor = Annotated[
    str | None, Query(description="The next_cursor of the previous page.", max_length=2000)
]
# The field of a page that leads to the next one.
NextCursor = Annotated[
    str | None, Field(description="Pass as `cursor` to get the next page; null on the last page.")
]
