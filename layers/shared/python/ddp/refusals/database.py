"""PostgreSQL's errors as errors of ours, which tell the caller what to correct, or that it may try again."""

from __future__ import annotations

import json
from typing import Final

import psycopg
from psycopg.errors import Diagnostic

from ddp.errors import (
    Conflict,
    Forbidden,
    HttpError,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
)

# SQLSTATE → error. Our SQL functions raise PTnnn.
_BY_STATE: Final[dict[str, type[HttpError]]] = {
    "PT401": Unauthenticated,
    "PT403": Forbidden,
    "PT404": NotFound,
    "PT409": Conflict,
    "PT422": Invalid,
    "PT429": TooMany,
}
# PostgreSQL's own errors, by SQLSTATE or its class (the first two characters).
_PLAIN: Final[dict[str, tuple[type[HttpError], str]]] = {
    "42501": (Forbidden, "You may not do this."),
    "23505": (Conflict, "A record with this identity already exists."),
    "23503": (Invalid, "The request names something that does not exist."),
    "23514": (Invalid, "A value is too large, or outside its allowed range."),
    "22": (Invalid, "A value has the wrong format."),
    "40": (Unavailable, "Another request was changing the same data; try again."),
    "55P03": (Unavailable, "Another request was changing the same data; try again."),
    "57014": (Unavailable, "The database took too long; try again, or request less."),
    "53": (Unavailable, "The database is overloaded; try again shortly."),
}
# Constraints whose name does not say which field breaks which rule.
_RULES: Final = {
    "campaigns_check": ("end_date", "must be after start_date"),
    "campaigns_audience_size": ("target_audience", "may have at most 8,192 characters of JSON"),
    "campaigns_settings_size": ("campaign_settings", "may have at most 8,192 characters of JSON"),
    "campaign_expenses_amount_check": ("amount", "must not be 0"),
    "email_campaigns_content_size": ("email_content", "may have at most 1 MiB as JSON"),
    "email_campaigns_text_size": ("text_content", "may have at most 1 MiB as JSON"),
    "email_test_sends_data_size": ("template_data", "may have at most 65,536 characters of JSON"),
    "sms_campaigns_content_size": ("sms_content", "may have at most 10,000 characters"),
    "sms_test_sends_data_size": ("template_data", "may have at most 65,536 characters of JSON"),
    "file_shares_check": ("expires_at", "must be in the future"),
    "idempotency_keys_response_check": (
        "Idempotency-Key",
        "the answer is too long to store; send the request without it",
    ),
    "sending_windows_check": ("closes", "must be after opens"),
    "sending_windows_check1": ("region", "must be empty for the windows of every country (*)"),
    "templates_content_size": ("template_content", "may have at most 2 MiB as JSON"),
}
# PostgreSQL names a constraint of one column after the table, the column and the kind.
_KINDS: Final = {
    "check": "is too large, or outside its allowed range",
    "size": "is too long",
    "fkey": "names something that does not exist",
}


def translate(error: psycopg.Error) -> Exception:
    """The error to raise instead of psycopg's: an HttpError if the caller can correct it or retry, else `error` itself.

    Errors of our SQL functions (PTnnn) keep their message, and their JSON detail becomes extra fields. PostgreSQL's
    own errors get a sentence of ours, because their text names rows and values that the caller may not see; it names
    the field and the rule if the error is about a column.
    """
    state = error.sqlstate or ""
    if family := _BY_STATE.get(state):
        extra = json.loads(error.diag.message_detail or "{}")
        return family(error.diag.message_primary or "", code=extra.pop("code", None), extra=extra)
    for length in (5, 2):
        if known := _PLAIN.get(state[:length]):
            family, sentence = known
            return _naming_the_field(family, error.diag) or family(sentence)
    if isinstance(error, psycopg.DataError):  # raised by psycopg itself, for example for NUL in a text
        return Invalid(_PLAIN["22"][1])
    if isinstance(error, psycopg.OperationalError):
        return Unavailable(
            "The database connection was lost; it is not known whether the request took effect. Repeat it with the same"
            " Idempotency-Key, or read first what is there."
        )
    return error


def _naming_the_field(family: type[HttpError], diagnostic: Diagnostic) -> HttpError | None:
    """The error with the field and the rule that it breaks; None if they are not known."""
    found = _broken_rule(diagnostic)
    if found is None:
        return None
    field, rule = found
    return family(f"{field}: {rule}", extra={"errors": [{"field": field, "problem": rule}]})


def _broken_rule(diagnostic: Diagnostic) -> tuple[str, str] | None:
    name, table = diagnostic.constraint_name or "", f"{diagnostic.table_name}_"
    if name in _RULES:
        return _RULES[name]
    field, _, kind = name.removeprefix(table).rpartition("_")
    return (field, _KINDS[kind]) if name.startswith(table) and field and kind in _KINDS else None
