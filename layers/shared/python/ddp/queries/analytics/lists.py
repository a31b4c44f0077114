"""Lists of figures: one mechanism for every list. What each list is made of is declared by whoever serves it.

The order is (value, id), and rows without a value come last. A list is read in two stages: rows with a value, which an
index carries, then those without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from psycopg import Cursor, ServerCursor
from psycopg.rows import DictRow, dict_row

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.analytics.declarations import Kind, Listing, Order, Scope, Sort
from ddp.queries.analytics.reports import Caller

SQL = load(__file__)

# Of reading a list: its rows with a value, those without, or all together.
Stage = Literal["with value", "without value", "together"]

MOST_BIGINT = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Which rows of a list, in which order. `since` and `until` (excluded) have a time zone."""

    listing: Listing
    scope: Scope
    sort: Sort
    order: Order
    since: datetime | None
    until: datetime | None
    filters: Mapping[str, object]


class Place(NamedTuple):
    """Where a page ends: the last row's value (None: it has none) and id."""

    value: Any
    id: Any


def page(
    cursor: Cursor[DictRow], ask: Ask, caller: Caller, *, after: Place | None, limit: int
) -> tuple[list[DictRow], Place | None]:
    """The rows of a page, and where it ends if there is a next one.

    Raises Forbidden for scope `all` unless the caller is an administrator, NotFound for an id that is not visible.
    """
    require_scope(caller, ask.scope)
    found: list[tuple[DictRow, Place]] = []
    for stage in _stages(ask.sort, after):
        values = parameters(ask, caller, after) | {"limit": limit + 1 - len(found)}
        rows = cursor.execute(statement(ask, stage, after), values).fetchall()
        found += [(row, _place(ask, stage, row)) for row in rows]
        if len(found) > limit:
            return [row for row, _ in found[:limit]], found[limit - 1][1]
        after = None  # the stage that follows is read from its beginning
    if not found and "id" in ask.filters:
        raise NotFound("There is none with this id, or you may not see it.")
    return [row for row, _ in found], None


def require_scope(caller: Caller, scope: Scope) -> None:
    """Raise Forbidden for scope `all` unless the caller is an administrator."""
    if scope == "all":
        caller.require_admin("Only administrators see everything: use scope=own or scope=visible.")


@contextmanager
def every_row(cursor: Cursor[DictRow], ask: Ask, caller: Caller) -> Iterator[ServerCursor[DictRow]]:
    """A server-side cursor over all rows of an ask, in an order in which each row has a value.

    Raises Forbidden as `page` does.
    """
    require_scope(caller, ask.scope)
    with cursor.connection.cursor(name="rows", row_factory=dict_row) as rows:
        rows.execute(statement(ask, "together", None, limited=False), parameters(ask, caller, None))
        yield rows


def encode(ask: Ask, place: Place | None) -> str | None:
    """The cursor of the next page. It holds the list and its order, so that it continues no other."""
    if place is None:
        return None
    return cursors.encode_values(*_whose(ask), _text(place.value), _text(place.id))


def decode(ask: Ask, text: str | None) -> Place | None:
    """The place that a cursor names. Raises Invalid for a text that this list in this order did not make."""
    if text is None:
        return None
    *_, last, key = cursors.decode_values(
        text,
        *(partial(_same, expected=part) for part in _whose(ask)),
        lambda given: None if given is None else _PARSERS[ask.sort.kind](given),
        _PARSERS[ask.listing.key_kind],
    )
    return Place(last, key)


def _whose(ask: Ask) -> tuple[str, ...]:
    """What a cursor belongs to: the list, its scope and its order."""
    return ask.listing.view, ask.scope, ask.sort.column, ask.order


def _stages(sort: Sort, after: Place | None) -> Sequence[Stage]:
    if not _may_lack(sort):
        return ["with value"]
    return ["without value"] if after and after.value is None else ["with value", "without value"]


def _may_lack(sort: Sort) -> bool:
    return sort.nullable or sort.counted is not None


def _place(ask: Ask, stage: Stage, row: DictRow) -> Place:
    last = row[ask.sort.column] if stage == "with value" else None
    return Place(last, row[ask.listing.key])


def statement(ask: Ask, stage: Stage, after: Place | None, *, limited: bool = True) -> bytes:
    """The statement of one stage of a list, after this place."""
    reasons = ask.listing.reasons[ask.scope]
    legs = [_leg(ask, stage, reason, after, limited=limited) for reason in reasons]
    if len(legs) == 1:
        return legs[0].encode()
    whole = _order(ask, stage, str) + (" limit %(limit)s" if limited else "")
    return f"{' union all '.join(legs)} {whole}".encode()


def _leg(ask: Ask, stage: Stage, reason: str, after: Place | None, *, limited: bool) -> str:
    listing = ask.listing
    source = f"{listing.view} v"
    if carrier := listing.carriers.get(reason):
        source = f"{carrier.table} o join {source} on v.{listing.key} = o.{carrier.columns[listing.key]}"
    pieces = {
        "{columns}": ", ".join(f"v.{column}" for column in listing.columns),
        "{source}": source,
        "{conditions}": " and ".join(_conditions(ask, stage, reason, after)),
        "{order}": _order(ask, stage, _names(ask, stage, reason)),
        "{limit}": "limit %(limit)s" if limited else "",
    }
    text = SQL.rows_of_reason.decode()
    for place, piece in pieces.items():
        text = text.replace(place, piece)
    return text


def _names(ask: Ask, stage: Stage, reason: str) -> Callable[[str], str]:
    """Where a leg finds a column that orders or limits the list: where an index has it."""
    carrier = ask.listing.carriers.get(reason)
    carried = {column: f"o.{name}" for column, name in carrier.columns.items()} if carrier else {}
    if ask.sort.counted and stage == "with value":
        carried[ask.sort.column] = f"v.{ask.sort.counted}"
    return lambda column: carried.get(column, f"v.{column}")


def _conditions(ask: Ask, stage: Stage, reason: str, after: Place | None) -> Iterator[str]:
    listing, sort = ask.listing, ask.sort
    name = _names(ask, stage, reason)
    # Not both: the planner would take one for a condition on the other, and expect few rows.
    counted = sort.counted is not None and stage == "with value"
    yield _piece("own_statistics" if counted and ask.scope == "own" else reason)
    if _may_lack(sort) and stage != "together":
        yield f"v.{sort.counted or sort.column} is {'not ' if stage == 'with value' else ''}null"
    kind = "timestamp" if listing.date_kind == "date" else "timestamptz"
    if ask.since:
        yield f"{name(listing.date)} >= %(since)s::{kind}"
    if ask.until:
        yield f"{name(listing.date)} < %(until)s::{kind}"
    for given in ask.filters:
        yield _filter(listing, given)
    if after:
        yield _after(ask, stage, name)


def _filter(listing: Listing, name: str) -> str:
    column, _, kind = listing.filters[name].partition("::")
    return f"v.{column} = %({name})s::{kind}" if kind else _piece(column)


def _after(ask: Ask, stage: Stage, name: Callable[[str], str]) -> str:
    beyond = "<" if ask.order == "desc" else ">"
    key, key_kind = name(ask.listing.key), ask.listing.key_kind
    if stage == "without value":
        return f"{key} {beyond} %(after_id)s::{key_kind}"
    return f"({name(ask.sort.column)}, {key}) {beyond} (%(after_value)s::{ask.sort.kind}, %(after_id)s::{key_kind})"


def _order(ask: Ask, stage: Stage, name: Callable[[str], str]) -> str:
    by = [ask.listing.key] if stage == "without value" else [ask.sort.column, ask.listing.key]
    return "order by " + ", ".join(f"{name(column)} {ask.order}" for column in by)


def parameters(ask: Ask, caller: Caller, after: Place | None) -> dict[str, object]:
    """Its parameters, except for the limit."""
    period = {"since": _moment(ask.since, ask.listing), "until": _moment(ask.until, ask.listing)}
    return {
        **ask.filters,
        **period,
        "me": caller.account_id,
        "my_type": caller.account_type,
        "after_value": after and after.value,
        "after_id": after and after.id,
    }


def _moment(moment: datetime | None, listing: Listing) -> datetime | None:
    """A day counts for the period in which it begins, in UTC."""
    if moment is None or listing.date_kind != "date":
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)


def _piece(name: str) -> str:
    text: bytes = getattr(SQL, name)
    # Without the comment that says what it is for.
    return "\n".join(line for line in text.decode().splitlines() if not line.startswith("-- "))


def _text(given: object) -> str | int | None:
    return given if given is None or isinstance(given, int) else str(given)


def _same(given: object, expected: str) -> str:
    if given != expected:
        raise ValueError(given)
    return expected


def _moment_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _whole_number(given: object) -> int:
    if type(given) is not int or abs(given) > MOST_BIGINT:
        raise ValueError(given)
    return given


_PARSERS: Final[Mapping[Kind, Any]] = {
    "timestamptz": _moment_of,
    "date": date.fromisoformat,
    "bigint": _whole_number,
    "uuid": UUID,
}
