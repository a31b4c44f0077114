"""What the columns of a file hold, recognised by its first lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring

from ddp.addresses import AddressError
from ddp.csv_files.reading import plain
from functions.sending.channels.planner import Reader
from functions.sending.recipients.entries import Entry, recipient, rejection

# Usual headings, as `reading.plain` writes them; the first that a file has counts. A channel names those of its
# addresses.
NAME = ("name", "fullname", "recipientname", "displayname", "contactname", "customername")
FIRST_NAME = ("firstname", "givenname", "forename", "vorname", "prenom", "nombre")
LAST_NAME = ("lastname", "surname", "familyname", "nachname", "nom", "apellido", "apellidos")
TIME_ZONE = ("timezone", "tz", "zeitzone")
# Of addresses that depend on the country. It stays a column of template data.
COUNTRY = ("country", "countrycode", "land", "pays", "pais", "paese")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what, by index.

    `data` are the columns that become template_data: the index, and the heading as the key of a JSON object.
    """

    address: int
    name: int | None = None
    first_name: int | None = None
    last_name: int | None = None
    time_zone: int | None = None
    country: int | None = None
    data: tuple[tuple[int, str], ...] = ()
    width: int
    has_header: bool

    def entry(self, reader: Reader, line: int, fields: list[str]) -> Entry:
        """The entry of a record's fields; None if all of them are empty."""
        width = len(fields)
        if width != self.width:
            if not any(fields):
                return None
            if any(fields[self.width :]):
                return rejection(line, "too-many-columns", fields[self.address])
            fields = fields + [""] * (self.width - width)
        address = fields[self.address]
        if not address and not any(fields):
            return None
        # Joined by hand: a JSON encoder takes longer for a row than everything else here together.
        data = ",".join([key + encode_basestring(fields[index].strip()) for index, key in self.data])
        time_zone = fields[self.time_zone].strip() if self.time_zone is not None else ""
        country = fields[self.country].strip() if self.country is not None else ""
        return recipient(reader, line, address, self._name(fields), time_zone, f"{{{data}}}", country)

    def _name(self, fields: list[str]) -> str:
        if self.name is not None and (name := fields[self.name].strip()):
            return name
        first = fields[self.first_name].strip() if self.first_name is not None else ""
        last = fields[self.last_name].strip() if self.last_name is not None else ""
        return f"{first} {last}" if first and last else first or last


def columns_of(reader: Reader, first: Sequence[str]) -> Columns | None:
    """The columns of a file, by its first record: a header, or else a record with an address. None if it is neither."""
    names: dict[str, int] = {}
    for index, name in enumerate(first):
        names.setdefault(plain(name), index)
    address = _first(names, reader.channel.address_headings)
    return _without_header(reader, first) if address is None else _with_header(first, names, address)


def _with_header(header: Sequence[str], names: dict[str, int], address: int) -> Columns:
    name, time_zone = _first(names, NAME), _first(names, TIME_ZONE)
    data: dict[str, int] = {}
    for index, title in enumerate(header):
        if title.strip() and index not in (address, name, time_zone):
            data.setdefault(title.strip(), index)
    return Columns(
        address=address,
        name=name,
        first_name=_first(names, FIRST_NAME),
        last_name=_first(names, LAST_NAME),
        time_zone=time_zone,
        country=_first(names, COUNTRY),
        data=tuple((index, _key(title)) for title, index in data.items()),
        width=len(header),
        has_header=True,
    )


def _without_header(reader: Reader, first: Sequence[str]) -> Columns | None:
    address = next((index for index, value in enumerate(first) if _is_address(reader, value)), None)
    if address is None:
        return None
    data = tuple((index, _key(f"column_{index + 1}")) for index in range(len(first)) if index != address)
    return Columns(address=address, data=data, width=len(first), has_header=False)


def _first(names: dict[str, int], usual: Iterable[str]) -> int | None:
    return next((names[name] for name in usual if name in names), None)


def _key(title: str) -> str:
    return f"{encode_basestring(title)}:"


def _is_address(reader: Reader, value: str) -> bool:
    try:
        reader.normalise(value, "")
    except AddressError:
        return False
    return True
