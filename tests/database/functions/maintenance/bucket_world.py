"""A bucket and a database of their own for the comparison of the two: objects of any age, rows, messages, days."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import boto3
from moto.s3.models import s3_backends

from tests import lambdas
from tests.database.platform import Platform

BODY = b"content"
OLD = 30.0


@dataclass(slots=True)
class World:
    """The bucket `name`, and files of the brand in the tables."""

    platform: Platform
    name: str = field(default_factory=lambda: f"ddp-test-{uuid4()}")

    def __post_init__(self) -> None:
        region = {"LocationConstraint": lambdas.REGION}
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration=region)
        self.s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})
        boto3.client("sqs").create_queue(QueueName="maintenance-reconcile")
        for table in ("file_actions", "uploads", "files", "ddp.bucket_runs", "ddp.bucket_findings"):
            self.platform.query(f"with gone as (delete from {table}) select 1")

    @property
    def s3(self) -> Any:
        """A client of S3 for the test."""
        return boto3.client("s3")

    def put(self, key: str, body: bytes = BODY, *, days: float = OLD, **options: str) -> str:
        """An object that was written so many days ago."""
        self.s3.put_object(Bucket=self.name, Key=key, Body=body, **options)
        found = s3_backends["123456789012"]["aws"].buckets[self.name].keys[key]
        found.last_modified = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
        return key

    def delete(self, key: str) -> None:
        """Delete an object; its version stays."""
        self.s3.delete_object(Bucket=self.name, Key=key)

    def objects(self) -> set[str]:
        """All objects."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {entry["Key"] for page in pages for entry in page.get("Contents", ())}

    def row(self, body: bytes = BODY, *, widths: Iterable[int] = (), file_id: UUID | None = None) -> UUID:
        """A file's row, without objects."""
        file_id = file_id or uuid4()
        self.platform.query(
            "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id,"
            " content_sha256, thumbnail_widths, deleted_at)"
            " values (%s, 'x.pdf', 'document', %s, 'x', %s, %s, %s, now()) returning 1",
            file_id,
            len(body),
            self.platform.users["brand"],
            hashlib.sha256(body).digest(),
            list(widths),
        )
        return file_id

    def file(self, body: bytes = BODY) -> str:
        """A file with its object. Returns the object's key."""
        return self.put(f"files/{self.row(body)}", body)

    def reconcile(self, **message: object) -> dict[str, Any]:
        """Deliver a message. Returns the report of the newest run."""
        from functions.maintenance import reconcile

        self.platform.login("ddp_worker")
        body = {"type": "Reconcile"} | message
        event = lambdas.with_message(lambdas.sample("maintenance/reconcile"), body)
        assert reconcile.handler(event, lambdas.Context()) == {"batchItemFailures": []}
        return self.report()

    def report(self) -> dict[str, Any]:
        """The report of the newest run."""
        newest = "select to_jsonb(r) from ddp.bucket_runs r order by began_at desc, ended_at desc limit 1"
        return self.platform.query(newest)[0][0]

    def told(self) -> int:
        """How many messages the functions sent to their own queue since the last call."""
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName="maintenance-reconcile")["QueueUrl"]
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(found)

    def days_pass(self, days: float) -> None:
        """So many days pass for runs and findings."""
        for table, columns in {
            "bucket_runs": ("began_at", "ended_at", "leased_until"),
            "bucket_findings": ("first_seen_at", "last_seen_at"),
        }.items():
            changes = ", ".join(
                f"{column} = {column} - make_interval(secs => {days * 86_400})" for column in columns
            )
            self.platform.query(f"with aged as (update ddp.{table} set {changes}) select 1")
