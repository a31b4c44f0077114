"""Types for fields that several capabilities use: one line of text, text, JSON, decimals, an account."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    StringConstraints,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from ddp.refusals.fields import E164, MUST_BE_TIME, MUST_BE_WHOLE

# Limits for JSON that callers store: characters as text, and levels of nesting.
JSON_LENGTH = 8_192
_JSON_DEPTH = 16

_DATE_AND_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Request(BaseModel):
    """Base of request bodies. Unknown fields are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class Change(Request):
    """Base of the fields to change. Omitted fields keep their values: the defaults of its fields are never used."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _require_a_change(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give at least one field to change")
        return self


# They turn the text around them, so that a name reads as another: embeddings, overrides and isolates of Unicode.
_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Return the text unchanged. Raises ValueError for control characters and line breaks: they could end a header."""
    if not (text.isascii() and text.isprintable()) and any(
        unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in _TURNS_TEXT for c in text
    ):
        raise ValueError("must be one line of text, without control characters or line breaks")
    return text


def _written_out(value: object) -> object:
    """Refuse numbers for a time, which pydantic would count in seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE_AND_TIME.match(value)):
        return value
    raise ValueError(MUST_BE_TIME)


def _no_word(value: object) -> object:
    """Refuse text and truths for a whole number; 1.0 is one in JSON."""
    if not isinstance(value, bool | str):
        return value
    raise ValueError(MUST_BE_WHOLE)


def _no_address(name: str) -> str:
    if set("<>@") & set(unicodedata.normalize("NFKC", name)):  # there are signs that look the same
        raise ValueError("must not look like an address: leave out @, < and >")
    return name


def _storable(text: str) -> str:
    if "\x00" in text or (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)):
        raise ValueError("NUL characters and unpaired surrogates cannot be stored")
    return text


def _plain_json(value: dict[str, Any]) -> dict[str, Any]:
    _require_depth(value, _JSON_DEPTH)
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        raise ValueError("numbers must be finite") from None
    if len(text) > JSON_LENGTH:
        raise ValueError(f"may have at most {JSON_LENGTH:,} characters of JSON")
    _require_storable(value)
    return value


def _require_depth(value: object, left: int) -> None:
    if not isinstance(value, (dict, list)):
        return
    if not left:
        raise ValueError(f"may be nested at most {_JSON_DEPTH} levels deep")
    for item in value.values() if isinstance(value, dict) else value:
        _require_depth(item, left - 1)


def _require_storable(value: object) -> None:
    if isinstance(value, str):
        _storable(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _storable(key)
            _require_storable(item)
    elif isinstance(value, list):
        for item in value:
            _require_storable(item)


def stored_as(name: str, column: str) -> AliasChoices:
    """For `validation_alias`: the field is filled from a row whose column has another name."""
    return AliasChoices(name, column)


class Account(BaseModel):
    """An account, as a row that has its id shows it."""

    id: UUID
    name: str


Name = Annotated[
    str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True), AfterValidator(one_line)
]
# Mail programs show it in place of the address: "ceo@bank.example" would be who the message seems to come from.
DisplayName = Annotated[Name, AfterValidator(_no_address)]
# Of JSON as it is: pydantic would take 0 for false, and true for 1.
Flag = Annotated[bool, Strict()]
# Last in Annotated[int, …]: after the bounds, which are then the number's own.
WHOLE = BeforeValidator(_no_word)
Time = Annotated[AwareDatetime, BeforeValidator(_written_out)]
Text = Annotated[str, AfterValidator(_storable)]
Phone = Annotated[str, Field(pattern=E164, examples=["+447400123456"])]
Json = Annotated[dict[str, Any], AfterValidator(_plain_json)]


def _plain_number(value: object) -> object:
    """Refuse texts that Python would take for numbers: digits of other scripts, spaces, underscores, exponents."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("must be a number")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Makes a decimal, in `Annotated[Decimal, Digits(…)]`: a JSON number or text of so many digits and decimals.

    `least` and `most` are its bounds; the digits bound it in any case. `is_positive`: it is above 0.
    """

    total: int
    places: int
    least: int | None = None
    most: int | None = None
    is_positive: bool = False

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Called by pydantic."""
        number = core_schema.decimal_schema(
            max_digits=self.total,
            decimal_places=self.places,
            ge=self._decimal(self.least),
            le=self._decimal(self.most),
            gt=Decimal(0) if self.is_positive else None,
        )
        return core_schema.no_info_before_validator_function(_plain_number, number)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Called by pydantic."""
        whole = self.total - self.places
        if self.is_positive:
            least, bound = 0, "exclusiveMinimum"
        elif self.least is None:
            least, bound = -(10**whole), "exclusiveMinimum"
        else:
            least, bound = self.least, "minimum"
        number = {
            "type": "number",
            bound: least,
            **({"exclusiveMaximum": 10**whole} if self.most is None else {"maximum": self.most}),
            "multipleOf": float(f"1e-{self.places}"),
        }
        sign = "-?" if least < 0 else ""
        not_zero = "(?![0.]+$)" if self.is_positive else ""
        text = {
            "type": "string",
            "pattern": rf"^{not_zero}{sign}[0-9]{{1,{whole}}}(\.[0-9]{{1,{self.places}}})?$",
        }
        return {"anyOf": [number, text]}

    @staticmethod
    def _decimal(bound: int | None) -> Decimal | None:
        return None if bound is None else Decimal(bound)
