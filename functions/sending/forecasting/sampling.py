"""A sample of a large CSV file: blocks of its bytes, evenly over the file, cut where records begin."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from uuid import UUID

from ddp.csv_files import lines, reading
from ddp.csv_files.records import Record, records
from ddp.providers import s3, s3_streams
from ddp.providers.s3_streams import Version
from functions.sending.channels.planner import Reader
from functions.sending.recipients import csv_file
from functions.sending.recipients.csv_columns import Columns, columns_of
from functions.sending.recipients.entries import Entry

# Files up to this size are read whole, at once.
SMALL = 4 * 1024 * 1024
# Bytes of a block, and blocks of a sample: an eighth of a file of 64 MiB.
BLOCK = 64 * 1024
BLOCKS = 128
# Blocks that are asked for at once: S3 takes tens of milliseconds for each.
_AT_ONCE = 8
# A block may begin in the middle of a quoted field. Lines among which a record's beginning is looked for.
_LOST_AT_MOST = 20
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The entries in a part of a file, and how many bytes they stand for."""

    entries: list[Entry]
    weight: float


def version(file_id: UUID) -> Version:
    """The file as it is now. Raises Unplannable if it is gone."""
    with csv_file.problems():
        return s3_streams.find(s3.file_key(file_id))


def records_expected(file: Version) -> int:
    """About how many records the file has, by the lines at its beginning. Raises Unplannable if it is gone."""
    with csv_file.problems():
        start = file.piece(0, BLOCK) if file.size else b""
    found = sum(map(len, lines.blocks([start])))
    return max(round(found * file.size / max(len(start), 1)) - 1, 0)


def blocks(reader: Reader, file: Version) -> Iterator[Block]:
    """Blocks of the file, in an order in which those read so far are spread over it. Raises Unplannable."""
    with csv_file.problems():
        start = file.piece(0, lines.BLOCK)
        delimiter, first = reading.beginning(start, lambda fields: columns_of(reader, fields) is not None)
        columns = csv_file.columns_or_fail(reader, first)
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            places = iter(_places(file.size))
            waiting = [pool.submit(file.piece, place, BLOCK) for place in islice(places, _AT_ONCE)]
            while waiting:
                piece = waiting.pop(0).result()
                waiting += [pool.submit(file.piece, place, BLOCK) for place in islice(places, 1)]
                yield _block(reader, columns, delimiter, piece)


def _places(size: int) -> list[int]:
    """Where the blocks begin: at even offsets, because a character of UTF-16 has two bytes."""
    count = min(BLOCKS, size // BLOCK)
    stride = size / count
    order = sorted(range(count), key=lambda number: number * _GOLDEN % 1)
    return [int(place * stride + (stride - BLOCK) / 2) & ~1 for place in order]


def _block(reader: Reader, columns: Columns, delimiter: str, piece: bytes) -> Block:
    found = list(chain.from_iterable(lines.blocks([piece])))
    # The first line and the last one are cut.
    whole, kept = _records(found[1:-1], delimiter, columns.width)
    share = kept / max(sum(map(len, found)), 1)
    return Block(
        entries=[csv_file.entry(reader, columns, record) for record in whole], weight=share * len(piece)
    )


def _records(found: list[str], delimiter: str, width: int) -> tuple[list[Record], int]:
    """The records of these lines from the first that fits on, but the last, which may be cut; and their characters."""
    for lost in range(min(_LOST_AT_MOST, len(found))):
        parsed = records(iter([found[lost:]]), delimiter)
        first = list(islice(parsed, 3))
        if all(isinstance(fields, list) and len(fields) in (0, width) for _, fields in first):
            break
    else:
        lost = 0
    whole = list(records(iter([found[lost:]]), delimiter))
    if not whole:
        return [], 0
    end = lost + whole[-1][0] - 1
    return whole[:-1], sum(map(len, found[lost:end]))
