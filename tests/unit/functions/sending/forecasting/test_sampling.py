"""Samples of files: blocks from a record's beginning to a record's end, whatever the file is like."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ddp.addresses import normalise_email
from ddp.channels import EMAIL
from functions.sending.forecasting import sampling
from functions.sending.forecasting.sampling import Block
from functions.sending.recipients.entries import Entry, Recipient, Rejection
from functions.sending.unplannable import Unplannable

pytestmark = pytest.mark.thorough


class Reader:
    channel = EMAIL

    @staticmethod
    def normalise(address: str, country: str) -> str:
        return normalise_email(address)


@dataclass
class File:
    """Stands for ddp.providers.s3_streams.Version."""

    content: bytes
    asked: int = 0

    @property
    def size(self) -> int:
        return len(self.content)

    def piece(self, start: int, length: int) -> bytes:
        self.asked += length
        return self.content[start : start + length]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "BLOCK", 2_048)
    monkeypatch.setattr(sampling, "BLOCKS", 20)


def sampled(content: bytes) -> list[Block]:
    return list(sampling.blocks(Reader(), File(content)))  # type: ignore[arg-type]


def entries(found: list[Block]) -> list[Entry]:
    return [entry for block in found for entry in block.entries]


PLAIN = "email;name\n" + "".join(f"r{number:06}@example.com;Ann {number}\n" for number in range(20_000))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_all_of_a_block_but_its_edges(encoding: str, ending: str) -> None:
    content = PLAIN.replace("\n", ending).encode(encoding)
    found = sampled(content)
    assert len(found) == 20
    recipients = entries(found)
    assert all(isinstance(entry, Recipient) for entry in recipients)
    assert len({entry.address for entry in recipients if isinstance(entry, Recipient)}) == len(recipients)
    weight = sum(block.weight for block in found)
    assert 0.9 * 20 * 2_048 < weight <= 20 * 2_048
    assert len(recipients) / weight * len(content) == pytest.approx(20_000, rel=0.02)


def test_they_are_spread_over_the_file_however_early_one_stops() -> None:
    found = sampled(PLAIN.encode())
    places = [block.entries[0] for block in found]
    numbers = [int(place.address[1:7]) for place in places if isinstance(place, Recipient)]
    for count in (5, 10, 20):
        quarters = {number // 5_000 for number in numbers[:count]}
        assert len(quarters) == 4


def test_a_block_may_begin_within_a_quoted_field() -> None:
    rows = "".join(
        f'r{number}@example.com,"line one of {number}\nline two, with a comma\nline three ""quoted""",x\n'
        for number in range(5_000)
    )
    recipients = entries(sampled(("email,note,mark\n" + rows).encode()))
    wrong = [entry for entry in recipients if isinstance(entry, Rejection)]
    assert len(recipients) > 300
    assert len(wrong) <= 0.02 * len(recipients), wrong[:5]


@pytest.mark.parametrize(
    "content",
    [
        b"email\n" + b"x" * 200_000,
        b"email\n" + b'"' * 100_000,
        b"email\n" + b'"\n' * 50_000,
        b"email\n" + b"\x00" * 100_000,
        b"email\n" + b"\n" * 100_000,
        b"email\r" + b"\xff\xfe\r" * 40_000,
    ],
    ids=["one line", "quotes", "quoted lines", "nul", "blank", "binary"],
)
def test_hostile_files_end(content: bytes) -> None:
    for entry in entries(sampled(content)):
        assert entry is None or isinstance(entry, Rejection)


def test_a_file_without_addresses() -> None:
    with pytest.raises(Unplannable) as raised:
        sampled(b"name,city\n" + b"Ann,Bern\n" * 10_000)
    assert raised.value.code == "no-address-column"


def test_about_how_many_records_a_file_has() -> None:
    file = File(PLAIN.encode())
    assert sampling.records_expected(file) == pytest.approx(20_000, rel=0.15)  # type: ignore[arg-type]
    assert file.asked == 2_048
    assert sampling.records_expected(File(b"")) == 0  # type: ignore[arg-type]
