"""From the bytes of a file to blocks of its lines, in bounded memory: encodings, line ends, lines that are too long.

UTF-16 is recognised by its byte order mark, or because every other byte is NUL. Everything else is read as UTF-8, line
by line. A line that is not UTF-8 is read as Windows-1252, which spreadsheets write and which has Latin-1's letters.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator
from itertools import chain

LONGEST_LINE = 65_536
# Replaces a line that is too long. No record with a NUL is accepted, so no real line looks like it.
TOO_LONG = "\0too long"

BLOCK = 262_144
# Bytes that are kept of a line before its end is seen: more than LONGEST_LINE characters in any encoding.
_KEPT = 4 * (LONGEST_LINE + 1)


def blocks(pieces: Iterable[bytes]) -> Iterator[list[str]]:
    """Lines with their ends (CR, LF or CRLF), a few thousand per block."""
    rest = b""
    for piece in _as_utf8(_cut(pieces)):
        data = rest + piece
        # A CR at the very end may be the first half of a CRLF.
        cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        rest = data[cut:]
        if len(rest) > _KEPT:
            rest = rest[:_KEPT] + (b"\r" if rest.endswith(b"\r") else b"")
        if cut:
            yield _lines(data[:cut])
    if rest:
        yield _lines(rest)


def _cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of BLOCK bytes: enough to recognise an encoding, and small enough to hold twice."""
    waiting = bytearray()
    for piece in pieces:
        for start in range(0, len(piece), BLOCK):
            waiting += piece[start : start + BLOCK]
            if len(waiting) >= BLOCK:
                yield bytes(waiting[:BLOCK])
                del waiting[:BLOCK]
    yield bytes(waiting)


def _as_utf8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8 if it was UTF-16, and without a byte order mark."""
    first = next(pieces, b"")
    if encoding := _utf_16(first):
        decode = codecs.getincrementaldecoder(encoding)(errors="replace").decode
        texts = (decode(piece) for piece in chain([first], pieces))
        yield from (text.lstrip("\ufeff").encode() for text in chain(texts, [decode(b"", final=True)]))
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from pieces


def _utf_16(start: bytes) -> str | None:
    """Which UTF-16 a file with this start is in; None if it is not UTF-16."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    # The characters of an address are ASCII: in UTF-16 each has a NUL beside it.
    even, odd = start[:4096:2], start[1:4096:2]
    if _is_nul(odd) and 0 not in even[:2]:
        return "utf-16-le"
    if _is_nul(even) and 0 not in odd[:2]:
        return "utf-16-be"
    return None


def _is_nul(every_other: bytes) -> bool:
    return every_other[:2] == b"\0\0" and every_other.count(0) > 0.6 * len(every_other)


def _lines(block: bytes) -> list[str]:
    try:
        lines = io.StringIO(block.decode(), newline="").readlines()
    except UnicodeDecodeError:
        lines = [_decoded(line) for line in block.splitlines(keepends=True)]
    if len(block) > LONGEST_LINE and max(map(len, lines)) > LONGEST_LINE:
        return [line if len(line) <= LONGEST_LINE else f"{TOO_LONG}\n" for line in lines]
    return lines


def _decoded(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")  # Windows-1252 leaves five bytes undefined
