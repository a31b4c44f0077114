"""What a source of recipients yields for each record: a recipient, a rejection, or None for a blank line."""

from __future__ import annotations

from typing import NamedTuple

from ddp.addresses import AddressError
from functions.sending.channels.planner import Planner

LONGEST_NAME = 255
LONGEST_TIME_ZONE = 50
# Characters of JSON per recipient. SES takes four times as much as the data of one message.
LONGEST_DATA = 65_536
# How many characters of a rejected value are kept.
SHOWN = 200

NO_DATA = "{}"

_CONTROL_TO_SPACE = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")

REASONS = {
    "nul-character": "The line has NUL characters.",
    "quotes": "The line's quotes are not balanced.",
    "too-long-line": "The line is longer than 65,536 characters.",
    "too-many-columns": "The line has more columns than the header.",
    "name-too-long": f"The name has more than {LONGEST_NAME} characters.",
    "too-much-data": f"The columns beside the address have more than {LONGEST_DATA} characters.",
    "not-an-object": "The entry is not an object with an address.",
}


class Recipient(NamedTuple):
    """A usable recipient. `data` is the JSON text of template_data. A tuple, because there may be millions."""

    address: str
    name: str
    time_zone: str
    data: str


class Rejection(NamedTuple):
    """A record without a usable recipient: its line in the file or place in the list (from 1), and why."""

    line: int
    code: str
    reason: str
    value: str


Entry = Recipient | Rejection | None


def recipient(
    planner: Planner, line: int, address: str, name: str, time_zone: str, data: str = NO_DATA
) -> Entry:
    """The entry of one record's values, as given; `data` is the text of a JSON object."""
    try:
        normalised = planner.normalise(address)
    except AddressError as error:
        return Rejection(line, error.code, error.reason, shown(address))
    if name:
        name = name.strip() if name.isprintable() else " ".join(name.translate(_CONTROL_TO_SPACE).split())
        if len(name) > LONGEST_NAME:
            return rejection(line, "name-too-long", name)
    if len(data) > LONGEST_DATA:
        return rejection(line, "too-much-data", address)
    return Recipient(normalised, name, time_zone if len(time_zone) <= LONGEST_TIME_ZONE else "", data)


def rejection(line: int, code: str, value: str) -> Rejection:
    """A rejection with the sentence for its code."""
    return Rejection(line, code, REASONS[code], shown(value))


def shown(value: str) -> str:
    """The beginning of a value, without characters that a text column cannot store."""
    return value[:SHOWN].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
