"""Leases: whoever works on something for longer than a moment says, again and again, that the work goes on.

A lease is a time on the row that is worked on. A worker that dies renews nothing; the lease ends, and the next
reconciliation gives the work to another, whatever a queue still hides. If a lease ends too early, because its worker or
the database stood still, two of them work at once: all work under leases bears that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import db
from ddp.observability import logger

# Reconciliation runs once per minute: lease and minute together are less than the 90 seconds that the READMEs promise.
LEASE = timedelta(seconds=25)
BEAT_SECONDS = 5.0

# A row whose work has killed this many workers is given up, visibly.
LOST_AT_MOST = 5

WORKER = "service_role"


class Release(Protocol):
    """Ends the lease of a row; until `delay` is over, a message about it is on its way."""

    def __call__(self, cursor: Cursor[DictRow], row: UUID, /, *, delay: timedelta) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """How a row is leased. `take` returns how many workers lost its lease before; None: somebody else has it."""

    take: Callable[[Cursor[DictRow], UUID], int | None]
    renew: Callable[[Cursor[DictRow], UUID], None]
    release: Release


@contextmanager
def held(leased: Leased, row: UUID, pause: Callable[[Exception], timedelta]) -> Iterator[int | None]:
    """Hold the lease of a row during the block. Yields what `leased.take` returned; if None, do nothing.

    `pause`: how long it takes until the message comes again, if the block raises this. A killed worker releases
    nothing: its lease ends.
    """
    try:
        with db.transaction(role=WORKER) as cursor:
            lost = leased.take(cursor, row)
        if lost is None:
            yield None
            return
        with kept(lambda cursor: leased.renew(cursor, row)):
            yield lost
    except Exception as error:
        _release(leased, row, pause(error))
        raise
    _release(leased, row, timedelta(0))


def _release(leased: Leased, row: UUID, delay: timedelta) -> None:
    with db.transaction(role=WORKER) as cursor:
        leased.release(cursor, row, delay=delay)


@contextmanager
def kept(renew: Callable[[Cursor[DictRow]], object], *, seconds: float | None = None) -> Iterator[None]:
    """Call `renew` every `seconds` while the block runs, in a transaction of its own, as service_role.

    `seconds`: BEAT_SECONDS unless given. It shares the environment's one connection with the block, so it waits while
    the block is in a transaction. What it raises is logged: the next beat tries again.
    """
    over = threading.Event()

    def beat() -> None:
        while not over.wait(seconds or BEAT_SECONDS):
            try:
                with db.transaction(role=WORKER) as cursor:
                    renew(cursor)
            except Exception:  # noqa: BLE001 - whatever it is, the work itself goes on
                logger.warning("a lease or heartbeat could not be renewed", exc_info=True)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
