"""The rows that Python, the statement and the database's types describe are the same ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ddp.queries.email import events
from tests.database.functions.email.ledger import Ledger
from tests.database.platform import Platform

ATTRIBUTES = """
    select attname::text, atttypid::regtype::text from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped
    order by attnum
"""


@pytest.fixture
def ledger(platform: Platform) -> Iterator[Ledger]:
    ledger = Ledger(platform)
    yield ledger
    ledger.connection.close()


@pytest.mark.parametrize(
    ("row", "columns"), [("event", events.EVENT_COLUMNS), ("evidence", events.EVIDENCE_COLUMNS)]
)
def test_a_row_has_the_columns_of_its_type_in_their_order(
    ledger: Ledger, row: str, columns: tuple[str, ...]
) -> None:
    """The statement makes a row by position: columns in another order would be mixed up without an error."""
    attributes = ledger.query(ATTRIBUTES, f"ddp.email_{row}")
    parameters = re.findall(rf"%\({row}\.(\w+)\)s::([\w.]+)", events.SQL.apply_events.decode())
    types = [ledger.query("select %s::regtype::text", name)[0][0] for _, name in parameters]
    assert [(name, type_) for (name, _), type_ in zip(parameters, types, strict=True)] == attributes
    assert columns == tuple(name for name, _ in attributes)
