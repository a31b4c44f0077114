"""From the bytes of a file to blocks of its lines, in bounded memory: encodings, ends of lines, too long lines.

UTF-16 is recognised by its byte order mark, or by every other byte being NUL. Everything else is taken as UTF-8, line
by line; a line that is not UTF-8 is Windows-1252, which is what spreadsheets write and contains Latin-1's letters.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator
from itertools import chain

LONGEST_LINE = 65_536
# Stands in place of a line that is too long. No record with a NUL is accepted, so it cannot be mistaken.
TOO_LONG = "\0too long"

BLOCK = 262_144
# Bytes kept of a line whose end was not yet seen: more than LONGEST_LINE characters of any encoding.
_KEPT = 4 * (LONGEST_LINE + 1)


def blocks(pieces: Iterable[bytes]) -> Iterator[list[str]]:
    """Lines with their ends (CR, LF or CRLF), some thousand at a time."""
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
    """The same bytes in pieces of BLOCK: enough to recognise an encoding, little enough to hold twice."""
    waiting = bytearray()
    for piece in pieces:
        for start in range(0, len(piece), BLOCK):
            waiting += piece[start : start + BLOCK]
            if len(waiting) >= BLOCK:
                yield bytes(waiting[:BLOCK])
                del waiting[:BLOCK]
    yield bytes(waiting)


def _as_utf8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text without a byte order mark, and not in UTF-16."""
    first = next(pieces, b"")
    if encoding := _utf_16(first):
        decode = codecs.getincrementaldecoder(encoding)(errors="replace").decode
        texts = (decode(piece) for piece in chain([first], pieces))
        yield from (text.lstrip("\ufeff").encode() for text in chain(texts, [decode(b"", final=True)]))
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from pieces


def _utf_16(start: bytes) -> str | None:
    """Which UTF-16 a file that begins so is in, if it is."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    # Letters, digits and signs of an address are ASCII: in UTF-16 each has a NUL beside it.
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
    return line.decode("latin-1")  # five bytes have no meaning in Windows-1252
