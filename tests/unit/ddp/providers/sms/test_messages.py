"""Messages that cannot be sent unchanged are not made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ddp.providers.sms.base import Message


def message(number: int = 1, **changes: Any) -> Message:
    members: dict[str, Any] = {
        "recipient": f"+336123456{number:02}",
        "body": "Größe 42 €",
        "origin": "36111",
        "message_type": "promotional",
        "max_price": Decimal("0.07400"),
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        "tags": {"ddp_send": f"id-{number}", "ddp_attempt": "1"},
    }
    return Message(**(members | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recipient": "0612345678"}, "E.164"),
        ({"recipient": "+33612345678\n"}, "E.164"),
        ({"origin": "Größe"}, "origination identity"),
        ({"origin": ""}, "origination identity"),
        ({"message_type": "PROMOTIONAL"}, "message type"),
        ({"body": ""}, "1 to 1600"),
        ({"body": " \n\t"}, "1 to 1600"),
        ({"body": "x" * 1601}, "1 to 1600"),
        ({"body": "x\ud83d"}, "lone surrogate"),
        ({"max_price": Decimal(0)}, "price"),
        ({"max_price": Decimal(100)}, "price"),
        ({"expires_at": datetime(2030, 1, 1)}, "time zone"),  # noqa: DTZ001
        ({"tags": {"a b": "x"}}, "tag"),
        ({"tags": {"a": " x"}}, "tag"),
        ({"tags": {"a": ""}}, "tag"),
    ],
)
def test_what_cannot_be_sent(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        message(**changes)


@pytest.mark.parametrize(
    ("price", "limit"),
    [("0.074", "0.07400"), ("0.0000001", "0.00001"), ("12", "12.00000"), ("99.99999", "99.99999")],
)
def test_the_price_limit_is_never_below_the_price(price: str, limit: str) -> None:
    assert message(max_price=Decimal(price)).price_limit() == limit


def test_what_may_be_sent() -> None:
    arn = "arn:aws:sms-voice:us-east-1:000000000000:phone-number/phone-1"
    assert message(origin=arn, tags={"ddp_test": "a"}, body="x" * 1600).origin == arn
