"""Recipients listed in the request itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.sending.recipients.entries import NO_DATA, Entry, recipient, rejection


def entries(recipients: Sequence[Any], skip: int) -> Iterator[Entry]:
    """The list's entries from the one after `skip` on; `line` of a rejection is the place in the list, from 1."""
    for place, given in enumerate(recipients[skip:], start=skip + 1):
        yield _entry(place, given)


def _entry(place: int, given: Any) -> Entry:
    if not isinstance(given, Mapping) or not isinstance(given.get("email"), str):
        return rejection(place, "not-an-object", str(given))
    data = given.get("template_data")
    return recipient(
        place,
        given["email"],
        str(given.get("name") or ""),
        str(given.get("time_zone") or ""),
        json.dumps(data, ensure_ascii=False) if isinstance(data, Mapping) else NO_DATA,
    )
