"""A source's entries in portions of bounded size: what one planning transaction takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ddp.addresses import email_hash
from ddp.queries.sending.recipients import Batch
from functions.sending.recipients.entries import Entry, Recipient

RECORDS = 10_000
# Characters of names and data: 10,000 recipients with a page of data each would not fit into memory.
CHARACTERS = 8 * 1024 * 1024


def cut(entries: Iterable[Entry], batch_no: int, records_read: int) -> Iterator[Batch]:
    """Batches numbered from `batch_no`, of what comes after the first `records_read` records of the source."""
    batch, characters = Batch(batch_no=batch_no, records_read=records_read), 0
    start = records_read
    for entry in entries:
        batch.records_read += 1
        characters += take(batch, entry)
        if batch.records_read - start >= RECORDS or characters >= CHARACTERS:
            yield batch
            start = batch.records_read
            batch, characters = Batch(batch_no=batch.batch_no + 1, records_read=start), 0
    if batch.records_read > start:
        yield batch


def take(batch: Batch, entry: Entry) -> int:
    """Put one entry into the batch, unless its address is there; returns its size in characters."""
    if isinstance(entry, Recipient):
        if entry.address in batch.recipients:
            batch.duplicates += 1
            return 0
        batch.recipients[entry.address] = (email_hash(entry.address), entry.name, entry.time_zone, entry.data)
        return len(entry.name) + len(entry.data)
    if entry is None:
        return 0
    batch.rejections.append(entry)
    return len(entry.value)
