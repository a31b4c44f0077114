"""The metrics of each kind of entity, as `series` names them and the rollups keep them."""

from __future__ import annotations

from typing import Final

from ddp.queries.analytics.series import Entity

FILE: Final = ("views", "downloads", "shares", "uploads", "edits", "deletes")
EMAIL: Final = (
    "sent", "delivered", "opened", "clicked", "bounced", "failed", "complained", "unsubscribed", "machine_opened",
    "conversions", "conversion_cents",
)  # fmt: skip
# `cost_micros`: millionths of a US dollar.
SMS: Final = (
    "sent", "delivered", "clicked", "failed", "unsubscribed", "parts", "cost_micros", "conversions", "conversion_cents",
)  # fmt: skip

# What is summed up over everything that an owner has: `<entity>_<metric>`.
_TOTALS: Final = (
    *(f"file_{metric}" for metric in FILE),
    *(f"email_campaign_{metric}" for metric in EMAIL),
    *(f"sms_campaign_{metric}" for metric in SMS),
    "social_post_published",
    "user_sessions",
    "user_ended_sessions",
    "user_session_seconds",
)

# What the account itself did, with anybody's files.
_MADE: Final = ("views_made", "downloads_made", "shares_made", "uploads_made", "actions")

# Different users of a UTC day: who came on two days is one user of both together, so days do not add up.
ACTIVE_USERS: Final = "active_users"

METRICS: Final[dict[Entity, tuple[str, ...]]] = {
    "file": FILE,
    "email_campaign": EMAIL,
    "sms_campaign": SMS,
    "social_post": ("published",),
    "user": (*_TOTALS, *_MADE, ACTIVE_USERS),
    "platform": (*_TOTALS, ACTIVE_USERS),
}
