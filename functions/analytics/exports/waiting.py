"""Exports that wait although nobody is at work on them: the refresh, each minute, tells the queue again."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from ddp import db, queues, settings
from ddp.errors import Transient
from ddp.observability import logger
from ddp.queries.analytics import exports
from functions.analytics.messages import ExportFigures

QUEUE_URL = settings.required("DDP_ANALYTICS_EXPORT_QUEUE_URL")


def tell() -> int:
    """Send the hints that are missing. Returns how many were sent: none if the queue is unavailable."""
    try:
        return _tell()
    except (BotoCoreError, ClientError, Transient):
        logger.warning("the queue of exports is unavailable; the next refresh tells it", exc_info=True)
        return 0


def _tell() -> int:
    with db.transaction(role="service_role") as cursor:
        waiting = [
            ExportFigures(
                analytics_export_id=row["analytics_export_id"],
                account_id=row["account_id"],
                person_id=row["person_id"],
            )
            for row in exports.waiting(cursor)
        ]
        # Before the commit: if this fails, they count as untold, and come again.
        return queues.send(QUEUE_URL, [message.serialise() for message in waiting])
