"""Products in one of the account's CSV files, read from S3 in bounded memory, whatever the file's size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from botocore.exceptions import ClientError

from ddp.csv_files import reading
from ddp.csv_files.records import Record
from ddp.errors import Permanent
from ddp.providers import s3, s3_streams
from functions.catalogue.imports.columns import Columns, Entry, columns_of, rejection

_GONE = {"NoSuchKey", "404"}


class Unreadable(Permanent):
    """The file cannot be imported at all. `code` is a stable word, `reason` a sentence for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def opened(file_id: UUID) -> tuple[Columns, Iterator[Record]]:
    """The columns of a file, and the records that follow its header. Raises Unreadable."""
    return parse(_pieces(file_id))


def parse(pieces: Iterable[bytes]) -> tuple[Columns, Iterator[Record]]:
    """The columns in the bytes of a file, and the records that follow the header. Raises Unreadable."""
    found = reading.read(pieces, lambda first: columns_of(first) is not None)
    _, first = reading.first_record(found)
    columns = columns_of(first)
    if columns is None:
        raise Unreadable(
            "no-product-id-column",
            "No column of the file holds ids of products: its first line should name one `external_product_id`.",
        )
    return columns, found


def entries(columns: Columns, found: Iterator[Record], skip: int) -> Iterator[Entry]:
    """The entries that follow the first `skip` records. A blank line is a record."""
    for line, fields in islice(found, skip, None):
        yield columns.entry(line, fields) if isinstance(fields, list) else rejection(line, fields, "")


def _pieces(file_id: UUID) -> Iterator[bytes]:
    try:
        yield from s3_streams.read(s3.file_key(file_id))
    except ClientError as error:
        if s3.code(error) in _GONE:
            raise Unreadable("file-gone", "The file is no longer there.") from error
        raise
