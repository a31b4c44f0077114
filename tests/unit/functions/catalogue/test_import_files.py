"""CSV files of products: each record is a product or is rejected with a reason, and batches are of bounded size."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable, Iterator
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.catalogue.imports import batches, csv_file
from functions.catalogue.imports.columns import Entry, Given, Rejection, columns_of

pytestmark = pytest.mark.thorough

HEADER = "external_product_id,title,vendor,tags,sku,price\n"


def entries(content: str | bytes, skip: int = 0) -> list[Entry]:
    data = content.encode() if isinstance(content, str) else content
    columns, found = csv_file.parse([data])
    return list(csv_file.entries(columns, found, skip))


def products(content: str | bytes) -> list[dict[str, object]]:
    return [entry.product for entry in entries(content) if isinstance(entry, Given)]


def rejections(content: str | bytes) -> list[tuple[int, str]]:
    return [(entry.line, entry.code) for entry in entries(content) if isinstance(entry, Rejection)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings(delimiter: str, encoding: str) -> None:
    content = "Handle,Title,Vendor\n1,Uhr für Zoë,V\n".replace(",", delimiter).encode(encoding)
    assert products(content) == [{"external_product_id": "1", "product_title": "Uhr für Zoë", "vendor": "V"}]


def test_headings_of_a_shop_and_what_is_ignored() -> None:
    columns = columns_of(
        ["Handle", "Title", "Body (HTML)", "Variant SKU", "Variant Price", "Colour", "", "Handle"]
    )
    assert columns is not None
    assert dict(columns.product) == {0: "external_product_id", 1: "product_title", 2: "product_description"}
    assert dict(columns.variant) == {3: "sku", 4: "price"}
    assert columns.ignored == ("Colour", "Handle")
    assert columns_of(["title", "price"]) is None
    assert columns_of([]) is None


def test_empty_cells_are_not_given() -> None:
    assert products(HEADER + "1,,,,,\n") == [{"external_product_id": "1"}]
    assert products(HEADER + '1,A,,"a, ,b",s,1.5\n') == [
        {
            "external_product_id": "1",
            "product_title": "A",
            "tags": ["a", "b"],
            "variants": [{"external_variant_id": "s", "sku": "s", "price": "1.5"}],
        }
    ]


def test_line_numbers_count_lines_within_quotes_and_blank_ones() -> None:
    content = HEADER + '1,"two\nlines\nhere",,,,\n\n,no id,,,,\n2,fine,,,,\n'
    assert rejections(content) == [(2, "invalid-value"), (6, "no-product-id")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1,x,,,s,12 EUR", "invalid-value"),
        ("1,x,,,s,-1", "invalid-value"),
        ("1,x,,,s,1.005", "invalid-value"),
        ("1,x,,,,5", "no-variant-id"),
        ("1,x,,,,,more", "too-many-columns"),
        (f"1,{'x' * 501},,,,", "invalid-value"),
        ("1,\u202ex,,,,", "invalid-value"),
        (f'1,x,,"{"t" * 256}",,', "invalid-value"),
        ("1,x\x07,,,,", "invalid-value"),
    ],
)
def test_lines_that_are_rejected(line: str, code: str) -> None:
    assert rejections(f"{HEADER}{line}\n") == [(2, code)]


def test_records_that_were_read_are_skipped_blank_ones_too() -> None:
    content = HEADER + "1,a,,,,\n\n,bad,,,,\n2,b,,,,\n"
    assert [getattr(entry, "line", None) for entry in entries(content, skip=1)] == [None, 4, 5]
    assert [getattr(entry, "line", None) for entry in entries(content, skip=3)] == [5]


def cut(content: str, size: int) -> Iterator[tuple[list[dict[str, object]], list[dict[str, object]], int]]:
    with mock.patch.object(batches, "RECORDS", size):
        for batch in batches.cut(entries(content), 0):
            yield json.loads(batch.products), json.loads(batch.rejections), batch.read


def test_lines_of_one_product_become_one() -> None:
    content = HEADER + "1,A,V,,s1,1\n1,,,,s2,2\n1,B,,,s1,3\n"
    ((products_, _, read),) = cut(content, 10)
    assert read == 3
    assert products_ == [
        {
            "lines": [2, 3, 4],
            "external_product_id": "1",
            "product_title": "B",
            "vendor": "V",
            "variants": [
                {"external_variant_id": "s1", "sku": "s1", "price": "3"},
                {"external_variant_id": "s2", "sku": "s2", "price": "2"},
            ],
        }
    ]


def test_a_batch_ends_between_products_where_it_can() -> None:
    content = HEADER + "".join(
        f"{product},A,,,s{n},1\n" for product, lines in ((1, 3), (2, 9)) for n in range(lines)
    )
    assert [(len(found), read) for found, _, read in cut(content, 2)] == [(1, 3), (1, 7), (1, 11), (1, 12)]


@given(
    st.lists(st.sampled_from(["1,a,,,,", "2,b,,,s,1", ",x,,,,", "", "3,c,,,s,y"]), max_size=40),
    st.integers(1, 7),
)
def test_batches_hold_every_record_once(lines: list[str], size: int) -> None:
    content = HEADER + "".join(f"{line}\n" for line in lines)
    good, bad, last = [], [], 0
    for found, rejected, read in cut(content, size):
        assert last < read
        last = read
        good += [line for product in found for line in product["lines"]]
        bad += [entry["line"] for entry in rejected]
    assert last == len(entries(content))
    numbered = list(enumerate(lines, start=2))
    assert sorted(good) == [n for n, line in numbered if line in {"1,a,,,,", "2,b,,,s,1"}]
    assert sorted(bad) == [n for n, line in numbered if line in {",x,,,,", "3,c,,,s,y"}]


def test_memory_does_not_grow_with_the_file() -> None:
    def pieces(count: int) -> Iterable[bytes]:
        yield HEADER.encode()
        for n in range(count):
            yield "".join(f"{n}-{m},Watch {m},V,,s,1\n" for m in range(1000)).encode()

    def peak(count: int) -> int:
        tracemalloc.start()
        columns, found = csv_file.parse(pieces(count))
        for _ in batches.cut(csv_file.entries(columns, found, 0), 0):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak(40) < 1.5 * peak(10)
