"""Columns reach PostgreSQL unchanged as arrays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from ddp.queries.arrays import array, uuids
from tests.database.platform import Platform

HOSTILE = [
    '"',
    "\\",
    '\\"',
    "{",
    "}",
    ",",
    "null",
    "NULL",
    "",
    " ",
    "\x1f",
    "a\x1fb",
    "ä€𝄞",
    "\n\r\t",
    "'; drop table x",
]


def returned(platform: Platform, sql_type: str, values: object) -> Any:
    return platform.query(f"select %s::{sql_type}[]", values)[0][0]


@pytest.mark.parametrize(
    ("sql_type", "values"),
    [
        ("text", HOSTILE),
        ("text", [*HOSTILE, None]),
        ("text", [None, *HOSTILE[:8]]),
        ("int", [1, -2, 3]),
        ("int", [1, None, 3]),
        ("bool", [True, False]),
        ("timestamptz", [datetime(2026, 10, 12, 8, 0, 0, 512000, UTC), None]),
    ],
)
def test_each_value_comes_back(platform: Platform, sql_type: str, values: list[object]) -> None:
    assert returned(platform, sql_type, array(values)) == values


def test_nulls_alone_are_an_empty_array(platform: Platform) -> None:
    assert returned(platform, "text", array([None, None])) == []


@pytest.mark.parametrize("count", [0, 1, 3000])
@pytest.mark.parametrize("form", [str, lambda id_: id_.hex])
def test_ids_come_back(platform: Platform, count: int, form: Any) -> None:
    ids = [uuid4() for _ in range(count)]
    assert returned(platform, "uuid", uuids([form(id_) for id_ in ids])) == ids


def test_an_id_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        uuids([str(UUID(int=1)), "no id"])
