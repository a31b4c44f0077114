"""Queue messages of social publishing. Each is a hint that there is work; the work is in the database."""

from __future__ import annotations

import json
from uuid import UUID


def do_step(post_id: UUID) -> str:
    """Queue social-publish: the next step of a post is due."""
    return json.dumps({"type": "DoStep", "post_id": str(post_id)})


def post_of(body: str) -> UUID | None:
    """The post that a message of queue social-publish is about; None: the message is not one of this queue."""
    try:
        members = json.loads(body)
        return UUID(members["post_id"]) if members["type"] == "DoStep" else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
