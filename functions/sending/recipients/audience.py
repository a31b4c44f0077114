"""Users of the platform who belong to a campaign's target audience."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from ddp.queries.sending.recipients import Batch, Member
from functions.sending.batches import add
from functions.sending.channels.planner import Planner
from functions.sending.recipients.entries import recipient

Page = Callable[[UUID | None], Sequence[Member]]


def batches(
    page: Page, planner: Planner, batch_no: int, records_read: int, after: UUID | None
) -> Iterator[Batch]:
    """One batch per page. `page` returns the users that follow an id, and nothing at the end."""
    while members := page(after):
        after = members[-1].user_id
        records_read += len(members)
        batch = Batch(batch_no=batch_no, records_read=records_read, after_user_id=after)
        for line, member in enumerate(members, start=records_read - len(members) + 1):
            add(batch, recipient(planner, line, member.address, member.name, member.time_zone), planner)
        yield batch
        batch_no += 1
