"""The limits of the SES account: its sending quota, and the identities that it may send from."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum

from infra.local.simulators.mailbox.api import SesError

# Domains that nobody can own (RFC 2606). They are verified at once, because they cannot have DNS records.
VERIFIED_AT_ONCE = (".example", ".example.com", ".example.org", ".example.net")
DAY = 86_400


class Refusal(StrEnum):
    """Why the quota refuses a call: SendBulkEmail's status of an entry."""

    THROTTLED = "ACCOUNT_THROTTLED"
    DAILY = "ACCOUNT_DAILY_QUOTA_EXCEEDED"


@dataclass(slots=True)
class Quota:
    """Recipients per second and per 24 hours, as SES counts them.

    A call passes whole if anything is left of the second; the next calls fail until that debt is repaid.
    """

    per_second: float = 500
    per_day: float = 1_000_000
    clock: Callable[[], float] = time.time
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False)
    _taken: deque[tuple[float, int]] = field(default_factory=deque, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        """Start with the recipients of one second."""
        self._tokens, self._filled_at = self.per_second, self.clock()

    def take(self, recipients: int) -> Refusal | None:
        """Count a call to this many recipients; None if it passes."""
        with self._lock:
            now = self.clock()
            earned = max(0.0, now - self._filled_at) * self.per_second
            self._tokens, self._filled_at = min(self.per_second, self._tokens + earned), now
            if self._sent(now) + recipients > self.per_day:
                return Refusal.DAILY
            if self._tokens <= 0:
                return Refusal.THROTTLED
            self._tokens -= recipients
            self._taken.append((now, recipients))
            return None

    def sent(self) -> int:
        """The number of recipients in the last 24 hours."""
        with self._lock:
            return self._sent(self.clock())

    def _sent(self, now: float) -> int:
        while self._taken and self._taken[0][0] <= now - DAY:
            self._taken.popleft()
        return sum(recipients for _, recipients in self._taken)


def is_verified(identities: dict[str, bool], sender: str) -> bool:
    """Whether the sender's address (`Name <address>`), its domain or a parent domain is verified."""
    address = parseaddr(sender)[1].lower()
    labels = address.rpartition("@")[2].split(".")
    domains = {".".join(labels[start:]) for start in range(len(labels))}
    return any(identities.get(name, False) for name in domains | {address})


def verifies_at_once(identity: str) -> bool:
    """Whether nobody can own the identity's domain."""
    return f".{identity.rpartition('@')[2]}".endswith(VERIFIED_AT_ONCE)


def check_sender(identities: dict[str, bool], sender: str, region: str) -> None:
    """Raise SES's error unless the sender's identity is verified."""
    if not is_verified(identities, sender):
        raise SesError(
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region "
            f"{region.upper()}: {parseaddr(sender)[1] or sender}",
        )
