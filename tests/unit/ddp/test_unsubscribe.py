"""Tokens of unsubscribe links have one spelling, cannot be forged, and contain no address."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddp import keys, unsubscribe

OWNER, SEND = UUID(int=1 << 100), UUID(int=7)
HASH = bytes(range(32))
LINK = unsubscribe.Unsubscribe(owner_user_id=OWNER, recipient_hash=HASH, email_send_id=SEND)


@pytest.fixture(scope="module", autouse=True)
def secret() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        keys.derive.cache_clear()
        patch.setattr(keys, "_secret", lambda: b"a secret of more than 32 characters")
        yield
    keys.derive.cache_clear()


def test_what_was_said_is_read() -> None:
    token = unsubscribe.token(OWNER, HASH, SEND)
    assert unsubscribe.verify(token) == LINK
    assert len(token) == 108
    assert "=" not in token


@given(st.uuids(), st.binary(min_size=32, max_size=32), st.uuids())
def test_anything_said_is_read(owner: UUID, address: bytes, send: UUID) -> None:
    read = unsubscribe.verify(unsubscribe.token(owner, address, send))
    assert read == unsubscribe.Unsubscribe(owner_user_id=owner, recipient_hash=address, email_send_id=send)


def test_no_bit_can_be_changed() -> None:
    token = unsubscribe.token(OWNER, HASH, SEND)
    whole = base64.urlsafe_b64decode(token)
    for bit in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        assert unsubscribe.verify(base64.urlsafe_b64encode(changed).decode()) is None, bit


def test_a_character_more_less_or_other_is_none_of_ours() -> None:
    token = unsubscribe.token(OWNER, HASH, SEND)
    for other in (
        token[:-1],
        token + "A",
        token + "=",
        token[:-4],
        " " + token[1:],
        token[:50] + "!" + token[50:],
    ):
        assert unsubscribe.verify(other) is None
    for n in range(len(token)):
        assert unsubscribe.verify(token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :]) is None


@given(st.text(max_size=200) | st.text(alphabet="ABCxyz-_09+/=\n", min_size=100, max_size=112))
def test_any_other_text_is_none_of_ours(text: str) -> None:
    assert unsubscribe.verify(text) is None


def test_a_token_of_another_key_or_purpose_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    token = unsubscribe.token(OWNER, HASH, SEND)
    monkeypatch.setattr(unsubscribe.keys, "derive", lambda purpose: b"another key")
    assert unsubscribe.verify(token) is None


def test_another_version_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsubscribe, "VERSION", 2)
    token = unsubscribe.token(OWNER, HASH, SEND)
    monkeypatch.setattr(unsubscribe, "VERSION", 1)
    assert unsubscribe.verify(token) is None


def test_a_hash_is_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        unsubscribe.token(OWNER, b"short", SEND)


def test_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsubscribe, "PUBLIC_URL", "https://api.example.com")
    assert unsubscribe.url("abc") == "https://api.example.com/unsubscribe/abc"
