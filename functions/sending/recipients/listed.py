"""Recipients that the request itself lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.sending.channels.planner import Reader
from functions.sending.recipients.entries import NO_DATA, Entry, recipient, rejection


def entries(reader: Reader, recipients: Sequence[Any], skip: int) -> Iterator[Entry]:
    """The entries that follow the first `skip`. A rejection's `line` is the place in the list, from 1."""
    for place, given in enumerate(recipients[skip:], start=skip + 1):
        yield _entry(reader, place, given)


def _entry(reader: Reader, place: int, given: Any) -> Entry:
    member = reader.channel.address_member
    if not isinstance(given, Mapping) or not isinstance(given.get(member), str):
        return rejection(place, "not-an-object", str(given))
    data = given.get("template_data")
    return recipient(
        reader,
        place,
        given[member],
        str(given.get("name") or ""),
        str(given.get("time_zone") or ""),
        json.dumps(data, ensure_ascii=False) if isinstance(data, Mapping) else NO_DATA,
        str(given.get("country") or ""),
    )
