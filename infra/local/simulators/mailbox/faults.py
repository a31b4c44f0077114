"""Faults on request: what can go wrong between a sender and SES, so that tests see what then becomes of a message."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong. `…_after`: the messages are accepted all the same."""

    THROTTLE = "throttle"  # TooManyRequestsException
    THROTTLE_ENTRIES = "throttle_entries"  # every entry of a bulk call ACCOUNT_THROTTLED; single: as throttle
    ERROR_BEFORE = "error_before"  # 500, nothing accepted
    ERROR_AFTER = "error_after"  # 500, though accepted
    DROP_BEFORE = "drop_before"  # the connection is closed, nothing accepted
    DROP_AFTER = "drop_after"  # the connection is closed without an answer, though accepted
    SILENCE_AFTER = "silence_after"  # accepted, and no answer for `seconds`, then closed: a time-out
    SLOW = "slow"  # accepted, and answered after `seconds`


AFTER = {FaultKind.ERROR_AFTER, FaultKind.DROP_AFTER, FaultKind.SILENCE_AFTER, FaultKind.SLOW}


@dataclass(slots=True, kw_only=True)
class Fault:
    """For the next `count` calls of `operation` (None: of SendEmail and SendBulkEmail), after `skip` good ones."""

    kind: FaultKind
    operation: str | None = None
    count: int = 1
    skip: int = 0
    seconds: float = 0.0


class Faults:
    """Those that wait for their call, first come first served."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Have something go wrong."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Let everything go well."""
        with self._lock:
            self._waiting.clear()

    def next(self, operation: str) -> Fault | None:
        """What goes wrong with this call."""
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
