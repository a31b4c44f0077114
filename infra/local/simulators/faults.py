"""Faults that tests ask for: what can go wrong in a call to a provider."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong. With `…_after`, the messages are accepted nevertheless."""

    THROTTLE = "throttle"  # the provider's error for too many requests
    THROTTLE_ENTRIES = (
        "throttle_entries"  # ACCOUNT_THROTTLED for all entries of a bulk call; else as throttle
    )
    ERROR_BEFORE = "error_before"  # status 500, nothing accepted
    ERROR_AFTER = "error_after"  # status 500, but accepted
    DROP_BEFORE = "drop_before"  # the connection is closed, nothing accepted
    DROP_AFTER = "drop_after"  # the connection is closed without an answer, but accepted
    SILENCE_AFTER = "silence_after"  # accepted; the connection is closed after `seconds` without an answer
    SLOW = "slow"  # accepted, and answered after `seconds`
    # Of social platforms only: a page of a proxy instead of their JSON, with status 502 or 200; accepted.
    PAGE_AFTER = "page_after"
    GARBLED_AFTER = "garbled_after"
    # Of social platforms only: an answer about many posts lacks half of them, or half of their metrics.
    PARTIAL = "partial"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 (a name): the error for a token that has ended; social platforms only


AFTER = {
    FaultKind.ERROR_AFTER,
    FaultKind.DROP_AFTER,
    FaultKind.SILENCE_AFTER,
    FaultKind.SLOW,
    FaultKind.PAGE_AFTER,
    FaultKind.GARBLED_AFTER,
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault of the next `count` calls of `operation` (None: any sending one), after `skip` calls without it."""

    kind: FaultKind
    operation: str | None = None
    count: int = 1
    skip: int = 0
    seconds: float = 0.0


class Faults:
    """The faults that are still to happen, in the order of their requests."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._waiting.clear()

    def next(self, operation: str) -> Fault | None:
        """The fault of this call, if any."""
        with self._lock:
            for fault in self._waiting:
                if fault.operation not in {None, operation}:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.count -= 1
                if fault.count <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
