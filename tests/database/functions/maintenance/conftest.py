"""A database of its own: cleanups and erasures go over everybody's rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import boto3
import pytest

from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform
from tests.database.servers import Database, DatabaseServer

QUEUE = lambdas.os.environ["DDP_MAINTENANCE_CLEANUP_QUEUE_URL"]


@pytest.fixture(scope="module")
def functions_database(server: DatabaseServer, template: Database) -> Iterator[Database]:
    database = server.create(template=template.name)
    yield database
    server.drop(database)


@dataclass(slots=True)
class Maintenance:
    """The worker and the routes of maintenance."""

    platform: Platform

    def run(self, command: str = "CleanUp") -> list[str]:
        """Deliver one message. Returns the ids of the messages that failed."""
        from functions.maintenance import cleanup

        self.platform.login("ddp_worker")
        event = lambdas.with_message(lambdas.sample("maintenance/clean_up"), {"type": command})
        answer = cleanup.handler(event, lambdas.Context())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def drain(self) -> int:
        """Deliver what the queue holds, and one message more, until the queue is empty. Returns the number of runs."""
        for runs in range(1, 100):
            assert self.run() == []
            if not self.told():
                return runs
        raise AssertionError("the cleanup does not come to an end")

    def told(self) -> list[dict[str, Any]]:
        """The messages that the queue got since the last call."""
        client, found = boto3.client("sqs"), []
        while got := client.receive_message(QueueUrl=QUEUE, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(message["Body"]) for message in got]
            for message in got:
                client.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
        return found

    def ask(
        self, user: str | None, method: str, path: str, body: object = None, **rest: Any
    ) -> lambdas.Answer:
        """Call the HTTP function."""
        return ask(self.platform, user, method, path, body, **rest)

    def report(self) -> dict[str, Any]:
        """The latest report."""
        return self.ask("admin", "GET", "/cleanups").body["items"][0]

    def file(self, *, deleted: str | None = None, **columns: object) -> UUID:
        """A live file of the brand with its objects, or one that was deleted so long ago."""
        file_id: UUID = self.platform.query(
            "insert into files (file_name, file_type, file_size, file_path, created_by_user_id, thumbnail_widths,"
            " deleted_at) values ('f', 'image', 1, gen_random_uuid(), %s, '{320}', now() - %s::interval)"
            " returning file_id",
            self.platform.users["brand"],
            deleted,
        )[0][0]
        for key in (f"files/{file_id}", f"thumbnails/{file_id}/320.webp"):
            boto3.client("s3").put_object(Bucket=lambdas.BUCKET, Key=key, Body=b"x")
        return file_id


@pytest.fixture
def maintenance(platform: Platform, message_secret: None) -> Maintenance:
    boto3.client("sqs").create_queue(QueueName="maintenance-cleanup")
    maintenance = Maintenance(platform)
    maintenance.told()
    return maintenance


def keys() -> set[str]:
    """The keys of all objects."""
    listing = boto3.client("s3").list_objects_v2(Bucket=lambdas.BUCKET)
    return {entry["Key"] for entry in listing.get("Contents", [])}
