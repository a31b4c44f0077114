"""Lists in several orders and of a period: each is one statement, written for its usual order.

The usual request runs that statement as it is written. Others exchange its two clauses about the order, or add one
about the period, so that the planner never sees a condition that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from uuid import UUID

from ddp import cursors
from ddp.errors import Invalid

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.rows import DictRow

Order = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """An order of a list: by a column, then by the row's id. An index has both, after what the list is of.

    `order` is the one that people expect; `null` what stands for null in the index.
    """

    type: Literal["timestamptz", "text", "bigint"]
    order: Order
    null: str | None = None

    def read(self, value: Any) -> Any:
        """A value of a cursor. Raises ValueError or TypeError for one that this system did not make."""
        match self.type:
            case "text":
                return str(value)
            case "bigint":
                return int.from_bytes(int(value).to_bytes(8, signed=True), signed=True)
            case "timestamptz":
                return value if value == self.null else cursors.moment(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks of a list, besides its filters. None: as usual."""

    limit: int
    cursor: str | None = None
    sort: str | None = None
    order: Order | None = None
    since: datetime | None = None
    until: datetime | None = None

    def require_usual(self, what: str) -> None:
        """Raise Invalid for another order or a period, which a search does not have. `what` it finds, in plural."""
        if self != Asked(limit=self.limit, cursor=self.cursor):
            sentence = f"{what} have one order: omit sort, order, since and until."
            raise Invalid(sentence, code="invalid-sort")


class _Way(NamedTuple):
    """A column and a direction, as a cursor names them too."""

    column: str
    order: Order

    def __str__(self) -> str:
        return f"{self.column} {self.order}"


NEWEST: Final = Sort(type="timestamptz", order="desc")


class Listing:
    """One list. The first of its sorts is the usual one, by a time; periods are of that time."""

    def __init__(self, statement: bytes, *, key: str, sorts: Mapping[str, Sort]) -> None:
        self._text, self._key, self.sorts = statement.decode(), key, sorts
        self._usual = _Way(next(iter(sorts)), next(iter(sorts.values())).order)
        self._made: dict[tuple[_Way, str], bytes] = {(self._usual, ""): statement}
        if self._after(self._usual) not in self._text or not self._orders(self._usual).search(self._text):
            raise ValueError(f"the statement must continue and order by {self._usual}, {key}")

    def page(
        self, cursor: Cursor[DictRow], asked: Asked, values: Mapping[str, Any]
    ) -> tuple[list[DictRow], str | None]:
        """The rows, and the cursor of the next page; None on the last. Raises Invalid for a sort that it does not have.

        `values` are the statement's parameters besides those of every list.
        """
        way = self._chosen(asked)
        at, row_id = self._last(asked.cursor, way)
        given = {"at": at, "id": row_id, "since": asked.since, "until": asked.until, "limit": asked.limit + 1}
        rows = cursor.execute(self._statement(way, asked), {**values, **given}).fetchall()
        return self._cut(rows, asked.limit, way)

    def _chosen(self, asked: Asked) -> _Way:
        column = asked.sort or self._usual.column
        if column not in self.sorts:
            sentence = f"sort: this list can be sorted by {' or '.join(self.sorts)}."
            raise Invalid(sentence, code="invalid-sort")
        return _Way(column, asked.order or self.sorts[column].order)

    def _last(self, text: str | None, way: _Way) -> tuple[object, UUID | None]:
        """What the cursor says about the last row of the page before: its value and its id."""
        if text is None:
            return None, None
        if way == self._usual:
            last = cursors.decode(text)
            return last.at, last.id
        name, at, row_id = cursors.decode_values(text, str, self.sorts[way.column].read, UUID)
        if name != str(way):
            sentence = "The cursor is of another order: omit it to start with the first page."
            raise Invalid(sentence, code="invalid-cursor")
        return at, row_id

    def _cut(self, rows: list[DictRow], limit: int, way: _Way) -> tuple[list[DictRow], str | None]:
        """The page without its extra row, and the cursor of the next page."""
        if way == self._usual:
            return cursors.split(rows, limit, at=way.column, key=self._key)
        if len(rows) <= limit:
            return rows, None
        last = rows[limit - 1]
        value = self.sorts[way.column].null if last[way.column] is None else last[way.column]
        return rows[:limit], cursors.encode_values(str(way), value, last[self._key])

    def _statement(self, way: _Way, asked: Asked) -> bytes:
        """The statement for a way, with the conditions that the request needs; each is made once."""
        period = "".join(
            f"\n    and {self._usual.column} {sign} %({name})s"
            for name, sign in (("since", ">="), ("until", "<"))
            if getattr(asked, name) is not None
        )
        if (way, period) not in self._made:
            self._made[way, period] = self._exchanged(way, period)
        return self._made[way, period]

    def _exchanged(self, way: _Way, period: str) -> bytes:
        """The text with its clauses about the order exchanged. An outer query orders once more, by the same columns."""
        text = self._text.replace(self._after(self._usual), self._after(way) + period)
        by = rf"order by \g<1>{self._value(way)} {way.order}, \g<1>{self._key} {way.order}"
        return self._orders(self._usual).sub(by, text).encode()

    def _value(self, way: _Way) -> str:
        null = self.sorts[way.column].null
        return way.column if null is None else f"coalesce({way.column}, '{null}')"

    def _after(self, way: _Way) -> str:
        at = f"%(at)s::{self.sorts[way.column].type}"
        sign = ">" if way.order == "asc" else "<"
        return f"({at} is null or ({self._value(way)}, {self._key}) {sign} (%(at)s, %(id)s))"

    def _orders(self, way: _Way) -> re.Pattern[str]:
        return re.compile(rf"order by (\w+\.)?{way.column} {way.order}, (?:\w+\.)?{self._key} {way.order}")
