"""An owner with figures, as the refresh leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest

from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform

START = datetime(2026, 10, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Figures:
    """A platform with files and their statistics."""

    platform: Platform

    def ask(self, user: str | None, path: str, **query: Any) -> lambdas.Answer:
        """GET a path below /analytics."""
        return ask(self.platform, user, "GET", f"/analytics/{path}", **query)

    def file(self, user: str = "brand", number: int = 0, views: int | None = None, **columns: Any) -> UUID:
        """A live file, the `number`th hour after START; with `views`, it has statistics."""
        file_id = uuid4()
        values = {
            "file_id": file_id,
            "file_name": f"{number:03}.png",
            "file_type": "image",
            "file_size": 1,
            "file_path": f"files/{file_id}",
            "created_by_user_id": self.platform.users[user],
            "created_at": START + timedelta(hours=number),
            **columns,
        }
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.platform.query(f"insert into files ({names}) values ({places}) returning 1", *values.values())
        if views is not None:
            self.platform.query(
                "insert into ddp.file_stats (file_id, owner_user_id, view_count, download_count)"
                " values (%s, %s, %s, %s) returning 1",
                file_id, self.platform.users[user], views, views // 2,
            )  # fmt: skip
        return file_id

    def share(self, file_id: UUID, user: str = "brand", to: str = "retailer") -> None:
        """Share it for a day."""
        self.platform.query(
            "insert into file_shares (file_id, created_by_user_id, shared_with_user_id, expires_at)"
            " values (%s, %s, %s, now() + interval '1 day') returning 1",
            file_id, self.platform.users[user], self.platform.users[to],
        )  # fmt: skip

    def publish(self, file_id: UUID) -> None:
        """Make it a brand asset."""
        self.platform.query(
            "insert into brand_assets (file_id, asset_name, asset_type, created_by_user_id)"
            " select file_id, file_name, 'logo', created_by_user_id from files where file_id = %s returning 1",
            file_id,
        )

    def day(
        self, entity: str, entity_id: object, metric: str, day: str, value: int, user: str | None = "brand"
    ) -> None:
        """A daily figure of an owner's entity."""
        owner = self.platform.users[user] if user else None
        self.platform.query(
            "insert into daily_analytics (entity_type, entity_id, metric_name, date_recorded, metric_value,"
            " owner_user_id) values (%s, %s, %s, %s, %s, %s) returning 1",
            entity, entity_id, metric, day, value, owner,
        )  # fmt: skip

    def pages(self, user: str, path: str, limit: int = 3, **query: Any) -> list[list[dict[str, Any]]]:
        """All pages of a list."""
        found, cursor = [], {}
        while True:
            answer = self.ask(user, path, limit=limit, **cursor, **query)
            assert answer.status == 200, answer
            found.append(answer.body["items"])
            if answer.body["next_cursor"] is None:
                return found
            cursor = {"cursor": answer.body["next_cursor"]}


@pytest.fixture
def figures(platform: Platform) -> Figures:
    return Figures(platform)


@pytest.fixture(scope="session")
def analytics_queues(s3_bucket: None) -> dict[str, str]:
    """The URLs of analytics' queues, by name."""
    sqs = boto3.client("sqs")
    return {
        name: sqs.create_queue(QueueName=f"analytics-{name}")["QueueUrl"] for name in ("export", "refresh")
    }
