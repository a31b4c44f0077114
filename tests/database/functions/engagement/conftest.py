"""Posts with numbers: a brand's accounts, what was measured of their posts, and the queue of readings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests import lambdas
from tests.database.functions.social.posts_world import Posting

NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True)
class Measured:
    """The brand's posts, as workers leave them."""

    posting: Posting

    @property
    def account(self) -> str:
        """The brand's account on Facebook."""
        return self.posting.facebook

    def get(self, path: str, user: str | None = "brand", **query: Any) -> lambdas.Answer:
        return self.posting.ask(user, "GET", path, **query)

    def post(self, account: str | None = None, **columns: Any) -> str:
        """A post, out for a day unless `columns` say otherwise."""
        given = {"status": "published", "published_at": NOW - timedelta(days=1)} | columns
        names, places = ", ".join(given), ", %s" * len(given)
        return self.posting.id(
            f"insert into social_posts (account_id, post_content, external_post_id, {names})"
            f" values (%s, 'Hello', gen_random_uuid(){places}) returning post_id",
            account or self.account, *given.values(),
        )  # fmt: skip

    def count(self, post_id: str, at: datetime, **counts: int) -> None:
        """Numbers of a post that were read at a time."""
        rows = [
            {"post_id": post_id, "engagement_type": kind, "engagement_count": count, "recorded_at": str(at)}
            for kind, count in counts.items()
        ]
        written = self.posting.platform.query(
            "select refusal from ddp.record_measurements(%s)", json.dumps(rows)
        )
        assert {refusal for (refusal,) in written} == {None}

    def refresh(self) -> None:
        self.posting.platform.query("select public.refresh_all_analytics()")


@pytest.fixture(scope="session")
def poll_queue(s3_bucket: None) -> str:
    return boto3.client("sqs").create_queue(QueueName="social-poll")["QueueUrl"]


@pytest.fixture
def measured(posting: Posting, poll_queue: str) -> Measured:
    """A brand with an account on Facebook and one on X."""
    return Measured(posting)
