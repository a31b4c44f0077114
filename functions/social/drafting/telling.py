"""Tells the workers at once about posts whose next step falls due soon; the due scan tells them about all others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from psycopg.rows import DictRow

from ddp.errors import Transient
from ddp.observability import logger
from ddp.queries.social.steps import WITHIN, DueStep
from functions.social import hints

# How long before its time the preparation of a post begins; as ddp.social_lead() has it.
LEAD: Final = timedelta(minutes=15)


def tell(rows: Sequence[DictRow]) -> None:
    """Tell about these posts, rows of `social_posts`. Call this after the commit.

    If the queue is unavailable, nothing is lost: the due scan tells the workers within a minute.
    """
    soon = [step for row in rows if (step := _step(row)) and step.delay <= WITHIN]
    if not soon:
        return
    try:
        hints.tell(soon)
    except (BotoCoreError, ClientError, Transient):
        logger.warning(
            "the queue is unavailable; the due scan tells the workers within a minute", exc_info=True
        )


def _step(row: DictRow) -> DueStep | None:
    """The next step; a worker finds out itself which it is. None: the post has no time."""
    if row["scheduled_at"] is None:
        return None
    due_at = row["scheduled_at"] - LEAD
    delay = max(due_at - datetime.now(UTC), timedelta(0))
    return DueStep(post_id=row["post_id"], step="prepare", delay=delay, owner_id=row["created_by_user_id"])
