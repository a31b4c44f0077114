"""Senders whom no other worker serves meanwhile, because of their content.

A claim says so (`hold` of Claimed): with the first claim of a plan, until its content is measured; with slow content;
and after a worker died with it. A run that finds content slow asks for the hold itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from ddp import db
from ddp.channels import Channel
from ddp.observability import logger
from ddp.queries.sending import contents
from ddp.queries.sending.sends import Claimed

# Seconds after which a hold is renewed. It lasts for ten.
RENEWED_AFTER = 3.0

TRIAL, SLOW, ALONE = "trial", "slow", "alone"


@dataclass(slots=True, kw_only=True)
class Hold:
    """One sender's hold: why, and until when it need not be renewed (time.monotonic())."""

    bucket: str
    why: str
    renew_at: float


class Holds:
    """The holds of one run, which is the `worker` of its claims."""

    def __init__(self, channel: Channel) -> None:
        self.worker = uuid4()
        self._channel = channel
        self._holds: dict[UUID, Hold] = {}

    def note(self, recipient: Claimed) -> None:
        """Note the hold that came with a claim, if any."""
        if recipient.hold:
            self._set(recipient.sender_user_id, recipient.bucket, recipient.hold)

    def why(self, sender: UUID) -> str | None:
        """Why this run holds the sender; None: it does not."""
        return self._holds[sender].why if sender in self._holds else None

    @property
    def senders(self) -> list[UUID]:
        """The senders that this run holds."""
        return list(self._holds)

    @property
    def is_alone(self) -> bool:
        """Whether this run must claim nothing else."""
        return any(hold.why == ALONE for hold in self._holds.values())

    def confine(self, sender: UUID, bucket: str) -> bool:
        """Hold a sender because its content is slow. False: another worker does, so this one must stop."""
        hold = self._holds.get(sender)
        if hold and hold.why != TRIAL and time.monotonic() < hold.renew_at:
            return True
        return self._hold(sender, bucket, hold.why if hold and hold.why == ALONE else SLOW, is_slow=True)

    def renew(self, sender: UUID) -> bool:
        """Go on holding a sender. False: another worker holds it, because this one was away for too long."""
        hold = self._holds[sender]
        if time.monotonic() < hold.renew_at:
            return True
        return self._hold(sender, hold.bucket, hold.why, is_slow=False)

    def free(self, sender: UUID) -> None:
        """Let other workers serve the sender."""
        if hold := self._holds.pop(sender, None):
            with db.transaction(role="service_role") as cursor:
                contents.free(cursor, self._channel, bucket=hold.bucket, sender=sender, worker=self.worker)

    def free_all(self) -> None:
        """As `free`. What fails is left: a hold ends by itself."""
        for sender in self.senders:
            try:
                self.free(sender)
            except Exception:  # noqa: BLE001 - this run is over, and the hold ends within ten seconds
                logger.warning("a sender is still held", sender=str(sender), exc_info=True)

    def _hold(self, sender: UUID, bucket: str, why: str, *, is_slow: bool) -> bool:
        with db.transaction(role="service_role") as cursor:
            is_held = contents.hold(
                cursor, self._channel, bucket=bucket, sender=sender, worker=self.worker, is_slow=is_slow
            )
        if is_held:
            self._set(sender, bucket, why)
        else:
            self._holds.pop(sender, None)
        return is_held

    def _set(self, sender: UUID, bucket: str, why: str) -> None:
        self._holds[sender] = Hold(bucket=bucket, why=why, renew_at=time.monotonic() + RENEWED_AFTER)
