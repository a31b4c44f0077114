"""TXT records, asked of a server on this machine."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from ddp.providers import dns
from tests import dns_server
from tests.dns_server import Zone

pytestmark = pytest.mark.thorough


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Zone]:
    with dns_server.serving() as zone:
        monkeypatch.setattr(dns, "SERVER", zone.address)
        yield zone


def test_the_texts_of_a_name(zone: Zone) -> None:
    zone.texts["_ddp.shop.test"] = ["v=spf1 -all", "ddp=" + "x" * 500, ""]
    assert dns.txt("_ddp.shop.test") == {"v=spf1 -all", "ddp=" + "x" * 500, ""}
    assert dns.txt("shop.test") == frozenset()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0",
        b"\xff" * 11,
        struct.pack("!HHHHHH", 0, 0x8180, 60_000, 60_000, 0, 0) + b"\xff" * 20,
        b"\xff" * 200,
    ],
)
def test_what_is_no_answer_says_nothing(zone: Zone, raw: bytes) -> None:
    zone.raw["shop.test"] = raw
    assert dns.txt("shop.test") == frozenset()


def test_an_answer_to_another_query_says_nothing(zone: Zone) -> None:
    zone.texts["shop.test"] = ["ddp=1"]
    zone.raw["other.test"] = dns_server.answer(dns_server.query("shop.test"), zone)
    assert dns.txt("other.test") == frozenset()
    assert dns.txt("shop.test") == {"ddp=1"}


def test_without_a_server_there_are_no_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "SERVER", "127.0.0.1:1")
    assert dns.txt("shop.test") == frozenset()
