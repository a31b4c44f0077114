"""From blocks of lines to records: delimiters, quotes, line numbers. A bad line costs itself and nothing after it."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterable, Iterator

from functions.email.csv_lines import TOO_LONG

# Characters of lines that a record may go on over. One that never ends would take all lines after it along.
LONGEST_RECORD = 131_072
csv.field_size_limit(LONGEST_RECORD)

# The number of its first line, and its fields (none: a blank line) or the code of what is wrong with it.
Record = tuple[int, list[str] | str]


def records(blocks: Iterable[list[str]], delimiter: str, first_line: int = 1) -> Iterator[Record]:
    """The records of a file's lines, in order. A record may go on over several lines where its quotes say so."""
    waiting: list[str] = []
    line = first_line
    for block in blocks:
        lines = waiting + block
        done = yield from _parsed(lines, delimiter, line, may_go_on=True)
        waiting = lines[done:]
        line += done
    yield from _parsed(waiting, delimiter, line, may_go_on=False)


def _parsed(
    lines: list[str], delimiter: str, first_line: int, *, may_go_on: bool
) -> Generator[Record, None, int]:
    """The records of these lines; returns how many lines they took: the rest is the beginning of another record."""
    suspicious = any("\0" in line for line in lines)
    start = done = 0
    while start < len(lines):
        reader = csv.reader(lines[start:], delimiter=delimiter, strict=True)
        try:
            for fields in reader:
                yield first_line + done, (_judged(fields) if suspicious else fields)
                done = start + reader.line_num
        except csv.Error:
            if may_go_on and start + reader.line_num == len(lines) and _is_short(lines[done:]):
                return done
            # Only the line that it began with is given up: the quote may have been a stray one.
            yield first_line + done, "too-long-line" if lines[done].startswith(TOO_LONG) else "quotes"
            done += 1
        start = done
    return done


def _is_short(lines: list[str]) -> bool:
    return sum(map(len, lines)) <= LONGEST_RECORD


def _judged(fields: list[str]) -> list[str] | str:
    """The fields, unless one of them has a NUL, which no text column takes."""
    if not any("\0" in field for field in fields):
        return fields
    return "too-long-line" if fields[0].startswith(TOO_LONG) else "nul-character"
