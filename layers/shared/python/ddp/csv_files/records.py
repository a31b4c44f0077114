"""From blocks of lines to records: delimiters, quotes, line numbers. A bad line spoils no line after it."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterable, Iterator

from ddp.csv_files.lines import TOO_LONG

# Characters of all lines of one record. A quote that is never closed would otherwise swallow the rest of the file.
LONGEST_RECORD = 131_072
csv.field_size_limit(LONGEST_RECORD)
# After 20 bad lines in a block, only 100 lines are read at a time. If each line opens a quote that the next line closes
# and opens again, each attempt would read to the end of the block: a list of 100 KB took 20 seconds.
BAD_LINES, LINES_THEN = 20, 100

# The number of the record's first line, and its fields (none: a blank line) or the code of what is wrong with it.
Record = tuple[int, list[str] | str]


def records(blocks: Iterable[list[str]], delimiter: str, first_line: int = 1) -> Iterator[Record]:
    """The records of a file's lines, in order. A quoted field may continue over several lines."""
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
    """The records of these lines. Returns how many lines they took; the rest is the beginning of another record."""
    suspicious = any("\0" in line for line in lines)
    start = done = bad = 0
    while start < len(lines):
        end = len(lines) if bad < BAD_LINES else min(start + LINES_THEN, len(lines))
        reader = csv.reader(lines[start:end], delimiter=delimiter, strict=True)
        try:
            for fields in reader:
                yield first_line + done, (_judged(fields) if suspicious else fields)
                done = start + reader.line_num
        except csv.Error:
            is_cut = start + reader.line_num == end
            if may_go_on and is_cut and end == len(lines) and _is_short(lines[done:]):
                return done
            # A record that the portion of lines cut off begins the next portion. Otherwise give up only the line that
            # it began with: its quote may be a stray one.
            if not is_cut or end == len(lines) or done == start:
                yield first_line + done, "too-long-line" if lines[done].startswith(TOO_LONG) else "quotes"
                done, bad = done + 1, bad + 1
        start = done
    return done


def _is_short(lines: list[str]) -> bool:
    return sum(map(len, lines)) <= LONGEST_RECORD


def _judged(fields: list[str]) -> list[str] | str:
    """The fields, or a code if one of them has a NUL, which a text column cannot store."""
    if not any("\0" in field for field in fields):
        return fields
    return "too-long-line" if fields[0].startswith(TOO_LONG) else "nul-character"
