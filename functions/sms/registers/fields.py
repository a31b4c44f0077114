"""What the registers of SMS have in common: countries, kinds of identity, days, texts."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from ddp.fields import Digits, one_line

Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1, two letters.", examples=["GB"])]
IdentityKind = Literal["short_code", "ten_dlc", "toll_free", "long_code", "sender_id"]
MessageType = Literal["promotional", "transactional"]
Dollars = Annotated[Decimal, Digits(total=14, places=5, least=0)]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written_out(value: object) -> object:
    """Refuse numbers for a day, which pydantic would count in seconds since 1970, and times."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("must be a day such as 2026-11-29")


Day = Annotated[date, BeforeValidator(_written_out)]


def line_of(longest: int) -> tuple[StringConstraints, AfterValidator]:
    """Constraints of one line of text of at most so many characters."""
    return StringConstraints(min_length=1, max_length=longest, strip_whitespace=True), AfterValidator(
        one_line
    )


Source = Annotated[str, *line_of(1000)]
