"""Types for fields that several capabilities use: one line of text, text, JSON, an account."""

from __future__ import annotations

import json
import unicodedata
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, StringConstraints, model_validator

# Limits for JSON that callers store: characters as text, and levels of nesting.
JSON_LENGTH = 8_192
_JSON_DEPTH = 16


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
Text = Annotated[str, AfterValidator(_storable)]
Json = Annotated[dict[str, Any], AfterValidator(_plain_json)]
