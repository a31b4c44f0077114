"""Cuts the entries of a source into batches of bounded size, each of which one planning transaction takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ddp.queries.sending.recipients import Batch
from functions.sending.channels.planner import Planner
from functions.sending.recipients.entries import Entry, Recipient

# Records of one batch.
RECORDS = 10_000
# Characters of names and data in one batch: 10,000 recipients with a page of data each would not fit into memory.
CHARACTERS = 8 * 1024 * 1024


def cut(entries: Iterable[Entry], planner: Planner, batch_no: int, records_read: int) -> Iterator[Batch]:
    """Batches, numbered from `batch_no`, of the entries that follow the source's first `records_read` records."""
    batch, characters = Batch(batch_no=batch_no, records_read=records_read), 0
    start = records_read
    for entry in entries:
        batch.records_read += 1
        characters += add(batch, entry, planner)
        if batch.records_read - start >= RECORDS or characters >= CHARACTERS:
            yield batch
            start = batch.records_read
            batch, characters = Batch(batch_no=batch.batch_no + 1, records_read=start), 0
    if batch.records_read > start:
        yield batch


def add(batch: Batch, entry: Entry, planner: Planner) -> int:
    """Add one entry to the batch, unless its address is there already. Returns its size in characters."""
    if isinstance(entry, Recipient):
        if entry.address in batch.recipients:
            batch.duplicates += 1
            return 0
        address_hash = planner.hash(entry.address)
        batch.recipients[entry.address] = (address_hash, entry.name, entry.time_zone, entry.data)
        return len(entry.name) + len(entry.data)
    if entry is None:
        return 0
    batch.rejections.append(entry)
    return len(entry.value)
