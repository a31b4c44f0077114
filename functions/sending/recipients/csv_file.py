"""Recipients in one of the sender's CSV files, read from S3 in bounded memory, whatever the file's size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Final
from uuid import UUID

from botocore.exceptions import ClientError

from ddp.csv_files import reading
from ddp.csv_files.records import Record
from ddp.providers import s3, s3_streams
from functions.sending.channels.planner import Reader
from functions.sending.recipients.csv_columns import Columns, columns_of
from functions.sending.recipients.entries import Entry, rejection
from functions.sending.unplannable import Unplannable

_REPLACED: Final = (
    "The file of recipients was replaced after it was chosen: upload it again, and send with the new file."
)
_GONE = {"NoSuchKey", "404"}
_CHANGED = {"PreconditionFailed", "412"}


def verify(file_id: UUID, sha256: str) -> None:
    """Raise Unplannable if the file is not the one that was chosen.

    The whole file is read before anything is planned: a message to a wrong recipient could not be taken back.
    """
    digest = hashlib.sha256()
    for piece in _pieces(file_id):
        digest.update(piece)
    if digest.hexdigest() != sha256:
        raise Unplannable("file-changed", _REPLACED)


def entries(reader: Reader, file_id: UUID, skip: int) -> Iterator[Entry]:
    """The entries that follow the file's first `skip` records. A blank line is a record, the header is not."""
    return parse(reader, _pieces(file_id), skip)


def parse(reader: Reader, pieces: Iterable[bytes], skip: int = 0) -> Iterator[Entry]:
    """The entries in the bytes of a file. Raises Unplannable if no column holds addresses."""
    found = reading.read(pieces, lambda first: columns_of(reader, first) is not None)
    return _entries(reader, found, skip)


def _entries(reader: Reader, found: Iterator[Record], skip: int) -> Iterator[Entry]:
    line, first = reading.first_record(found)
    columns = columns_or_fail(reader, first)
    rest = found if columns.has_header else chain([(line, first)], found)
    for record in islice(rest, skip, None):
        yield entry(reader, columns, record)


def columns_or_fail(reader: Reader, first: Sequence[str]) -> Columns:
    """The columns of a file, by its first record. Raises Unplannable if none holds addresses."""
    columns = columns_of(reader, first)
    if columns is None:
        raise Unplannable(
            "no-address-column",
            f"No column of the file holds {reader.channel.addresses}: the first line should name one "
            f"`{reader.channel.address_member}`.",
        )
    return columns


def entry(reader: Reader, columns: Columns, record: Record) -> Entry:
    """The entry of one record."""
    number, fields = record
    return (
        columns.entry(reader, number, fields) if isinstance(fields, list) else rejection(number, fields, "")
    )


def _pieces(file_id: UUID) -> Iterator[bytes]:
    with problems():
        yield from s3_streams.read(s3.file_key(file_id))


@contextmanager
def problems() -> Iterator[None]:
    """Raise Unplannable for a file that is gone, or was replaced while it was read."""
    try:
        yield
    except ClientError as error:
        if s3.code(error) in _GONE:
            raise Unplannable(
                "file-gone",
                "The file of recipients was deleted after it was chosen: upload it again, and send with the new file.",
            ) from error
        if s3.code(error) in _CHANGED:
            raise Unplannable("file-changed", _REPLACED) from error
        raise
