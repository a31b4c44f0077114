"""Lists in several orders: which statement runs, and which cursors it takes."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from ddp import cursors
from ddp.errors import Invalid
from ddp.queries.listing import NEWEST, Asked, Listing, Sort

STATEMENT = b"""select * from t
where (%(at)s::timestamptz is null or (made_at, t_id) < (%(at)s, %(id)s))
order by made_at desc, t_id desc
limit %(limit)s"""
SORTS = {
    "made_at": NEWEST,
    "size": Sort(type="bigint", order="desc"),
    "begins": Sort(type="timestamptz", order="asc", null="infinity"),
}
ID = UUID(int=1)
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


class Cursor:
    """Notes what is executed, and answers with rows."""

    def __init__(self, *rows):
        self.rows = list(rows)

    def execute(self, statement, values):
        self.statement, self.values = statement, values
        return self

    def fetchall(self):
        return self.rows


LISTING = Listing(STATEMENT, key="t_id", sorts=SORTS)


def test_the_usual_request_runs_the_statement_as_it_is_written():
    cursor = Cursor()
    LISTING.page(cursor, Asked(limit=5, sort="made_at", order="desc"), {"kind": "x"})
    assert cursor.statement is STATEMENT
    assert (cursor.values["kind"], cursor.values["limit"], cursor.values["at"]) == ("x", 6, None)


def test_another_order_and_a_period_exchange_the_clauses():
    cursor = Cursor()
    LISTING.page(cursor, Asked(limit=5, sort="begins", order="desc", since=NOW), {})
    assert cursor.statement.decode() == (
        "select * from t\n"
        "where (%(at)s::timestamptz is null or (coalesce(begins, 'infinity'), t_id) < (%(at)s, %(id)s))\n"
        "    and made_at >= %(since)s\n"
        "order by coalesce(begins, 'infinity') desc, t_id desc\n"
        "limit %(limit)s"
    )


@pytest.mark.parametrize(
    ("sort", "value"), [("size", 2**40), ("begins", NOW), ("begins", None), ("made_at", NOW)]
)
def test_a_cursor_leads_to_the_row_after_it(sort, value):
    asked = {"limit": 1, "sort": sort, "order": "asc"}
    _, text = LISTING.page(Cursor({sort: value, "t_id": ID}, {}), Asked(**asked), {})
    cursor = Cursor()
    LISTING.page(cursor, Asked(**asked, cursor=text), {})
    assert (cursor.values["at"], cursor.values["id"]) == ("infinity" if value is None else value, ID)


def test_a_cursor_of_another_order_is_refused():
    usual = cursors.Cursor(at=NOW, id=ID).encode()
    of_size = cursors.encode_values("size desc", 1, ID)
    for text, sort, order in (
        (usual, "size", None),
        (of_size, None, None),
        (of_size, "size", "asc"),
        (of_size, "begins", None),
        (cursors.encode_values("size desc", 2**63, ID), "size", None),
        (cursors.encode_values("size desc", "x", ID), "size", None),
        (cursors.encode_values("begins asc", "2027-03-01", ID), "begins", None),
    ):
        with pytest.raises(Invalid, match="cursor"):
            LISTING.page(Cursor(), Asked(limit=1, cursor=text, sort=sort, order=order), {})


def test_a_sort_that_the_list_does_not_have_is_refused_with_those_that_it_has():
    with pytest.raises(Invalid, match="sorted by made_at or size or begins"):
        LISTING.page(Cursor(), Asked(limit=1, sort="kind"), {})


def test_a_search_has_one_order():
    Asked(limit=1, cursor="x").require_usual("Found ones")
    with pytest.raises(Invalid, match="Found ones have one order"):
        Asked(limit=1, order="asc").require_usual("Found ones")


def test_a_statement_without_the_usual_clauses_is_refused():
    with pytest.raises(ValueError, match="must continue and order by made_at desc, other_id"):
        Listing(STATEMENT, key="other_id", sorts=SORTS)
