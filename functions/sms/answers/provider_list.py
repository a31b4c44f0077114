"""The provider's opt-out list, a mirror of ours: tells it what we know, and reads what it knows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from ddp import db
from ddp.addresses import phone_hash
from ddp.errors import Permanent, Transient, WorkerError
from ddp.observability import logger
from ddp.providers.sms import opt_outs as provider
from ddp.queries.sms import opt_outs
from ddp.queries.sms.opt_outs import Kind, OptOut

# The provider takes 10 changes and one page per second.
CHANGE_SECONDS: Final = 0.1
PAGE_SECONDS: Final = 1.0
# Changes between two commits.
PORTION: Final = 20
# No more work begins when less is left. If a slow provider takes longer, its numbers are due again: telling it twice is
# harmless.
RESERVE_SECONDS: Final = 15
# Longer than a portion of changes takes, unless the provider is out of order.
_LEASE: Final = timedelta(minutes=2)


def push(*, deadline: float, pause: Callable[[float], None] = time.sleep) -> int:
    """Tell the provider about numbers until none is due or `deadline` (of time.monotonic()) is near; returns how many.

    What it does not take comes again later. Does nothing while another worker does it.
    """
    told = 0
    with _leased("push") as renew:
        while renew is not None and time.monotonic() + RESERVE_SECONDS < deadline and renew():
            with db.transaction(role="service_role") as cursor:
                taken = opt_outs.take(cursor, limit=PORTION)
            if not taken:
                break
            done = [each for each in taken if _told(each, pause)]
            told += len(done)
            _settle(done)
            if len(done) < len(taken):
                break  # the provider is out of order, or busy: the rest is due again in seconds
    return told


def pull(*, deadline: float, pause: Callable[[float], None] = time.sleep) -> int:
    """Read on in the provider's list, if that is due, until its end or `deadline`; returns how many numbers were new.

    They are stopped for everyone: the provider has no senders. A page is committed before the next is read.
    """
    stopped = 0
    with _leased("pull") as renew:
        while renew is not None and time.monotonic() + RESERVE_SECONDS < deadline and renew():
            with db.transaction(role="service_role") as cursor:
                begun = opt_outs.begin_pull(cursor)
            if not begun.is_due:
                break
            try:
                phones, next_token = _page(begun.next_token)
            except Transient:
                logger.warning("the next run reads on in the provider's list", exc_info=True)
                break
            with db.transaction(role="service_role") as cursor:
                hashes = [phone_hash(phone) for phone in phones]
                stopped += opt_outs.note_page(cursor, phones, hashes, next_token)
            pause(PAGE_SECONDS)
    if stopped:
        logger.info("numbers of the provider's list were unknown", stopped=stopped)
    return stopped


def _told(each: OptOut, pause: Callable[[float], None]) -> bool:
    """Whether the provider took it."""
    try:
        if each.action == "put":
            provider.put(each.phone)
        else:
            provider.delete(each.phone)
    except WorkerError:
        logger.warning("the provider's list did not take a number", action=each.action, exc_info=True)
        return False
    finally:
        pause(CHANGE_SECONDS)
    return True


def _settle(done: list[OptOut]) -> None:
    with db.transaction(role="service_role") as cursor:
        hashes = [phone_hash(each.phone) for each in done]
        given_up = opt_outs.settle(cursor, [each.opt_out_id for each in done], hashes)
    if given_up:
        logger.error("the provider's list never took some numbers: ours holds all the same", numbers=given_up)


def _page(token: str | None) -> tuple[list[str], str | None]:
    """A page of numbers; the first if the token is too old."""
    try:
        return provider.pages(token)
    except Permanent:
        if token is None:
            raise
        logger.warning("the provider's list is read from its beginning", exc_info=True)
        return provider.pages(None)


@contextmanager
def _leased(kind: Kind) -> Iterator[Callable[[], bool] | None]:
    """Hold the lease on a kind of work; yields what renews it, or None if another worker has it."""
    worker = uuid4()

    def renew() -> bool:
        with db.transaction(role="service_role") as cursor:
            return opt_outs.lease(cursor, kind, worker, _LEASE)

    if not renew():
        yield None
        return
    try:
        yield renew
    finally:
        _release(kind, worker)


def _release(kind: Kind, worker: UUID) -> None:
    with db.transaction(role="service_role") as cursor:
        opt_outs.release(cursor, kind, worker)
