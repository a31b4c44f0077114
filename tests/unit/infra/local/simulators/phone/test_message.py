"""Parts, compared with an independent count."""

from __future__ import annotations

import random

import pytest
import smsutil

from infra.local.simulators.phone.message import Message, count_parts, encoding_of

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("a" * 160, "GSM", 1),
        ("a" * 161, "GSM", 2),
        ("a" * 306, "GSM", 2),
        ("a" * 307, "GSM", 3),
        ("€" * 80, "GSM", 1),
        ("a" * 152 + "€" + "a" * 153, "GSM", 3),
        ("я" * 70, "UNICODE", 1),
        ("я" * 71, "UNICODE", 2),
        ("я" * 134, "UNICODE", 2),
        ("я" * 66 + "😀" + "я" * 67, "UNICODE", 3),
        ("😀" * 35, "UNICODE", 1),
    ],
)
def test_the_borders(text, encoding, parts):
    assert (encoding_of(text), count_parts(text)) == (encoding, parts)


def test_any_text():
    chance = random.Random(15)
    alphabets = ("abc €[]{}~^|\\\n@ÄΔ", "abcя😀ç", "Größe 7 €")
    for _ in range(3_000):
        text = "".join(chance.choices(chance.choice(alphabets), k=chance.randint(1, 500)))
        split = smsutil.split(text)
        assert count_parts(text) == len(split.parts), text
        assert (encoding_of(text) == "GSM") == (split.encoding == "gsm0338"), text


def test_a_state_is_the_last_that_was_reported():
    message = Message(
        message_id="m", at=0, phone="+1", country="US", identity="1", direction="out", body="x",
        history=((5, "QUEUED"), (7, "DELIVERED")),
    )  # fmt: skip
    assert [message.state(now) for now in (4, 5, 7)] == ["ACCEPTED", "QUEUED", "DELIVERED"]
