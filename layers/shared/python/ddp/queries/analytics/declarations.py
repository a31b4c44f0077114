"""What a list of figures is made of: columns, orders, filters, who sees which rows. `lists` makes statements of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Scope = Literal["own", "visible", "all"]
Order = Literal["asc", "desc"]
Kind = Literal["timestamptz", "date", "bigint", "uuid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """An order of a list, by a column of its view.

    `nullable`: there may be rows without a value. `counted`: the view's column of the value in the statistics, whose
    index carries the order. It is null where there are none yet and `column` says 0; the view then also has the
    statistics' owner, as `counted_owner_id`.
    """

    column: str
    kind: Kind
    counted: str | None = None
    nullable: bool = False
    scopes: tuple[Scope, ...] = ("own", "visible", "all")
    first: Order = "desc"  # unless the caller says otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A table with a row for each row that a reason shows, whose index has them in the list's order.

    `columns`: by column of the view, the table's column of the same value; among them the list's key and orders.
    """

    table: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list is made of. All names are of tables, columns and pieces of lists.sql.

    `reasons`: by scope, the pieces that say which rows are seen. `carriers`: by reason, what its piece calls `o`.
    `date`: the column that a period limits. `filters`: by parameter, a column with its type
    (`file_type::public.file_type`) or a piece.
    """

    view: str
    key: str
    date: str
    columns: tuple[str, ...]
    reasons: Mapping[Scope, tuple[str, ...]]
    sorts: tuple[Sort, ...]
    filters: Mapping[str, str]
    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    date_kind: Kind = "timestamptz"
    key_kind: Kind = "uuid"
