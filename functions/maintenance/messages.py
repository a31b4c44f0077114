"""The messages of queue maintenance-cleanup. Each is a hint: what there is to do, the database knows."""

from __future__ import annotations

import json

from botocore.exceptions import BotoCoreError, ClientError

from ddp import queues
from ddp.errors import Transient
from ddp.observability import logger

CLEAN_UP = json.dumps({"type": "CleanUp"})


def tell(queue_url: str) -> None:
    """Wake the worker. A failure is logged and otherwise harmless. Call this after the commit."""
    try:
        queues.send(queue_url, [CLEAN_UP])
    except (BotoCoreError, ClientError, Transient):
        logger.warning("the queue is unavailable; the hourly cleanup does it", exc_info=True)
