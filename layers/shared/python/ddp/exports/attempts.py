"""Attempts to write a file that somebody waits for: each is counted, and after the last one the person is told.

A worker that is killed has counted its attempt too, so a file that kills its workers ends as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ddp import queues
from ddp.observability import logger

# After this many attempts the person who waits is told that there will be no file.
ATTEMPTS = 5
GIVEN_UP = "The file could not be written; ask for it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """How one file is written. `begin` counts an attempt; None: it is settled, or another worker has it."""

    begin: Callable[[], int | None]
    write: Callable[[], None]
    put_off: Callable[[timedelta], None]
    give_up: Callable[[], None]


def attempt(work: Attempted, record: SQSRecord) -> None:
    """Write the file that a message is about. Raises what `write` raises, so that the message comes again."""
    number = work.begin()
    if number is None:
        logger.info("settled already, or another worker has it")
    elif number > ATTEMPTS:
        work.give_up()
    else:
        _try(work, record, is_last=number == ATTEMPTS)


def _try(work: Attempted, record: SQSRecord, *, is_last: bool) -> None:
    try:
        work.write()
    except Exception as error:
        if not is_last:
            work.put_off(queues.pause(record, error))
            raise
        logger.exception("given up")
        work.give_up()
