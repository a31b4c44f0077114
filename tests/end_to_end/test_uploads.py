"""Uploads over HTTP, S3, EventBridge, SQS, Lambda and PostgreSQL."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import time
from pathlib import Path
from uuid import uuid4

import pytest
import urllib3

from infra.cli.api_client import FileToUpload, send
from infra.local.chaos.settling import half_a_minute_passes
from infra.local.demo.files import MIB
from infra.local.processes import wait_until
from infra.local.schedules import reconcile_now

from .uploads import archive, event, outcome, settling_blocked, wait_for_blocked


def put(request, content, **changed):
    """Send a presigned PUT with headers changed or, if None, left out; returns S3's status and error code."""
    headers = {name: value for name, value in {**request["headers"], **changed}.items() if value is not None}
    answer = urllib3.request("PUT", request["url"], body=content, headers=headers, retries=False)
    word = answer.data.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()
    return answer.status, word


def checksum(content):
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


class TestS3Refuses:
    """Only S3 sees the bytes arrive, so what was signed must make S3 refuse any other upload."""

    UNSIGNED = (403, "SignatureDoesNotMatch")

    @pytest.mark.parametrize(
        ("content", "changed", "refusal"),
        [
            (b"x" * 499, {"Content-Length": "499"}, UNSIGNED),
            (b"x" * 501, {"Content-Length": "501"}, UNSIGNED),
            (b"y" * 500, {}, (400, "BadDigest")),
            (b"y" * 500, {"x-amz-checksum-sha256": checksum(b"y" * 500)}, UNSIGNED),
            (b"y" * 500, {"x-amz-checksum-sha256": None}, UNSIGNED),
            (b"x" * 500, {"Content-Type": "text/html"}, UNSIGNED),
            (b"x" * 500, {"If-None-Match": None}, UNSIGNED),
        ],
        ids=["shorter", "longer", "other-bytes", "other-hash", "no-hash", "other-type", "no-condition"],
    )
    def test_what_was_not_announced(self, brand, s3, bucket, content, changed, refusal):
        file = FileToUpload(name="x.txt", content_type="text/plain", content=b"x" * 500)
        upload = brand.request_upload(file).body
        assert put(upload["request"], content, **changed) == refusal
        found = s3.list_objects_v2(Bucket=bucket, Prefix=f"incoming/{upload['upload_id']}")
        assert found["KeyCount"] == 0

    def test_a_second_write_before_and_after_the_file_is_live(
        self, brand, queue, s3, bucket, database, settled_once
    ):
        file = archive()
        upload = brand.request_upload(file).body
        with queue.paused():
            assert put(upload["request"], file.content) == (200, "")
            assert put(upload["request"], file.content) == (412, "PreconditionFailed")
        settled = settled_once(upload["upload_id"])
        before = self.everything(s3, bucket, database, settled)
        assert put(upload["request"], file.content) == (412, "PreconditionFailed")
        queue.wait_until_empty()
        assert self.everything(s3, bucket, database, settled) == before
        assert brand.download(f"/files/{settled['file_id']}/download") == (200, file.content)

    @staticmethod
    def everything(s3, bucket, database, upload):
        """The file's row, and the objects of the file and of the upload."""
        row = database.execute("select * from files where file_id = %s", [upload["file_id"]]).fetchone()
        keys = (f"files/{upload['file_id']}", f"incoming/{upload['upload_id']}")
        objects = [s3.head_object(Bucket=bucket, Key=key) for key in keys]
        return row, [(found["ETag"], found["LastModified"]) for found in objects]


class TestEvents:
    """Events arrive at least once, in any order, and for objects that do not exist."""

    def test_the_same_event_again(self, brand, queue, settled_once):
        file = archive()
        upload = brand.request_upload(file).body
        with queue.paused():
            assert send(upload["request"], file.content) == 200
            wait_until(lambda: queue.messages() == 1, what="S3's event", seconds=5)
            (body,) = queue.waiting_bodies()
        settled_once(upload["upload_id"])
        position = queue.log_size()
        queue.post(body)
        settled_once(upload["upload_id"])
        assert [line["message"] for line in queue.log_since(position)] == ["already settled"]

    def test_the_same_event_ten_times_at_once(self, stack, brand, queue, database, settled_once):
        file = archive()
        upload = brand.request_upload(file).body
        with settling_blocked(stack, upload["upload_id"]):
            with queue.paused():
                assert send(upload["request"], file.content) == 200
                wait_until(lambda: queue.messages() == 1, what="S3's event", seconds=5)
                queue.post(*queue.waiting_bodies() * 9)
            wait_for_blocked(stack, 1)  # the lease's owner; the others end at once
        settled_once(upload["upload_id"])

    def test_an_event_of_another_version_before_the_own_one(self, brand, queue, bucket, settled_once):
        file = archive()
        upload = brand.request_upload(file).body
        position = queue.log_size()
        with queue.paused():
            queue.post(event(bucket, upload["upload_id"]))
            assert send(upload["request"], file.content) == 200
        settled_once(upload["upload_id"])
        assert {line.get("s3") for line in queue.log_since(position)} == {"PreconditionFailed", None}

    def test_an_object_that_is_gone(self, brand, queue, s3, bucket, database):
        file, position, dead = archive(), queue.log_size(), queue.dead_letters()
        upload = brand.request_upload(file).body
        with queue.paused():
            assert send(upload["request"], file.content) == 200
            s3.delete_object(Bucket=bucket, Key=f"incoming/{upload['upload_id']}")
            wait_until(lambda: queue.messages() == 1, what="S3's event", seconds=5)
        queue.wait_until_empty()
        counts = outcome(database, upload["upload_id"])
        assert counts == {"state": "pending", "files": 0, "actions": 0}
        assert [(line["level"], line["s3"]) for line in queue.log_since(position)] == [
            ("WARNING", "NoSuchKey")
        ]
        assert queue.dead_letters() == dead

    def test_events_that_are_nobodys(self, queue, bucket):
        position, dead = queue.log_size(), queue.dead_letters()
        nobodys = ["no JSON", "[]", "{}", event("elsewhere", uuid4()), event(bucket, "../x"), "\N{WATCH} {"]
        queue.post(*nobodys, event(bucket, uuid4()))
        queue.wait_until_empty()
        messages = sorted((line["level"], line["message"]) for line in queue.log_since(position))
        dropped = ("WARNING", "dropped an event that is not about an upload")
        assert messages == [*[dropped] * len(nobodys), ("WARNING", "no such upload")]
        assert queue.dead_letters() == dead


class TestKilledWorker:
    """A worker is killed at the worst moments; another takes its place, and the upload settles once."""

    def test_while_it_verifies(self, brand, queue, database, settled_once):
        file = archive(96 * MIB)
        upload = brand.request_upload(file).body
        with queue.messages_come_again_after(2):
            with queue.paused():
                assert send(upload["request"], file.content) == 200
            queue.kill(self.verifying(queue))
            counts = outcome(database, upload["upload_id"])
            assert counts == {"state": "pending", "files": 0, "actions": 0}
            half_a_minute_passes(database)
            reconcile_now(queue.sqs)
            settled_once(upload["upload_id"])

    def test_between_the_copy_and_the_settling(self, stack, brand, queue, database, s3, bucket, settled_once):
        file = archive()
        upload = brand.request_upload(file).body
        query = "select file_id from uploads where upload_id = %s"
        file_id = database.execute(query, [upload["upload_id"]]).fetchone()["file_id"]
        for process in queue.processes():
            process.kill()  # so that every process left is one that settles
        with queue.messages_come_again_after(2):
            with settling_blocked(stack, upload["upload_id"]):
                assert send(upload["request"], file.content) == 200
                wait_for_blocked(stack, 1)
                workers = queue.processes()
                assert workers
                for worker in workers:  # two, if a slow machine needed more than the two seconds
                    queue.kill(worker)
                copied = s3.get_object(Bucket=bucket, Key=f"files/{file_id}")["Body"].read()
                assert copied == file.content
            half_a_minute_passes(database)
            reconcile_now(queue.sqs)
            settled = settled_once(upload["upload_id"])
        assert settled["file_id"] == str(file_id)
        assert brand.download(f"/files/{file_id}/download") == (200, file.content)

    @staticmethod
    def verifying(queue):
        """A process that is verifying: it has its temporary file open."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for process in queue.processes():
                with contextlib.suppress(OSError):
                    files = Path(f"/proc/{process.pid}/fd").iterdir()
                    if any("(deleted)" in str(file.readlink()) for file in files):
                        return process
        raise AssertionError("nobody verified")
