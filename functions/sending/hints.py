"""Hints: queue messages that tell a worker at once that there is work.

The work itself is in the database. If the queue is unavailable, reconciliation tells the workers within a minute.
"""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from ddp import queues
from ddp.errors import Transient
from ddp.observability import logger
from functions.sending import messages


def tell(queue_url: str, work: Iterable[messages.Message], *, delay: int = 0, sender: object = None) -> bool:
    """Send a message for each piece of work, to arrive after `delay` seconds (at most 900).

    A failure is logged and otherwise harmless; returns whether it worked. `sender` groups the messages, so that a busy
    sender's do not delay those of others. Call this after the commit, because a worker may be faster than the commit.
    """
    bodies = [messages.serialise(message) for message in work]
    try:
        queues.send(queue_url, bodies, delay=delay, group=str(sender) if sender else None)
    except (BotoCoreError, ClientError, Transient):
        logger.warning(
            "the queue is unavailable; reconciliation tells the workers within a minute",
            exc_info=True,
            queue_url=queue_url,
        )
        return False
    return True
