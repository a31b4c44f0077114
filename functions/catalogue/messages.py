"""The messages of queue catalogue-import-products. Each is a hint that there is work; the work is in the database."""

from __future__ import annotations

import json
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from ddp import queues
from ddp.errors import Transient
from ddp.observability import logger


def import_products(product_import_id: UUID) -> str:
    """The body of the message that an import waits for a worker."""
    return json.dumps({"type": "ImportProducts", "product_import_id": str(product_import_id)})


def parse(body: str) -> UUID | None:
    """The import that a body names. None for anything else, which the caller logs and drops."""
    try:
        message = json.loads(body)
        return UUID(message["product_import_id"]) if message["type"] == "ImportProducts" else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def tell(queue_url: str, product_import_id: UUID) -> None:
    """Tell the queue about an import. A failure is logged and otherwise harmless. Call this after the commit."""
    try:
        queues.send(queue_url, [import_products(product_import_id)])
    except (BotoCoreError, ClientError, Transient):
        logger.warning("the queue is unavailable; reconciliation tells it within a minute", exc_info=True)
