"""What is wrong with a field is said in our own words, whatever pydantic's error is."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter, ValidationError

from ddp.fields import DisplayName, Json, Phone
from ddp.refusals.fields import rule
from functions.email.models import Audience, SendRequest

_TIME = "must be a date and time with a time zone, such as 2027-03-01T09:00:00Z"


def _refuse(value: str) -> str:
    raise ValueError("must be something else")


def rule_of(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    return rule(refused.value.errors()[0])


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (str, 1, "must be text"),
        (Annotated[str, Field(min_length=2)], "", "must have at least 2 characters"),
        (Annotated[str, Field(max_length=2)], "abc", "may have at most 2 characters"),
        (Annotated[str, Field(pattern="^[A-Z]$")], "a", "must have the form ^[A-Z]$"),
        (Phone, "07400 123456", "must be a number in E.164, such as +447400123456"),
        (int, "x", "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (Annotated[int, Field(ge=1)], 0, "must be at least 1"),
        (Annotated[int, Field(le=1)], 2, "may be at most 1"),
        (Annotated[float, Field(gt=0)], 0, "must be greater than 0.0"),
        (Decimal, "x", "must be a number"),
        (Annotated[Decimal, Field(decimal_places=2)], "1.234", "may have at most 2 decimals"),
        (bool, "perhaps", "must be true or false"),
        (UUID, "x", "must be an id (UUID)"),
        (UUID, 1, "must be an id (UUID)"),
        (AwareDatetime, "x", _TIME),
        (AwareDatetime, "2027-01-01T00:00:00", _TIME),
        (Literal["a", "b"], "c", "must be 'a' or 'b'"),
        (list[int], 1, "must be a list"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "may have at most 1 entries"),
        (Json, 1, "must be an object"),
        (Audience, {}, "must have the field 'source'"),
        (Audience, {"source": "x"}, "must have a 'source' that is one of 'list', 'file', 'target_audience', 'send'"),
        (SendRequest, {"audience": {"source": "target_audience"}, "x": 1}, "is not a field of this request"),
        (DisplayName, "a@b", "must not look like an address: leave out @, < and >"),
        (Annotated[str, AfterValidator(_refuse)], "a", "must be something else"),
        (bytes, 1, "is not valid"),
    ],
)  # fmt: skip
def test_each_rule_is_said_plainly(kind, value, expected):
    assert rule_of(kind, value) == expected
