"""What a source of recipients yields for each record: a recipient, a rejection, or None for a blank line."""

from __future__ import annotations

from typing import NamedTuple

from ddp.addresses import AddressError
from ddp.csv_files import reading
from ddp.csv_files.reading import shown
from functions.sending.channels.planner import Reader

LONGEST_NAME = 255
LONGEST_TIME_ZONE = 50
# Characters of JSON per recipient. SES takes four times as much as the data of one message.
LONGEST_DATA = 65_536

NO_DATA = "{}"

_CONTROL_TO_SPACE = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")

REASONS = reading.REASONS | {
    "name-too-long": f"The name has more than {LONGEST_NAME} characters.",
    "too-much-data": f"The columns beside the address have more than {LONGEST_DATA} characters.",
    "not-an-object": "The entry is not an object with an address.",
}


class Recipient(NamedTuple):
    """A usable recipient, and its line in the file or place in the list (from 1).

    `data` is the JSON text of template_data. A tuple, because there may be millions.
    """

    line: int
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
    reader: Reader,
    line: int,
    address: str,
    name: str,
    time_zone: str,
    data: str = NO_DATA,
    country: str = "",
) -> Entry:
    """The entry of one record's values, as given; `data` is the text of a JSON object."""
    try:
        normalised = reader.normalise(address, country)
    except AddressError as error:
        return Rejection(line, error.code, error.reason, shown(address))
    if name:
        name = name.strip() if name.isprintable() else " ".join(name.translate(_CONTROL_TO_SPACE).split())
        if len(name) > LONGEST_NAME:
            return rejection(line, "name-too-long", name)
    if len(data) > LONGEST_DATA:
        return rejection(line, "too-much-data", address)
    return Recipient(line, normalised, name, time_zone if len(time_zone) <= LONGEST_TIME_ZONE else "", data)


def rejection(line: int, code: str, value: str) -> Rejection:
    """A rejection with the sentence for its code."""
    return Rejection(line, code, REASONS[code], shown(value))
