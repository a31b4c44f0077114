"""Reads CSV files as people make them, in bounded memory: any delimiter, encoding and line end; bad lines are named."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain

from ddp.csv_files import lines
from ddp.csv_files.records import Record, records

DELIMITERS = ",;\t|"
_SAMPLE = 20
# How many characters of a rejected value are kept.
SHOWN = 200

# The codes of records that cannot be read, and what they mean.
REASONS = {
    "nul-character": "The line has NUL characters.",
    "quotes": "The line's quotes are not balanced.",
    "too-long-line": "The line is longer than 65,536 characters.",
    "too-many-columns": "The line has more columns than the header.",
}

# Whether the first record of a file, as one delimiter cuts it, has the columns that the caller looks for.
Fits = Callable[[Sequence[str]], bool]

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')


def read(pieces: Iterable[bytes], fits: Fits) -> Iterator[Record]:
    """The records in the bytes of a file, with the delimiter that its first line names, or that fits best."""
    blocks = lines.blocks(pieces)
    first = next(blocks, [])
    named = _separator_line(first[0]) if first else None
    start = 0 if named is None else 1
    following = chain([first[start:]], blocks)
    return records(following, named or _delimiter(first, fits), first_line=start + 1)


def beginning(start: bytes, fits: Fits) -> tuple[str, list[str]]:
    """The delimiter and the first record of a file that begins with these lines.BLOCK bytes, as `read` finds them."""
    first = next(lines.blocks([start]), [])
    named = _separator_line(first[0]) if first else None
    delimiter = named or _delimiter(first if named is None else first[1:], fits)
    _, fields = first_record(records([first[0 if named is None else 1 :]], delimiter))
    return delimiter, fields


def first_record(found: Iterator[Record]) -> tuple[int, list[str]]:
    """The line and fields of the first record that is not blank, or (0, [])."""
    return next(((n, f) for n, f in found if isinstance(f, list) and any(f)), (0, []))


def plain(title: str) -> str:
    """A heading without case, accents, and anything but letters and digits: `E-mail Address` → `emailaddress`."""
    letters = unicodedata.normalize("NFKD", title).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def shown(value: str) -> str:
    """The beginning of a value, without characters that a text column cannot store."""
    return value[:SHOWN].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _separator_line(line: str) -> str | None:
    """The delimiter that a first line such as `sep=;` names. Spreadsheets write such lines."""
    match = _SEPARATOR_LINE.fullmatch(line)
    return match.group(1) if match else None


def _delimiter(sample: Sequence[str], fits: Fits) -> str:
    """The delimiter that fits the first lines best."""
    return max(DELIMITERS, key=lambda delimiter: _fit(sample[:_SAMPLE], delimiter, fits))


def _fit(sample: Sequence[str], delimiter: str, fits: Fits) -> tuple[bool, int, int]:
    """Whether the first record fits; how many lines are as wide as it; how many columns there are."""
    rows: list[list[str]] = []
    with suppress(csv.Error):  # the rows before it are enough
        rows.extend(row for row in csv.reader(sample, delimiter=delimiter) if any(row))
    if not rows:
        return False, 0, 0
    return fits(rows[0]), sum(len(row) == len(rows[0]) for row in rows), len(rows[0])
