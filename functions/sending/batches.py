"""Cuts the entries of a source into batches of bounded size, each of which one planning transaction takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ddp.csv_files.reading import shown
from ddp.errors import Invalid
from ddp.queries.sending.recipients import Batch
from functions.sending.channels.planner import Reader
from functions.sending.recipients.entries import Entry, Recipient, Rejection
from functions.sending.recipients.split import Split, Tested

# Records of one batch.
RECORDS = 10_000
# Characters of names and data in one batch: 10,000 recipients with a page of data each would not fit into memory.
CHARACTERS = 8 * 1024 * 1024


def cut(
    entries: Iterable[Entry], reader: Reader, batch_no: int, records_read: int, split: Split | None = None
) -> Iterator[Batch]:
    """Batches, numbered from `batch_no`, of the entries that follow the source's first `records_read` records."""
    batch, characters = Batch(batch_no=batch_no, records_read=records_read), 0
    start = records_read
    for entry in entries:
        batch.records_read += 1
        characters += add(batch, entry, reader, split)
        if batch.records_read - start >= RECORDS or characters >= CHARACTERS:
            yield batch
            start = batch.records_read
            batch, characters = Batch(batch_no=batch.batch_no + 1, records_read=start), 0
    if batch.records_read > start:
        yield batch


def add(batch: Batch, entry: Entry, reader: Reader, split: Split | None = None) -> int:
    """Add one entry to the batch, unless its address is there already. Returns its size in characters."""
    if isinstance(entry, Recipient):
        if entry.address in batch.recipients:
            batch.duplicates += 1
            return 0
        line, address, name, time_zone, data = entry
        address_hash = reader.hash(address)
        variant = split.variant(address_hash) if split else None
        try:
            kind = reader.kind(address, name, time_zone, data, variant)
        except Invalid as error:
            batch.rejections.append(Rejection(line, error.code, error.detail, shown(address)))
            return 0
        batch.recipients[address] = (address_hash, name, Tested(kind, variant) if split else kind, data)
        batch.lines[address] = line
        return len(name) + len(data)
    if entry is None:
        return 0
    batch.rejections.append(entry)
    return len(entry.value)
