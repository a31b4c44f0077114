"""What the columns of a file are: recognised by its first lines."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from json.encoder import encode_basestring

from ddp.addresses import AddressError, normalise_email
from functions.sending.recipients.entries import Entry, recipient, rejection

DELIMITERS = ",;\t|"
_SAMPLE = 20

# Usual names of columns, as `_plain` has them; the first that is there counts.
EMAIL = (
    "email", "emailaddress", "mail", "mailaddress", "emailadresse", "mailadresse", "adresseemail",
    "adressemail", "courriel", "correo", "correoelectronico", "indirizzoemail", "epost", "epostadress",
    "recipientemail", "recipient", "useremail", "customeremail", "address",
)  # fmt: skip
NAME = ("name", "fullname", "recipientname", "displayname", "contactname", "customername")
FIRST_NAME = ("firstname", "givenname", "forename", "vorname", "prenom", "nombre")
LAST_NAME = ("lastname", "surname", "familyname", "nachname", "nom", "apellido", "apellidos")
TIME_ZONE = ("timezone", "tz", "zeitzone")

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a record's values stand. `data` are the columns that become template_data: index, and header as JSON."""

    email: int
    name: int | None = None
    first_name: int | None = None
    last_name: int | None = None
    time_zone: int | None = None
    data: tuple[tuple[int, str], ...] = ()
    width: int
    has_header: bool

    def entry(self, line: int, fields: list[str]) -> Entry:
        """The recipient of a record's fields; None where all of them are empty."""
        width = len(fields)
        if width != self.width:
            if not any(fields):
                return None
            if any(fields[self.width :]):
                return rejection(line, "too-many-columns", fields[self.email])
            fields = fields + [""] * (self.width - width)
        email = fields[self.email]
        if not email and not any(fields):
            return None
        # Put together by hand: a JSON encoder takes longer for a row than all the rest of it.
        data = ",".join([key + encode_basestring(fields[index].strip()) for index, key in self.data])
        time_zone = fields[self.time_zone].strip() if self.time_zone is not None else ""
        return recipient(line, email, self._name(fields), time_zone, f"{{{data}}}")

    def _name(self, fields: list[str]) -> str:
        if self.name is not None and (name := fields[self.name].strip()):
            return name
        first = fields[self.first_name].strip() if self.first_name is not None else ""
        last = fields[self.last_name].strip() if self.last_name is not None else ""
        return f"{first} {last}" if first and last else first or last


def separator_line(line: str) -> str | None:
    """The delimiter that a first line `sep=;` names, as spreadsheets write and read it."""
    match = _SEPARATOR_LINE.fullmatch(line)
    return match.group(1) if match else None


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter under which the first lines make most sense."""
    return max(DELIMITERS, key=lambda delimiter: _sense(lines[:_SAMPLE], delimiter))


def _sense(lines: Sequence[str], delimiter: str) -> tuple[bool, int, int]:
    """An address column is found; lines of the same width as the first; columns."""
    rows: list[list[str]] = []
    with suppress(csv.Error):  # the rows before it tell enough
        rows.extend(row for row in csv.reader(lines, delimiter=delimiter) if any(row))
    if not rows:
        return False, 0, 0
    return columns_of(rows[0]) is not None, sum(len(row) == len(rows[0]) for row in rows), len(rows[0])


def columns_of(first: Sequence[str]) -> Columns | None:
    """What a file that begins with this record has: by its header, else by the address in it; None: neither."""
    names: dict[str, int] = {}
    for index, name in enumerate(first):
        names.setdefault(_plain(name), index)
    email = _first(names, EMAIL)
    return _without_header(first) if email is None else _with_header(first, names, email)


def _with_header(header: Sequence[str], names: dict[str, int], email: int) -> Columns:
    name, time_zone = _first(names, NAME), _first(names, TIME_ZONE)
    data: dict[str, int] = {}
    for index, title in enumerate(header):
        if title.strip() and index not in (email, name, time_zone):
            data.setdefault(title.strip(), index)
    return Columns(
        email=email,
        name=name,
        first_name=_first(names, FIRST_NAME),
        last_name=_first(names, LAST_NAME),
        time_zone=time_zone,
        data=tuple((index, _key(title)) for title, index in data.items()),
        width=len(header),
        has_header=True,
    )


def _without_header(first: Sequence[str]) -> Columns | None:
    email = next((index for index, value in enumerate(first) if _is_address(value)), None)
    if email is None:
        return None
    data = tuple((index, _key(f"column_{index + 1}")) for index in range(len(first)) if index != email)
    return Columns(email=email, data=data, width=len(first), has_header=False)


def _first(names: dict[str, int], usual: Iterable[str]) -> int | None:
    return next((names[name] for name in usual if name in names), None)


def _key(title: str) -> str:
    return f"{encode_basestring(title)}:"


def _plain(title: str) -> str:
    """`E-mail Address` and `email_address` without case, accents and what is between the words."""
    letters = unicodedata.normalize("NFKD", title).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _is_address(value: str) -> bool:
    try:
        normalise_email(value)
    except AddressError:
        return False
    return True
