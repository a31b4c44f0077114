"""References of messages and keys of shops: each for one purpose, and none of them forged."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from ddp import keys
from ddp.links import conversions, unsubscribe

SEND = UUID(int=7 << 64)


@pytest.fixture(scope="module", autouse=True)
def secret() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        keys.derive.cache_clear()
        patch.setattr(keys, "_secret", lambda: b"a secret of more than 32 characters")
        yield
    keys.derive.cache_clear()


def test_a_reference_names_its_message_and_is_no_unsubscribe_link() -> None:
    reference = conversions.reference(SEND)
    assert len(reference) == 44
    assert conversions.referred(reference) == SEND
    assert unsubscribe.verify(reference) is None
    assert conversions.referred(unsubscribe.token(SEND)) is None


@pytest.mark.parametrize("place", range(44))
def test_a_changed_reference_is_not_valid(place: int) -> None:
    reference = conversions.reference(SEND)
    other = "A" if reference[place] != "A" else "B"
    assert conversions.referred(reference[:place] + other + reference[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "x", "é" * 44, "A" * 44, "A" * 1_000_000, "=" * 44, "\x00", "../" * 20])
def test_nonsense_is_not_valid(text: str) -> None:
    assert conversions.referred(text) is None


def test_each_retailer_and_key_has_a_secret_of_its_own() -> None:
    retailer, key = uuid4(), uuid4()
    made = {
        conversions.hook_key(retailer, key),
        conversions.hook_key(key, retailer),
        conversions.hook_key(retailer, uuid4()),
    }
    assert len(made) == 3
    assert conversions.hook_key(retailer, key) in made, "the same each time"


def test_a_signature_is_what_shops_compute() -> None:
    """openssl: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret."""
    made = conversions.signature("secret", "1700000000", b'{"a":1}').hex()
    assert made == "49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"
