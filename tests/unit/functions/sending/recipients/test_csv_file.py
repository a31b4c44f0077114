"""CSV files, good and bad: each record is a recipient or is rejected with a reason."""

from __future__ import annotations

import json
import random
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddp import keys
from ddp.csv_files import lines as csv_lines
from functions.email.planner import EmailReader
from functions.sending.batches import cut
from functions.sending.recipients import csv_file
from functions.sending.recipients.entries import Recipient, Rejection
from functions.sending.unplannable import Unplannable

pytestmark = pytest.mark.thorough

HEADER = "email,name,city\r\n"
READER = EmailReader()


@pytest.fixture(scope="module", autouse=True)
def key() -> Iterator[None]:
    """The key of the hashes."""
    with mock.patch.object(keys, "_secret", return_value=b"k" * 32):
        keys.derive.cache_clear()
        yield
    keys.derive.cache_clear()


def entries(
    content: str | bytes, size: int = 1 << 22, skip: int = 0, block: int = csv_lines.BLOCK
) -> list[object]:
    """Entries of content that arrives in pieces of `size` bytes and is read in blocks of `block` bytes."""
    data = content.encode() if isinstance(content, str) else content
    with mock.patch.object(csv_lines, "BLOCK", block):
        pieces = (data[n : n + size] for n in range(0, len(data), size))
        return list(csv_file.parse(READER, pieces, skip))


def recipients(content: str | bytes) -> list[tuple[str, str, dict[str, str]]]:
    return [(e.address, e.name, json.loads(e.data)) for e in entries(content) if isinstance(e, Recipient)]


def rejections(content: str | bytes, **options: int) -> list[tuple[int, str]]:
    return [(e.line, e.code) for e in entries(content, **options) if isinstance(e, Rejection)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_ends_of_lines(delimiter: str, end: str) -> None:
    lines = [
        ["Name", "E-Mail", "Town, district"],
        ["Ann", "ann@example.com", "a"],
        ["Bob; B|b", "bob@example.com", "b"],
    ]
    text = end.join(delimiter.join(f'"{value}"' for value in line) for line in lines)
    assert recipients(text) == [
        ("ann@example.com", "Ann", {"Town, district": "a"}),
        ("bob@example.com", "Bob; B|b", {"Town, district": "b"}),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_encodings(encoding: str, size: int) -> None:
    data = "email,name\r\nzoe@example.com,Zoë Müller\r\nann@example.com,Ann\r\n".encode(encoding)
    assert [e.name for e in entries(data, size)] == ["Zoë Müller", "Ann"]
    assert [e.name for e in entries(data, size, block=27)] == ["Zoë Müller", "Ann"]


def test_utf_16_with_a_mark_in_both_orders() -> None:
    text = "\ufeffemail;name\n李@例え.テスト;李\nli@例え.テスト;李\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert recipients(text.encode(encoding)) == [("li@xn--r8jz45g.xn--zckzah", "李", {})]


def test_lines_of_several_encodings_in_one_file() -> None:
    data = b"email,name\n" + "a@example.com,Zoë\n".encode() + "b@example.com,Zoë\n".encode("cp1252")
    assert [name for _, name, _ in recipients(data)] == ["Zoë", "Zoë"]


@pytest.mark.parametrize(
    "header",
    ["email", "E-mail", "MAIL", "Email Address", "e_mail address", " E-Mail-Adresse ", "Correo electrónico"],
)
def test_usual_names_of_the_address_column(header: str) -> None:
    assert recipients(f"id,{header}\n7,ann@example.com\n") == [("ann@example.com", "", {"id": "7"})]


def test_names_and_time_zones() -> None:
    (entry,) = entries("email,First Name,surname,Time Zone\nann@example.com,Ann,Lee,Asia/Tokyo\n")
    assert entry == Recipient(
        2, "ann@example.com", "Ann Lee", "Asia/Tokyo", '{"First Name":"Ann","surname":"Lee"}'
    )
    assert recipients("email,name,first name\nann@example.com,,Ann\n")[0][1] == "Ann"


def test_without_a_header() -> None:
    assert recipients("Ann;ann@example.com\nBob;bob@example.com\n") == [
        ("ann@example.com", "", {"column_1": "Ann"}),
        ("bob@example.com", "", {"column_1": "Bob"}),
    ]
    assert recipients("ann@example.com") == [("ann@example.com", "", {})]


def test_a_spreadsheets_separator_line() -> None:
    assert recipients("sep=;\r\nemail;name\r\nann@example.com;Lee, Ann\r\n") == [
        ("ann@example.com", "Lee, Ann", {})
    ]
    assert rejections("sep=;\r\nemail;name\r\nnobody;x\r\n") == [(3, "no-at")]


def test_values_pass_as_they_are() -> None:
    """A formula is plain text in a message. Exports make it harmless, because spreadsheets run it."""
    text = 'email,name,note\nann@example.com,"=1+1","@SUM(A1) ""x"" \\ {{ b }}\nsecond line"\n'
    assert recipients(text) == [("ann@example.com", "=1+1", {"note": '@SUM(A1) "x" \\ {{ b }}\nsecond line'})]


def test_names_have_one_line() -> None:
    text = 'email,name\nann@example.com,"Ann\r\nBcc: eve@example.com\x07\x1b"\n'
    assert recipients(text)[0][1] == "Ann Bcc: eve@example.com"


def test_each_bad_line_has_its_number_and_reason() -> None:
    text = HEADER + "\r\n".join(
        [
            "ann@example.com,Ann,Bern",
            "nobody,x,y",
            "b\0b@example.com,Bob,Bern",
            "",
            "cy@example.com,Cy,Bern,more",
            "di@example.com,Di,Bern,,",
            "ed@example.com",
            '"fe@example.com","Fe" e,Bern',
            ",,",
            ",Nobody,Bern",
            f"gus@example.com,{'G' * 256},Bern",
            "用户@example.com,Hu,Bern",
            '"ida@example.com","Ida\r\nIssue","Bern"',
            "last@example.com,Last,Bern",
        ]
    )
    found = entries(text)
    assert [e.address for e in found if isinstance(e, Recipient)] == [
        "ann@example.com", "di@example.com", "ed@example.com", "ida@example.com", "last@example.com"
    ]  # fmt: skip
    assert rejections(text) == [
        (3, "no-at"),
        (4, "nul-character"),
        (6, "too-many-columns"),
        (9, "quotes"),
        (11, "empty"),
        (12, "name-too-long"),
        (13, "non-ascii-local-part"),
    ]
    assert sum(e is None for e in found) == 2
    assert all(e.reason.endswith(".") and "\0" not in e.value for e in found if isinstance(e, Rejection))


def test_a_quote_that_never_ends_costs_its_line_only() -> None:
    text = (
        HEADER
        + '"ann@example.com,Ann,Bern\n'
        + "".join(f"user{n}@example.com,U,Bern\n" for n in range(20_000))
    )
    assert len(recipients(text)) == 20_000
    assert rejections(text) == [(2, "quotes")]


def test_a_quote_that_never_ends_in_the_last_line() -> None:
    assert rejections(HEADER + 'ann@example.com,Ann,"Bern') == [(2, "quotes")]


def test_a_record_over_the_edge_of_a_block() -> None:
    note = "\n".join("x" * 50 for _ in range(500))
    text = HEADER + "".join(f'user{n}@example.com,"U","{note}"\n' for n in range(40)) + "nobody,,\n"
    assert [data["city"] for _, _, data in recipients(text)] == [note] * 40
    assert rejections(text) == [(2 + 40 * 500, "no-at")]


def pieces_of_a_long_line(size: int) -> Iterable[bytes]:
    yield HEADER.encode() + b"ann@example.com,Ann,Bern\nbob@example.com,"
    for _ in range(size >> 20):
        yield b"x" * (1 << 20)
    yield b"\r\ncy@example.com,Cy,Bern\nnobody,,"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_one_line_of_50_megabytes(encoding: str) -> None:
    pieces = (piece.decode().encode(encoding) for piece in pieces_of_a_long_line(50 << 20))
    if encoding == "utf-16":
        pieces = (p if n == 0 else p.removeprefix(b"\xff\xfe") for n, p in enumerate(pieces))
    tracemalloc.start()
    try:
        found = list(csv_file.parse(READER, pieces))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(e.line, e.code) for e in found if isinstance(e, Rejection)] == [
        (3, "too-long-line"),
        (5, "no-at"),
    ]
    assert [e.address for e in found if isinstance(e, Recipient)] == ["ann@example.com", "cy@example.com"]
    assert peak < 16 << 20


def test_a_long_line_inside_of_quotes() -> None:
    text = HEADER + '"ann@example.com","An' + "n" * 70_000 + '\nx",Bern\nbob@example.com,Bob,Bern\n'
    assert rejections(text)[0] == (2, "too-long-line")
    assert recipients(text)[-1][0] == "bob@example.com"


def test_lines_beyond_ascii_are_as_long_as_they_look() -> None:
    fits = "ü" * (csv_lines.LONGEST_LINE - 100)
    assert rejections(HEADER + f"ann@example.com,Ann,{fits}\n", block=1000) == []
    assert rejections(HEADER + f"ann@example.com,Ann,{fits * 2}\n", block=1000) == [(2, "too-long-line")]


@pytest.mark.parametrize(
    "line",
    [
        '"',
        '""',
        '"a""',
        'x,"',
        "\0",
        '"\0',
        '""",',
        'a@b.c,"""',
        '"\r',
        "=cmd|' /C calc'!A0",
        'a","b',
        '"a"b',
    ],
)
def test_a_file_of_nothing_but_trouble_ends_soon(line: str) -> None:
    start = time.process_time()
    entries(HEADER + f"{line}\n" * 20_000)
    assert time.process_time() - start < 10


def test_records_of_several_lines_among_bad_ones() -> None:
    """After many bad lines only a few are looked at; a record that spans their end is still read whole."""
    bad = '"a"b\n' * 30
    good = "".join(f'user{n}@example.com,U,"{"x" + chr(10) * (n % 90)}"\n' for n in range(300))
    assert len(recipients(HEADER + bad + good)) == 300
    assert len(rejections(HEADER + bad + good)) == 30


def test_no_address_anywhere() -> None:
    for content in (
        "",
        "\n\n",
        "name,city\nAnn,Bern\n",
        "\0" * 1000,
        '"',
        "a" * 100_000,
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ):
        with pytest.raises(Unplannable) as caught:
            entries(content)
        assert caught.value.code == "no-address-column"


def test_going_on_after_a_number_of_records() -> None:
    """The rest is the same from any position, with blank lines, bad lines and records of several lines."""
    rng = random.Random(7)
    kinds = [
        "a{}@example.com,A,b",
        "nobody,x,y",
        "",
        '"b{}@example.com","x\ny",z',
        'c,"d" e,f',
        "\0,,",
        '"g,h,i',
    ]
    text = HEADER + "\n".join(rng.choice(kinds).format(n) for n in range(300))
    whole = entries(text)
    for skip in range(0, len(whole) + 1, 7):
        assert entries(text, skip=skip) == whole[skip:]
    assert entries("ann@example.com\nbob@example.com\n", skip=1)[0].address == "bob@example.com"


@given(st.binary(max_size=400), st.integers(1, 50), st.integers(16, 100))
def test_no_bytes_break_it(data: bytes, size: int, block: int) -> None:
    """Any bytes become entries, the same for any size of pieces and blocks."""
    content = b"email,name\n" + data
    assert entries(content, size, block=block) == entries(content)


@given(st.lists(st.sampled_from(['"', ",", "\n", "\r", "a@b.cd", "\0", "x"]), max_size=60).map("".join))
def test_no_quotes_break_it(text: str) -> None:
    found = entries("email,name\n" + text)
    lines = [e.line for e in found if isinstance(e, Rejection)]
    assert lines == sorted(set(lines))


def test_memory_does_not_depend_on_the_size() -> None:
    """40,000 recipients in batches take as much memory as 20,000."""

    def pieces(count: int) -> Iterable[bytes]:
        yield HEADER.encode()
        for start in range(0, count, 1000):
            lines = (f"person{n}@example.com,Person {n},Town {n}\r\n" for n in range(start, start + 1000))
            yield "".join(lines).encode()

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            entries = csv_file.parse(READER, pieces(count))
            read = [batch.records_read for batch in cut(entries, READER, 1, 0)]
            assert read[-1] == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(20_000), peak(40_000)
    assert large < 1.5 * small
    assert large < 32 << 20


def test_batches_end_by_their_size_too() -> None:
    line = f"{'{}'}@example.com,Ann,{'x' * 60_000}\n"
    text = HEADER + "".join(line.format(f"a{n}") for n in range(300))
    batches = list(cut(csv_file.parse(READER, [text.encode()]), READER, 1, 0))
    assert len(batches) > 1
    assert [batch.batch_no for batch in batches] == list(range(1, len(batches) + 1))
    assert batches[-1].records_read == sum(len(batch.recipients) for batch in batches) == 300
