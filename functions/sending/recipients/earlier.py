"""Some recipients of an earlier send of the same sender, once more: who did not click, was not reached, …

The plan keeps ids and words. Who belongs to the group is looked up when the plan's time has come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.addresses import AddressError
from ddp.queries.sending import recipients
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Member
from functions.sending.batches import CHARACTERS
from functions.sending.channels.planner import Reader
from functions.sending.unplannable import Unplannable

_GROUPS: Final = {
    "not_clicked": "got the earlier message and did not click",
    "not_opened": "got the earlier message and did not open it",
    "failed": "could have got the earlier message and did not",
    "missed": "was missed by the earlier send",
}


def page(
    cursor: Cursor[DictRow], plan: Plan, reader: Reader, *, after: UUID | None, limit: int
) -> Sequence[Member]:
    """The next recipients after the message or user with the id; nothing at the end.

    Raises Unplannable if there was nobody at all, and once retention removes the earlier send's recipients.
    """
    if "users" in plan.audience:
        found = _users(cursor, plan, reader, after, limit)
    else:
        found = recipients.earlier(cursor, plan, after=after, limit=limit, characters=CHARACTERS)
    # Asked after reading: what was read before the first address went is whole.
    if recipients.earlier_is_gone(cursor, plan):
        raise Unplannable(
            "recipients-removed", "The earlier send ended so long ago that its recipients were removed."
        )
    if not found and after is None:
        raise Unplannable(
            "no-recipients",
            f"Nobody is left who {_GROUPS[plan.audience['who']]}. Erased recipients are not written to again.",
        )
    return found


def _users(
    cursor: Cursor[DictRow], plan: Plan, reader: Reader, after: UUID | None, limit: int
) -> Sequence[Member]:
    """The next users who are still in the target audience of the earlier send, and in the group of its recipients.

    So whoever left, or no longer agrees, gets nothing, and neither does a user who has another address now.
    """
    while users := recipients.audience(cursor, plan, after=after, limit=limit):
        normalised = dict(_normalised(reader, users))
        known = recipients.in_group(cursor, plan, list(normalised.values()))
        if found := [user for user in users if normalised.get(user.member_id) in known]:
            return found
        after = users[-1].member_id
    return []


def _normalised(reader: Reader, users: Sequence[Member]) -> Iterator[tuple[UUID, str]]:
    """The addresses of users, by id, as the ledger has them; of those who have a usable one."""
    for user in users:
        try:
            yield user.member_id, reader.normalise(user.address, user.country)
        except AddressError:
            continue
