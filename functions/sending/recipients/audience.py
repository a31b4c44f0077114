"""Sources that the database reads page by page: users in a target audience, some recipients of an earlier send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from ddp.queries.sending.recipients import Batch, Member
from functions.sending.batches import add
from functions.sending.channels.planner import Reader
from functions.sending.recipients.entries import recipient
from functions.sending.recipients.split import Split

Page = Callable[[UUID | None], Sequence[Member]]


def batches(
    page: Page,
    reader: Reader,
    batch_no: int,
    records_read: int,
    after: UUID | None,
    split: Split | None = None,
) -> Iterator[Batch]:
    """One batch per page. `page` returns the members that follow an id, and nothing at the end."""
    while members := page(after):
        after = members[-1].member_id
        records_read += len(members)
        batch = Batch(batch_no=batch_no, records_read=records_read, after_user_id=after)
        for line, member in enumerate(members, start=records_read - len(members) + 1):
            entry = recipient(
                reader,
                line,
                member.address,
                member.name,
                member.time_zone,
                member.data,
                country=member.country,
            )
            add(batch, entry, reader, split)
        yield batch
        batch_no += 1
