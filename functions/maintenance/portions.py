"""Work in portions: a transaction each, within a budget, and patient with tables that are in use."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ddp import db
from ddp.errors import Unavailable
from ddp.observability import logger

ROLE = "service_role"
# Seconds that a statement may take. A portion takes one or two; counting the months of a dry run takes longer.
STATEMENT_SECONDS = 100
# A step that needs a lock waits for it for a tenth of a second, so that nobody queues behind it for longer.
ATTEMPTS, PAUSE_SECONDS = 20, 0.25
# How long to rest after a portion, by the time that it took. Without a rest, removing months of ten million rows keeps
# a disk so busy that readers and writers wait for it: their p99 was three to five times that of quiet times.
REST = 1.0

Result = TypeVar("Result")


@dataclass(slots=True, kw_only=True)
class Budget:
    """How much a run may still do: `rows`, and `seconds` from now."""

    rows: int
    seconds: float
    ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends_at = time.monotonic() + self.seconds

    @property
    def is_used(self) -> bool:
        """Whether no further portion may begin."""
        return self.rows <= 0 or time.monotonic() >= self.ends_at

    def use(self, rows: int) -> None:
        """Take what a portion did off the budget."""
        self.rows -= rows

    def rest(self, seconds: float) -> None:
        """After a portion that took so many seconds, leave the database to others before the next.

        Never beyond the end of the run: it still has to report, and to queue the next one.
        """
        time.sleep(max(min(seconds * REST, self.ends_at - time.monotonic()), 0))


def patiently(work: Callable[..., Result], *values: object, **named: object) -> Result | None:
    """Call `work` with a cursor and the values, again and again while what it needs is in use; None if it stays so."""
    for attempt in range(ATTEMPTS):
        try:
            with db.transaction(role=ROLE, timeout_seconds=STATEMENT_SECONDS) as cursor:
                return work(cursor, *values, **named)
        except Unavailable as error:
            logger.info("in use", attempt=attempt, reason=error.detail)
            time.sleep(PAUSE_SECONDS)
    return None
