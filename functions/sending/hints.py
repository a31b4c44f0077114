"""Telling the workers at once. The work is in the database: where no queue answers, reconciliation tells them."""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from ddp import queues, settings
from ddp.errors import Transient
from ddp.observability import logger
from functions.sending import messages

PLAN_QUEUE = settings.required("DDP_EMAIL_PLAN_QUEUE_URL")
SEND_QUEUE = settings.required("DDP_EMAIL_SEND_QUEUE_URL")
EXPORT_QUEUE = settings.required("DDP_EMAIL_EXPORT_QUEUE_URL")


def tell(queue_url: str, work: Iterable[messages.Message], *, sender: object = None) -> None:
    """Send a message for each piece of work; a failure is logged and otherwise harmless.

    `sender` groups them, so that a busy sender's do not hold up another's. Call it after the commit: a worker may be
    faster than that.
    """
    bodies = [messages.serialise(message) for message in work]
    try:
        queues.send(queue_url, bodies, group=str(sender) if sender else None)
    except (BotoCoreError, ClientError, Transient):
        logger.warning("workers learn of this within a minute only", exc_info=True, queue_url=queue_url)
