"""The messages of analytics' queues. Each is a hint that there is work; the work is in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from ddp import queues
from ddp.errors import Transient
from ddp.observability import logger

REFRESH = json.dumps({"type": "Refresh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFigures:
    """Queue analytics-export: write a file of figures, as this person for this account."""

    analytics_export_id: UUID
    account_id: UUID
    person_id: UUID

    def serialise(self) -> str:
        """The body of the message."""
        return json.dumps({"type": "ExportFigures", **asdict(self)}, default=str)


def parse(body: str) -> ExportFigures | None:
    """The export that a body names. None for anything else, which the caller logs and drops."""
    try:
        message = json.loads(body)
        if message["type"] != "ExportFigures":
            return None
        return ExportFigures(
            **{name: UUID(message[name]) for name in ("analytics_export_id", "account_id", "person_id")}
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def tell(queue_url: str, bodies: Iterable[str]) -> bool:
    """Send messages; returns whether it worked. A failure is harmless. Call this after the commit."""
    try:
        queues.send(queue_url, bodies)
    except (BotoCoreError, ClientError, Transient):
        logger.warning("the queue is unavailable; the next refresh tells it within a minute", exc_info=True)
        return False
    return True
