"""Tells the publishing queue about steps that are due, or will be soon."""

from __future__ import annotations

from collections.abc import Sequence

from ddp import queues, settings
from ddp.queries.social.steps import DueStep
from functions.social import messages

QUEUE_URL = settings.required("DDP_SOCIAL_PUBLISH_QUEUE_URL")


def tell(due: Sequence[DueStep]) -> None:
    """Send a message about each step, to arrive when it is due. Raises Transient; telling again is harmless."""
    queues.send_each(
        QUEUE_URL,
        (
            queues.Message(
                body=messages.do_step(step.post_id),
                # A worker takes a step up to two seconds early and waits: rounding down makes none late.
                delay=int(step.delay.total_seconds()),
                group=str(step.owner_id),
            )
            for step in due
        ),
    )
