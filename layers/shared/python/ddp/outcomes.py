"""What a provider call came to for one message: the vocabulary that transports, send stages and the ledger share."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a provider call came to for one message."""

    ACCEPTED = "accepted"
    FAILED = "failed"  # will never be accepted
    RETRY = "retry"  # certainly not accepted: pending again, and no attempt is used up
    UNKNOWN = "unknown"  # may have been accepted: never sent again blindly
