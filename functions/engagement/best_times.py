"""When posts of an account did best: from its own posts, or customary hours while there are too few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from functions.engagement import models

# With fewer posts, chance decides which hour is the best.
ENOUGH = 20
SLOTS = 7
# Weekday and hour: mornings and evenings of working days, as most guides name them.
_CUSTOMARY = ((2, 9), (3, 9), (4, 9), (2, 18), (3, 18), (4, 18), (5, 9))


def shown(account_id: UUID, time_zone: str, rows: Sequence[dict[str, Any]]) -> models.BestTimes:
    """The answer. `rows`: hours of the week, the best first, as ddp.queries.engagement.figures.best_times has them."""
    posts, unread = rows[0]["all_posts"], rows[0]["unread_posts"]
    known = [row for row in rows if row["relative"] is not None]
    is_default = posts < ENOUGH or not known
    items = [models.BestTime(**{name: row[name] for name in models.BestTime.model_fields}) for row in known]
    if is_default:
        items = [
            models.BestTime(weekday=weekday, hour=hour, relative=None, posts=0)
            for weekday, hour in _CUSTOMARY
        ]
    return models.BestTimes(
        account_id=account_id,
        time_zone=time_zone,
        posts=posts,
        unread_posts=unread,
        is_default=is_default,
        note=_note(posts, unread) if is_default else None,
        hours=items,
        slots=[models.Slot(weekday=item.weekday, local_time=f"{item.hour:02d}:00") for item in items[:SLOTS]],
    )


def _note(posts: int, unread: int) -> str:
    if posts < ENOUGH:
        return (
            f"This account has {posts} posts of the last year whose numbers were read a day after publication, and"
            f" {unread} whose numbers were not; with {ENOUGH} or more of the first, its own best hours are shown. Until"
            " then these are customary hours."
        )
    return "Nothing came back from this account's posts yet: these are customary hours."
