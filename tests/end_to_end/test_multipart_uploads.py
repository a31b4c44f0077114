"""Multipart uploads over HTTP and S3, and the memory that the verifying function needs for a large one."""

from __future__ import annotations

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.cli.api_client import send
from infra.local.demo.files import MIB

from .uploads import ZIP_HEAD, archive, event

PART = 16 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeArchive:
    """A unique file that begins like a ZIP archive. Its other parts are zeros, so it needs little memory."""

    size: int
    first: bytes
    zeros: bytes

    @classmethod
    def of(cls, size):
        return cls(size=size, first=(ZIP_HEAD + os.urandom(1000)).ljust(PART, b"\0"), zeros=bytes(PART))

    def part(self, number):
        content = self.first if number == 1 else self.zeros
        return memoryview(content)[: min(PART, self.size - (number - 1) * PART)]

    def description(self):
        digest = hashlib.sha256()
        for number in range(1, -(-self.size // PART) + 1):
            digest.update(self.part(number))
        size, sha256 = self.size, digest.hexdigest()
        return {
            "file_name": "Large.zip",
            "content_type": "application/zip",
            "file_size": size,
            "sha256": sha256,
        }


def ask(client, archive):
    answer = client.call("POST", "/uploads", archive.description())
    assert (answer.status, answer.body["method"]) == (201, "multipart")
    return answer.body


def part_requests(client, upload, archive, numbers):
    hashes = {number: hashlib.sha256(archive.part(number)).hexdigest() for number in numbers}
    parts = [{"part_number": number, "sha256": value} for number, value in hashes.items()]
    answer = client.call("POST", f"/uploads/{upload['upload_id']}/parts", {"parts": parts})
    assert answer.status == 200, answer
    return {item["part_number"]: item["request"] for item in answer.body["items"]}


def send_parts(client, upload, archive, numbers):
    requests = part_requests(client, upload, archive, numbers)
    for number, request in requests.items():
        assert send(request, archive.part(number)) == 200
    return requests


def upload_in_parts(client, archive):
    upload = ask(client, archive)
    send_parts(client, upload, archive, range(1, upload["part_count"] + 1))
    assert client.call("POST", f"/uploads/{upload['upload_id']}/complete").status == 200
    return upload


def test_interrupted_resumed_elsewhere_and_completed_twice_at_once(stack, queue, bucket, settled_once):
    large, here = LargeArchive.of(100 * MIB + 1), stack.client("brand")
    upload = ask(here, large)
    path = f"/uploads/{upload['upload_id']}"
    requests = send_parts(here, upload, large, [1, 2, 5])

    there = stack.client("brand")  # has only the upload's id
    listed = there.call("GET", f"{path}/parts").body
    assert [part["part_number"] for part in listed["items"]] == [1, 2, 5]
    assert listed["missing"] == [3, 4, 6, 7]
    refusal = there.call("POST", f"{path}/complete")
    assert (refusal.status, refusal.body["code"]) == (409, "parts-missing")
    assert refusal.body["missing"] == [3, 4, 6, 7]

    queue.post(event(bucket, upload["upload_id"]))  # there is no object yet
    queue.wait_until_empty()
    assert there.call("GET", path).body["status"] == "pending"

    requests |= send_parts(there, upload, large, listed["missing"])
    statuses = {answer.status for answer in at_once(here, there, "POST", f"{path}/complete")}
    assert 200 in statuses
    assert statuses <= {200, 503}  # 503: the other request is completing it
    settled = settled_once(upload["upload_id"])

    for number in (1, 7):
        assert send(requests[number], large.part(number)) == 404
    assert there.call("POST", f"{path}/complete").body["file_id"] == settled["file_id"]
    part = {"part_number": 1, "sha256": "0" * 64}
    assert there.call("POST", f"{path}/parts", {"parts": [part]}).body["code"] == "upload-over"
    assert settled_once(upload["upload_id"]) == settled


def at_once(one, other, method, path):
    """Two clients send the same request at the same time."""
    both = threading.Barrier(2)

    def call(client):
        both.wait()
        return client.call(method, path)

    with ThreadPoolExecutor() as pool:
        return list(pool.map(call, (one, other)))


def test_aborted_nothing_of_it_stays(brand, s3, bucket):
    large = LargeArchive.of(100 * MIB + 1)
    upload = ask(brand, large)
    path, key = f"/uploads/{upload['upload_id']}", f"incoming/{upload['upload_id']}"
    (request,) = send_parts(brand, upload, large, [1]).values()
    assert key in multipart_keys(s3, bucket)
    for _ in range(2):
        answer = brand.call("DELETE", path)
        assert (answer.status, answer.body["status"]) == (200, "aborted")
    assert send(request, large.part(1)) == 404
    assert key not in multipart_keys(s3, bucket)
    for method, action in (("POST", "complete"), ("GET", "parts")):
        refusal = brand.call(method, f"{path}/{action}")
        assert (refusal.status, refusal.body["code"]) == (409, "upload-over")


def multipart_keys(s3, bucket):
    return {found["Key"] for found in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", ())}


def test_a_large_file_takes_no_more_memory_than_a_small_one(brand, queue, s3, bucket, settled_once):
    for process in queue.processes():
        process.kill()  # their peaks belong to other tests
    small, peaks = archive(20 * MIB), []
    for large in (None, LargeArchive.of(300 * MIB)):
        upload = upload_in_parts(brand, large) if large else brand.request_upload(small).body
        assert large or send(upload["request"], small.content) == 200
        file_id = settled_once(upload["upload_id"])["file_id"]
        peaks.append(max(peak_memory(process) for process in queue.processes()))
        for key in (f"files/{file_id}", f"incoming/{upload['upload_id']}"):
            s3.delete_object(Bucket=bucket, Key=key)  # the emulator keeps objects in memory
    assert peaks[1] - peaks[0] < 40 * MIB, peaks


def peak_memory(process):
    """The peak resident memory of a process, in bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
