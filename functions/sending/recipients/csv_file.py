"""Recipients of an own CSV file, read from S3 in bounded memory, whatever its size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from uuid import UUID

from botocore.exceptions import ClientError

from ddp.providers import s3, s3_streams
from functions.sending.recipients import csv_lines
from functions.sending.recipients.csv_columns import columns_of, delimiter_of, separator_line
from functions.sending.recipients.csv_records import records
from functions.sending.recipients.entries import Entry, rejection
from functions.sending.unplannable import Unplannable

_GONE = {"NoSuchKey", "404"}
_CHANGED = {"PreconditionFailed", "412"}


def verify(file_id: UUID, sha256: str) -> None:
    """Raise Unplannable where the file is not the one that was chosen. Read as a whole before anything is planned:
    who got a message from a changed file could not be undone."""
    digest = hashlib.sha256()
    for piece in _pieces(file_id):
        digest.update(piece)
    if digest.hexdigest() != sha256:
        raise Unplannable("file-changed", "The file of recipients is no longer the one that was chosen.")


def entries(file_id: UUID, skip: int) -> Iterator[Entry]:
    """What the file holds after its first `skip` records; blank lines are records, the header is none."""
    return parse(_pieces(file_id), skip)


def parse(pieces: Iterable[bytes], skip: int = 0) -> Iterator[Entry]:
    """Entries from the bytes of a file. Raises Unplannable where no column holds addresses."""
    blocks = csv_lines.blocks(pieces)
    first = next(blocks, [])
    named = separator_line(first[0]) if first else None
    start = 0 if named is None else 1
    lines = chain([first[start:]], blocks)
    found = records(lines, named or delimiter_of(first), first_line=start + 1)
    return _entries(found, skip)


def _entries(found: Iterator[tuple[int, list[str] | str]], skip: int) -> Iterator[Entry]:
    line, first = next(((n, f) for n, f in found if isinstance(f, list) and any(f)), (0, []))
    columns = columns_of(first) if isinstance(first, list) else None
    if columns is None:
        raise Unplannable(
            "no-address-column",
            "No column of the file holds e-mail addresses: the first line should name one `email`.",
        )
    rest = found if columns.has_header else chain([(line, first)], found)
    for number, fields in islice(rest, skip, None):
        yield columns.entry(number, fields) if isinstance(fields, list) else rejection(number, fields, "")


def _pieces(file_id: UUID) -> Iterator[bytes]:
    try:
        yield from s3_streams.read(s3.file_key(file_id))
    except ClientError as error:
        if s3.code(error) in _GONE:
            raise Unplannable("file-gone", "The file of recipients is no longer there.") from error
        if s3.code(error) in _CHANGED:
            raise Unplannable("file-changed", "The file of recipients was replaced meanwhile.") from error
        raise
