"""Measurements of posts, and what statistics make of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.database.social.world import World

STATS = """
    select like_count, reaction_count, comment_count, share_count, save_count, click_count, view_count, reach_count,
        follow_count, watch_seconds, other_count
    from ddp.social_post_stats where post_id = %s
"""
DERIVED = ("ddp.social_post_stats", "ddp.social_post_days", "ddp.social_account_days", "ddp.campaign_stats")


@dataclass(slots=True)
class Numbers:
    """What was measured in a world."""

    world: World

    def published(self, account_id: UUID, ago: timedelta = timedelta(hours=1), **columns: Any) -> UUID:
        """A post that has been out for a while."""
        post_id = self.world.post(account_id, status="published", **columns)
        self.world.owner.execute(
            "update social_posts set published_at = now() - %s,"
            " external_post_id = coalesce(external_post_id, post_id::text) where post_id = %s",
            [ago, post_id],
        )
        return post_id

    def record(self, *measurements: dict[str, Any], changes_only: bool = False) -> list[dict[str, Any]]:
        """As workers record them. Returns what was said of each."""
        with self.world.working() as cursor:
            return cursor.execute(
                "select * from ddp.record_measurements(%s, %s)",
                [json.dumps(measurements, default=str), changes_only],
            ).fetchall()

    def refresh(self) -> None:
        self.world.owner.execute("select ddp.refresh_analytics()")

    def stats(self, post_id: UUID) -> dict[str, int]:
        """What is not 0."""
        rows = self.world.query(STATS, post_id)
        return (
            {name.removesuffix("_count"): count for name, count in rows[0].items() if count} if rows else {}
        )

    def days(self, account_id: UUID) -> dict[tuple[str, str], int]:
        rows = self.world.query(
            "select day::text, engagement_type, gained from ddp.social_account_days"
            " where account_id = %s and gained <> 0",
            account_id,
        )
        return {(row["day"], row["engagement_type"]): row["gained"] for row in rows}

    def derived(self) -> dict[str, list[dict[str, Any]]]:
        """All that is derived from measurements, in an order."""
        return {
            table: [
                row
                for row in self.world.query(f"select t.* from {table} t order by t::text")
                if row.get("gained", 1)  # a sum that came back to nothing is as good as none
            ]
            for table in DERIVED
        }


def measurement(post_id: UUID, kind: str, count: object, at: datetime, **more: Any) -> dict[str, Any]:
    return {"post_id": post_id, "engagement_type": kind, "engagement_count": count, "recorded_at": at, **more}
