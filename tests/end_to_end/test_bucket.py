"""The bucket against the tables through the deployed parts: queue, function, database, the emulator's S3."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import psycopg
from botocore.exceptions import ClientError
from psycopg.rows import DictRow

from infra.cli.api_client import Client, send
from infra.local.chaos.victims import kill_function
from infra.local.processes import wait_until

from .conftest import RunningStack
from .queue_worker import QueueWorker
from .uploads import archive

FUNCTION = "ddp-local-maintenance-reconcile"
HANDLER = "functions.maintenance.reconcile.handler"
# Begins a run at once, in which orphans of other tests do not matter.
BEGIN = json.dumps({"type": "Reconcile", "orphans_allowed": 1000})


def test_what_was_lost_comes_back_and_what_nobody_has_goes(
    stack: RunningStack, brand: Client, database: psycopg.Connection[DictRow], s3: Any, bucket: str
) -> None:
    """Twice: in the second run, workers are killed until it is over."""
    reconcile = QueueWorker.of(stack, FUNCTION, HANDLER)
    kept, young = _file(brand), f"files/{uuid4()}"
    s3.put_object(Bucket=bucket, Key=young, Body=b"its row is about to be written")
    for kills in (0, 3):
        orphan = _orphan(database, s3, bucket)
        s3.delete_object(Bucket=bucket, Key=kept)
        runs = _runs(database)
        reconcile.post(BEGIN)
        for _ in range(kills):
            wait_until(lambda: _runs(database) > runs, what="a run", seconds=30)  # noqa: B023
            kill_function(stack.directory, HANDLER)
            database.execute("update ddp.bucket_runs set leased_until = null where ended_at is null")
            reconcile.post(BEGIN)
        wait_until(lambda: _runs(database, "outcome = 'complete'") > runs, what="its end", seconds=60)  # noqa: B023
        assert _has(s3, bucket, kept)
        assert not _has(s3, bucket, orphan)
        assert _has(s3, bucket, young)


def _file(brand: Client) -> str:
    """Upload a file. Returns its object's key."""
    file = archive()
    requested = brand.request_upload(file).body
    assert send(requested["request"], file.content) == 200
    return f"files/{brand.wait_for_upload(requested['upload_id'])['file_id']}"


def _orphan(database: psycopg.Connection[DictRow], s3: Any, bucket: str) -> str:
    """An object without a row that was found a week ago, and that the next run sees again."""
    key = f"files/{uuid4()}"
    s3.put_object(Bucket=bucket, Key=key, Body=b"nobody's")
    database.execute(
        "insert into ddp.bucket_findings (kind, object_key, first_seen_at, last_seen_at)"
        " values ('orphan', %s, now() - interval '8 days', now() + interval '1 hour')",
        [key],
    )
    return key


def _runs(database: psycopg.Connection[DictRow], condition: str = "true") -> int:
    query = f"select count(*) as n from ddp.bucket_runs where not is_dry and {condition}"
    return int((database.execute(query.encode()).fetchone() or {})["n"])


def _has(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        return False
    return True
