"""The messages that transports of SMS take. What they answer, and the Protocol, are in ddp.providers.transport."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_UP, Decimal

# The longest text that the provider takes, in characters.
LONGEST = 1600
# The highest price that a call can name, in US dollars.
HIGHEST_PRICE = Decimal("99.99999")
# India: what the provider calls the ids under which a sender and a template are registered.
DLT_ENTITY, DLT_TEMPLATE = "IN_ENTITY_ID", "IN_TEMPLATE_ID"

_CENT_THOUSANDTH = Decimal("0.00001")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_ORIGIN = re.compile(r"[A-Za-z0-9_:/+-]{1,256}")
_MESSAGE_TYPES = {"promotional", "transactional"}
_TAG_NAME = re.compile(r"\S{1,100}")
_TAG_VALUE = re.compile(r"\S(.{0,798}\S)?", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One SMS to one number. Raises ValueError for one that cannot be sent unchanged.

    `recipient` is a number in E.164. `origin` is an origination identity or its ARN. `message_type` is promotional or
    transactional. `max_price`: US dollars for all parts; the provider refuses a dearer message. After `expires_at`
    (with a time zone) nobody delivers it any more. `tags` come back with the provider's events. `country_parameters`
    are what a country asks for besides: India's DLT_ENTITY and DLT_TEMPLATE.
    """

    recipient: str
    body: str
    origin: str
    message_type: str
    max_price: Decimal
    expires_at: datetime
    tags: Mapping[str, str]
    country_parameters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.recipient):
            raise ValueError("the recipient is not a number in E.164")
        if not _ORIGIN.fullmatch(self.origin):
            raise ValueError(f"origination identity {self.origin!r} is not valid")
        if self.message_type not in _MESSAGE_TYPES:
            raise ValueError(f"message type {self.message_type!r} is not promotional or transactional")
        if not self.body.strip() or len(self.body) > LONGEST:
            raise ValueError(f"the text must have 1 to {LONGEST} characters and not only spaces")
        if _SURROGATE.search(self.body):
            raise ValueError("the text contains half of a character (a lone surrogate)")
        if not 0 < self.max_price <= HIGHEST_PRICE:
            raise ValueError(f"the price must be above 0 and at most {HIGHEST_PRICE} US dollars")
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at has no time zone")
        for name, value in self.tags.items():
            if not _TAG_NAME.fullmatch(name) or not _TAG_VALUE.fullmatch(value):
                raise ValueError(f"tag {name!r} is not valid")

    def price_limit(self) -> str:
        """`max_price` as the provider reads it, with five decimals: `0.04520`."""
        return f"{self.max_price.quantize(_CENT_THOUSANDTH, rounding=ROUND_UP):f}"
