"""People who want no more messages, and who is called all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ddp.channels import SMS
from tests.database.sending.ledger import Ledger, Plan

SUPPRESS = """
insert into suppressions (channel, address_hash, owner_user_id, reason)
select 'email', recipient_hash, null, 'complaint' from email_sends where email_send_id = %s
on conflict do nothing
"""
STOP = """
select ddp.stop_phone(recipient_hash, recipient_phone, null, email_send_id, 'stop') from email_sends
where email_send_id = %s
"""
# Whoever is in a call that has not started comes first, then those in calls, then those who wait.
CANDIDATE = """
select s.email_send_id::text as id, c.send_call_id is not null and c.started_at is null as is_claimed
from email_sends s
left join ddp.send_calls c on c.send_call_id = s.send_call_id and c.ended_at is null
where s.status in ('pending', 'sending') and s.email_campaign_id = any (%s)
order by is_claimed desc, c.send_call_id nulls last, s.email_send_id
limit 1
"""
STARTED = """
select s.recipient_hash as hash, c.started_at from email_sends s
join ddp.send_calls c on c.send_call_id = s.send_call_id
where s.email_send_id = %s
"""


@dataclass(slots=True)
class Stops:
    """Who said stop, by the hash of the address, and by when that was committed."""

    ledger: Ledger
    committed: dict[bytes, datetime] = field(default_factory=dict)
    # How many said it between the claim of their message and the start of its call.
    before_start: int = 0

    def someone(self, plans: Sequence[Plan], *, only_claimed: bool = False) -> str | None:
        """Somebody wants no more messages; `only_claimed`: only if a call has been claimed, and has not started.

        Returns the id of the message; None: nobody.
        """
        for row in self.ledger.query(CANDIDATE, [plan.channel_campaign_id for plan in plans]):
            if only_claimed and not row["is_claimed"]:
                return None
            self.before_start += row["is_claimed"]
            self.recipient_of(row["id"])
            return str(row["id"])
        return None

    def recipient_of(self, send_id: str) -> None:
        """The recipient of this message wants no more."""
        self.ledger.query(STOP if self.ledger.channel is SMS else SUPPRESS, send_id)
        (row,) = self.ledger.query(
            "select recipient_hash as hash, clock_timestamp() as now from email_sends where email_send_id = %s",
            send_id,
        )
        self.committed.setdefault(row["hash"], row["now"])

    def disobeyed(self, send_id: str) -> Iterator[str]:
        """The provider gets a message: its call must have started before its recipient wanted none."""
        if not self.committed:
            return
        for row in self.ledger.query(STARTED, send_id):
            stopped_at = self.committed.get(row["hash"])
            if stopped_at is not None and row["started_at"] is not None and row["started_at"] > stopped_at:
                yield f"{send_id} is called: stopped {stopped_at}, started {row['started_at']}"
