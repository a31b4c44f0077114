"""CSV files that spreadsheets open safely."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection).
_FORMULA = frozenset("=+-@\t\r")
# A phone number is none, and programs that read it want it as it is.
_PHONE = re.compile(r"\+[1-9][0-9]{5,14}")

# Without a byte order mark, spreadsheets read a file in their system's own encoding.
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Row = Iterable[str | None]


class Target(Protocol):
    """Where the bytes go, such as ddp.providers.s3_streams.Writer."""

    def write(self, data: bytes) -> object:
        """Take the next bytes."""
        ...


def write(target: Target, header: Row, portions: Iterable[Sequence[Row]]) -> int:
    """Write a header and portions of rows as CSV in UTF-8. Returns the number of rows without the header.

    Values are text; None becomes an empty cell. Only one portion is in memory at a time.
    """
    target.write(_BYTE_ORDER_MARK)
    target.write(_encoded([header]))
    count = 0
    for portion in portions:
        target.write(_encoded(portion))
        count += len(portion)
    return count


def _encoded(rows: Iterable[Row]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_harmless(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _harmless(value: str | None) -> str | None:
    """The value, marked as text if a spreadsheet would take it for a formula."""
    return f"'{value}" if value and value[0] in _FORMULA and not _PHONE.fullmatch(value) else value
