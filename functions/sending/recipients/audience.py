"""Users of the platform, as a campaign's target audience describes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from ddp.queries.sending.recipients import Batch, Member
from functions.sending.batches import take
from functions.sending.recipients.entries import recipient

Page = Callable[[UUID | None], Sequence[Member]]


def batches(page: Page, batch_no: int, records_read: int, after: UUID | None) -> Iterator[Batch]:
    """One batch a page; `page` returns the next users after an id, until there are none."""
    while members := page(after):
        after = members[-1].user_id
        records_read += len(members)
        batch = Batch(batch_no=batch_no, records_read=records_read, after_user_id=after)
        for line, member in enumerate(members, start=records_read - len(members) + 1):
            take(batch, recipient(line, member.address, member.name, member.time_zone))
        yield batch
        batch_no += 1
