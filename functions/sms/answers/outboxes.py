"""Empties the outboxes that answers to messages fill: automatic answers, and changes to the provider's opt-out list."""

from __future__ import annotations

from functools import cache

from ddp.observability import logger
from ddp.providers import sms
from ddp.providers.sms.base import Message
from ddp.providers.transport import Transport
from functions.sms.answers.provider_list import push
from functions.sms.answers.replies import send_due


@cache
def transport() -> Transport[Message]:
    """The environment's transport, made at first use."""
    return sms.configured()


def empty(*, deadline: float) -> None:
    """Send the answers that are due and tell the provider's list, until `deadline` (of time.monotonic()) is near.

    Raises nothing, because the messages that led to it are stored and must not come again: what fails is due again.
    """
    try:
        # The confirmation of a STOP goes before its number is on the provider's list, the answer to START after it has
        # left it: the provider refuses messages to numbers that are on it.
        send_due(transport(), deadline=deadline)
        push(deadline=deadline)
        send_due(transport(), deadline=deadline)
    except Exception:  # noqa: BLE001 - whatever it is
        logger.exception("answers and opt-outs wait for the next run")
