"""Typed access to the fields of a provider's event.

A required field is there, and every field that is there has the type that the provider documents; otherwise the event
is Malformed. A null counts as absent: SES writes it for what it does not know.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

Fields = dict[str, Any]

# Attempts are bits of an integer column.
LAST_ATTEMPT = 31
ATTEMPTS = {str(attempt): attempt for attempt in range(1, LAST_ATTEMPT + 1)}

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

# Characters kept of a text that others wrote.
LONGEST = 1000

# How times are kept, and SES writes them: UTC, to the millisecond. Texts of this form sort as the times do.
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
# PostgreSQL's jsonb takes neither NUL nor half of a surrogate pair.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class NotOurs(Exception):
    """Not an event of the provider, or not about a message we sent. The text says which, and quotes nothing of it."""


class Malformed(Exception):
    """An event about a message of ours does not have the form that the provider documents.

    The text names the field and never quotes its value: it goes into the log.
    """


def required_text(fields: Fields, name: str, longest: int = LONGEST) -> str:
    """The first `longest` characters of a text, as PostgreSQL can store them. Raises Malformed."""
    if fields.get(name) is None:
        raise Malformed(f"{name} is missing")
    return optional_text(fields, name, longest)


def optional_text(fields: Fields, name: str, longest: int = LONGEST) -> str:
    """As `required_text`; empty where the field is absent. Raises Malformed."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{name} is not text")
    if not value.isascii() or "\x00" in value:
        value = _UNSTORABLE.sub("\ufffd", value)
    return value[:longest]


def required_time(fields: Fields, name: str) -> str:
    """A time as text in SES's own form, whatever ISO 8601 form it came in; microseconds are cut. Raises Malformed.

    Texts, because times are only compared and stored: to format a datetime again takes longer than to parse it.
    """
    text = fields.get(name)
    if not isinstance(text, str):
        raise Malformed(f"{name} is not text")
    try:
        at = datetime.fromisoformat(text)
        if _TIME.fullmatch(text):
            return text
        in_utc = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(f"{name} is not a time") from None
    if at.tzinfo is None:
        raise Malformed(f"{name} has no time zone")
    return in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def required_object(fields: Fields, name: str) -> Fields:
    """A JSON object. Raises Malformed."""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise Malformed(f"{name} is not an object")
    return value


def first_object(fields: Fields, name: str) -> Fields:
    """The first of a list of objects; without fields where the list is absent or empty. Raises Malformed."""
    value = fields.get(name)
    if value is None or value == []:
        return {}
    if isinstance(value, list) and isinstance(value[0], dict):
        return value[0]
    raise Malformed(f"{name} is not a list of objects")


def single_text(fields: Fields, name: str) -> str:
    """The only element of a list of texts: how SES writes the value of a tag. Raises Malformed."""
    value = fields.get(name)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    raise Malformed(f"{name} is not a list of one text")
