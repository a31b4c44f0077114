"""The budget of requests that each account has: however many execution environments answer, one tenant cannot take all.

PostgreSQL keeps it (ddp.take_request). It is taken in the round trip that opens a request's first transaction, and
committed before that: what a request does later, failing included, gives nothing back. Answers say how it stands in the
fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-11).
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ddp import db, settings
from ddp.errors import OverBudget

# Requests a second, and at once; a rate of 0 means no limit.
RATE = float(settings.optional("DDP_REQUEST_RATE", "0"))
BURST = int(settings.optional("DDP_REQUEST_BURST", "0"))

_TAKE: Final = "select ddp.take_request(%(rate)s, %(burst)s) as remaining"

# Seconds in which at least one token comes back.
_RETRY_AFTER: Final = 1

# Who was told to wait, and until when (of time.monotonic()): until then refusing needs no look into PostgreSQL.
_waiting: Final[dict[str, float]] = {}
_MOST_WAITING: Final = 1000


@dataclass(slots=True)
class Charge:
    """What one request took: nothing until `is_counted`. `remaining`: requests left, None if there is no limit.

    `who` tells callers apart: a person, and the account that the request names; empty on public paths.
    """

    who: str = ""
    is_counted: bool = False
    remaining: int | None = None

    def refusal(self) -> OverBudget | None:
        """The error for a caller whom this execution environment has just told to wait."""
        if not (RATE and self.who) or _waiting.get(self.who, 0.0) <= time.monotonic():
            return None
        self.is_counted, self.remaining = True, -1
        return _over_budget()

    def prelude(self) -> db.Prelude | None:
        """For a transaction of the request: takes it from the budget, unless an earlier transaction has."""
        if self.is_counted or not RATE:
            return None
        return db.Prelude(statement=_TAKE, values={"rate": RATE, "burst": BURST}, take=self._note)

    def _note(self, row: Mapping[str, Any]) -> None:
        self.is_counted, self.remaining = True, row["remaining"]
        if self.remaining is not None and self.remaining < 0:
            if len(_waiting) >= _MOST_WAITING:
                _waiting.clear()
            _waiting[self.who] = time.monotonic() + _RETRY_AFTER
            raise _over_budget()

    def headers(self) -> dict[str, str]:
        """The header fields that tell the caller how the budget stands; none for a caller without a limit."""
        if self.remaining is None:
            return {}
        left = max(self.remaining, 0)
        fields = {
            "RateLimit-Policy": f'"account";q={BURST};w={math.ceil(BURST / RATE)}',
            "RateLimit": f'"account";r={left};t={math.ceil((BURST - left) / RATE)}',
        }
        return fields | ({"Retry-After": str(_RETRY_AFTER)} if self.remaining < 0 else {})


def _over_budget() -> OverBudget:
    return OverBudget(
        f"This account may make {RATE:g} requests a second, and {BURST} at once. Repeat the request after the seconds "
        "that the header Retry-After names."
    )
