"""Tokens of unsubscribe links have one spelling, cannot be forged, and name a message and nobody."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddp import keys
from ddp.links import signed_ids, unsubscribe

SEND = UUID(int=7 << 64)


@pytest.fixture(scope="module", autouse=True)
def secret() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        keys.derive.cache_clear()
        patch.setattr(keys, "_secret", lambda: b"a secret of more than 32 characters")
        yield
    keys.derive.cache_clear()


def test_what_was_said_is_read() -> None:
    token = unsubscribe.token(SEND)
    assert unsubscribe.verify(token) == SEND
    assert len(token) == 44
    assert "=" not in token


@given(st.uuids())
def test_anything_said_is_read(send: UUID) -> None:
    assert unsubscribe.verify(unsubscribe.token(send)) == send


def signed(said: bytes) -> str:
    return base64.urlsafe_b64encode(said + signed_ids.mac(unsubscribe.keys.UNSUBSCRIBE, said)).decode()


@given(st.uuids(), st.uuids(), st.binary(min_size=32, max_size=32))
def test_tokens_of_earlier_releases_are_read(send: UUID, owner: UUID, address: bytes) -> None:
    token = signed(b"\1" + owner.bytes + address + send.bytes)
    assert len(token) == 108
    assert unsubscribe.verify(token) == send


@pytest.mark.parametrize(
    "said",
    [b"\1" + bytes(16), b"\2" + bytes(64), b"\3" + bytes(16), b"\0" + bytes(64), b"\2" + bytes(13), b""],
)
def test_what_is_signed_has_a_known_version_and_length(said: bytes) -> None:
    assert unsubscribe.verify(signed(said)) is None


def test_no_bit_can_be_changed() -> None:
    token = unsubscribe.token(SEND)
    whole = base64.urlsafe_b64decode(token)
    for bit in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        assert unsubscribe.verify(base64.urlsafe_b64encode(changed).decode()) is None, bit


def test_a_character_more_less_or_other_is_none_of_ours() -> None:
    token = unsubscribe.token(SEND)
    for other in (
        token[:-1],
        token + "A",
        token + "=",
        token[:-4],
        " " + token[1:],
        token[:20] + "!" + token[20:],
    ):
        assert unsubscribe.verify(other) is None
    for n in range(len(token)):
        assert unsubscribe.verify(token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :]) is None


@given(st.text(max_size=200) | st.text(alphabet="ABCxyz-_09+/=\n", min_size=40, max_size=112))
def test_any_other_text_is_none_of_ours(text: str) -> None:
    assert unsubscribe.verify(text) is None


def test_a_token_of_another_key_or_purpose_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    token = unsubscribe.token(SEND)
    monkeypatch.setattr(unsubscribe.keys, "derive", lambda purpose: b"another key")
    assert unsubscribe.verify(token) is None


def test_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsubscribe, "PUBLIC_URL", "https://api.example.com")
    assert unsubscribe.url("abc") == "https://api.example.com/unsubscribe/abc"
