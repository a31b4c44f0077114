"""Routes for the lists of figures, one per declaration in `listings`, as JSON or as CSV."""

from __future__ import annotations

import inspect
import io
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from ddp import edge, pagination
from ddp.csv_files import writing
from ddp.errors import TooLarge
from ddp.queries.analytics import lists, reports
from ddp.queries.analytics.declarations import Listing, Order
from ddp.queries.analytics.lists import Ask
from functions.analytics.asking import asked
from functions.analytics.exports.csv_rows import cells
from functions.analytics.listings import FIGURES, Figures
from functions.analytics.models.pages import page_of
from functions.analytics.period import From, Until

router = edge.router()

CSV = "text/csv"
CSV_ROWS = 10_000

Limit = Annotated[int, Query(ge=1, le=200, description="Maximum number of items per page.")]


def _page(figures: Figures, model: type[BaseModel], request: dict[str, Any]) -> BaseModel | Response[str]:
    limit, cursor = request.pop("limit"), request.pop("cursor")
    ask = asked(figures, **_parts(figures, request))
    if CSV in router.current_event.headers.get("accept", "").lower():
        return _csv(ask)
    after = lists.decode(ask, cursor)
    with edge.as_caller(router) as transaction:
        caller = reports.caller(transaction)
        rows, last = lists.page(transaction, ask, caller, after=after, limit=limit)
    page = {"items": rows, "next_cursor": lists.encode(ask, last), "as_of": caller.as_of, "timezone": "UTC"}
    return model.model_validate(page)


def _parts(figures: Figures, request: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `asked`: what the route has for every list, and the filters of this one."""
    return {
        "filters": {name: request.pop(name) for name in figures.parameters},
        **request,
    }


def _csv(ask: Ask) -> Response[str]:
    """All rows, whatever limit and cursor say."""
    with edge.as_caller(router) as transaction:
        caller = reports.caller(transaction)
        rows, more = lists.page(transaction, ask, caller, after=None, limit=CSV_ROWS)
    target, columns = io.BytesIO(), ask.listing.columns
    writing.write(target, columns, [cells(rows, columns)])
    text = target.getvalue().decode()
    if more or len(json.dumps(text)) > edge.ANSWER_LIMIT:
        raise TooLarge(
            f"The file would have more than {CSV_ROWS:,} rows or 5 MB: ask for it with POST /analytics/exports, or ask "
            "for a shorter period.",
            code="use-an-export",
        )
    return Response(200, content_type=f"{CSV}; charset=utf-8", body=text)


def _signature(figures: Figures) -> inspect.Signature:
    """The parameters of a list's route, from its declaration."""
    listing = figures.listing
    sorts = tuple(sort.column for sort in listing.sorts)
    parameters: dict[str, tuple[Any, Any]] = {
        "scope": (Annotated[Literal[tuple(listing.reasons)], Query(description=_scopes(listing))], "own"),
        "since": (From, None),
        "until": (Until, None),
        **{name: (_filter(figures, name), None) for name in figures.parameters},
        "sort": (
            Annotated[Literal[sorts] | None, Query(description=f"If omitted, {sorts[0]}.")],
            None,
        ),
        "order": (Annotated[Order | None, Query(description=_order(listing))], None),
        "limit": (Limit, 50),
        "cursor": (pagination.LongPageCursor, None),
    }
    return inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for name, (kind, default) in parameters.items()
        ]
    )


def _filter(figures: Figures, name: str) -> Any:
    kind, default = figures.parameters[name], figures.defaults.get(name)
    said = "Only rows with this value."
    if default:
        said += f" If omitted, `{default}`, unless an id is asked for."
    longest = 255 if kind is str else None
    return Annotated[kind | None, Query(description=said, max_length=longest)]


def _scopes(listing: Listing) -> str:
    everything = "; `all`: everything, for administrators" if "all" in listing.reasons else ""
    return f"`own`: the acting account's; `visible`: also what others let it see{everything}."


def _order(listing: Listing) -> str:
    return f"If omitted, `{listing.sorts[0].first}`. Rows without a value come last."


def _add(name: str, figures: Figures) -> None:
    model = page_of(figures.row, figures.title)

    def answer(**request: Any) -> BaseModel | Response[str]:
        return _page(figures, model, request)

    answer.__name__ = answer.__qualname__ = f"list_{name.replace('-', '_')}"
    answer.__doc__ = f"List {figures.title}.\n\n{ABOUT}"
    answer.__signature__ = _signature(figures)  # type: ignore[attr-defined]  # what the toolkit reads
    content: Any = {"application/json": {"model": model}, CSV: {"schema": {"type": "string"}}}
    register: Callable[..., Any] = router.get(
        f"/analytics/{name}",
        tags=["Analytics"],
        operation_id="list" + "".join(word.title() for word in name.split("-")) + "Analytics",
        responses={200: {"description": "The result.", "content": content}},
    )
    register(answer)


ABOUT = (
    f"With `Accept: text/csv`: all rows, at most {CSV_ROWS:,}; more are an export. The answer has an ETag, and "
    "If-None-Match gets 304 as long as it holds."
)

for _name, _figures in FIGURES.items():
    _add(_name, _figures)
