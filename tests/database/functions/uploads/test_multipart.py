"""Multipart uploads: requested, interrupted, resumed, completed once, aborted."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest
import requests
from botocore.exceptions import ClientError

from tests import lambdas
from tests.database.platform import bucket, send
from tests.unit.functions.uploads.samples import iso_media

MIB = 1024 * 1024
PART = 5 * MIB
BODY = iso_media(b"isom").ljust(2 * PART + 1000, b"\x00")
PARTS = {1: BODY[:PART], 2: BODY[PART : 2 * PART], 3: BODY[2 * PART :]}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Use the smallest parts that S3 accepts, so that a test need not transfer 100 MiB."""
    from functions.uploads.routes import uploads as upload_routes

    monkeypatch.setattr(upload_routes, "SINGLE_LIMIT", PART)
    monkeypatch.setattr(upload_routes, "PART_SIZE", PART)


@pytest.fixture
def upload(platform):
    return platform.request("brand", BODY, content_type="video/mp4", file_name="film.mp4").body


def ask(platform, upload, *numbers: int, user: str = "brand") -> lambdas.Answer:
    parts = [{"part_number": n, "sha256": hashlib.sha256(PARTS.get(n, b"")).hexdigest()} for n in numbers]
    return platform.call(user, "POST", f"/uploads/{upload['upload_id']}/parts", {"parts": parts})


def put(platform, upload, *numbers: int) -> None:
    for item in ask(platform, upload, *numbers).body["items"]:
        assert item["size"] == len(PARTS[item["part_number"]])
        assert send(item["request"], PARTS[item["part_number"]]).status_code == 200


def complete(platform, upload) -> lambdas.Answer:
    return platform.call("brand", "POST", f"/uploads/{upload['upload_id']}/complete")


def open_at_s3() -> set[str]:
    listing = bucket().list_multipart_uploads(Bucket=lambdas.BUCKET)
    return {item["Key"] for item in listing.get("Uploads", [])}


def test_the_border_between_one_request_and_parts(platform, monkeypatch):
    monkeypatch.undo()
    for size, method in ((100 * MIB, "single"), (100 * MIB + 1, "multipart"), (5 * 1024 * MIB, "multipart")):
        upload = platform.request("brand", file_size=size, content_type="video/mp4").body
        assert upload["method"] == method
    assert (upload["part_size"], upload["part_count"]) == (16 * MIB, 320)
    assert upload["request"] is None


def test_a_file_in_parts_becomes_live(platform, upload):
    assert (upload["method"], upload["part_size"], upload["part_count"]) == ("multipart", PART, 3)
    put(platform, upload, 1, 2, 3)

    assert complete(platform, upload).body["status"] == "pending"
    assert platform.deliver(platform.arrived(upload)) == []

    seen = complete(platform, upload).body
    assert seen["status"] == "live"
    url = platform.call("brand", "GET", f"/files/{seen['file_id']}/download").body["url"]
    assert hashlib.sha256(requests.get(url, timeout=5).content).digest() == hashlib.sha256(BODY).digest()


def test_every_part_signs_its_length_and_hash(platform, upload):
    items = ask(platform, upload, 1, 3).body["items"]
    assert [item["size"] for item in items] == [PART, 1000]
    for item in items:
        assert set(item["request"]["headers"]) == {"Content-Length", "x-amz-checksum-sha256"}
        assert "X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256" in item["request"]["url"]


def test_nothing_is_started_at_s3_before_the_first_part(platform, upload):
    key = f"incoming/{upload['upload_id']}"
    listed = platform.call("brand", "GET", f"/uploads/{upload['upload_id']}/parts").body
    assert listed == {"items": [], "missing": [1, 2, 3]}
    assert key not in open_at_s3()
    ask(platform, upload, 1)
    ask(platform, upload, 2)
    assert [item["Key"] for item in bucket().list_multipart_uploads(Bucket=lambdas.BUCKET)["Uploads"]].count(
        key
    ) == 1


def test_an_interrupted_upload_is_resumed(platform, upload):
    put(platform, upload, 2)
    listed = platform.call("brand", "GET", f"/uploads/{upload['upload_id']}/parts").body
    assert listed == {"items": [{"part_number": 2, "size": PART}], "missing": [1, 3]}

    early = complete(platform, upload)
    assert (early.status, early.code, early.body["missing"]) == (409, "parts-missing", [1, 3])

    put(platform, upload, 1, 3)
    assert complete(platform, upload).status == 200


def test_completing_twice_is_harmless(platform, upload):
    put(platform, upload, 1, 2, 3)
    assert complete(platform, upload).status == 200
    again = complete(platform, upload)
    assert (again.status, again.body["status"]) == (200, "pending")
    listed = platform.call("brand", "GET", f"/uploads/{upload['upload_id']}/parts")
    assert (listed.status, listed.code) == (409, "upload-complete")


@pytest.mark.parametrize(
    ("code", "status"),
    [("PreconditionFailed", 200), ("NoSuchUpload", 200), ("ConditionalRequestConflict", 503)],
)
def test_another_request_that_completes_at_the_same_time_is_no_error(
    platform, upload, monkeypatch, code, status
):
    from ddp.providers import s3

    put(platform, upload, 1, 2, 3)

    def refuse(*_):
        raise ClientError({"Error": {"Code": code}}, "CompleteMultipartUpload")

    monkeypatch.setattr(s3, "complete_multipart", refuse)
    assert complete(platform, upload).status == status


def test_the_event_may_come_before_completing_was_answered(platform, upload):
    put(platform, upload, 1, 2, 3)
    key = f"incoming/{upload['upload_id']}"
    (multipart,) = (
        item
        for item in bucket().list_multipart_uploads(Bucket=lambdas.BUCKET)["Uploads"]
        if item["Key"] == key
    )
    parts = bucket().list_parts(Bucket=lambdas.BUCKET, Key=key, UploadId=multipart["UploadId"])["Parts"]
    bucket().complete_multipart_upload(
        Bucket=lambdas.BUCKET,
        Key=key,
        UploadId=multipart["UploadId"],
        MultipartUpload={
            "Parts": [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
        },
    )
    assert platform.deliver(platform.arrived(upload)) == []
    assert complete(platform, upload).body["status"] == "live"


def test_of_two_requests_that_start_it_at_s3_one_wins(platform, upload, monkeypatch):
    from ddp.providers import s3

    start = s3.start_multipart
    started = []

    def start_while_another_does(key, content_type):
        if not started:
            started.append(None)
            started[0] = ask(platform, upload, 1).body["items"][0]["request"]["url"]
        return start(key, content_type)

    monkeypatch.setattr(s3, "start_multipart", start_while_another_does)
    url = ask(platform, upload, 2).body["items"][0]["request"]["url"]
    assert upload_id_of(url) == upload_id_of(started[0])
    key = f"incoming/{upload['upload_id']}"
    assert [item["Key"] for item in bucket().list_multipart_uploads(Bucket=lambdas.BUCKET)["Uploads"]].count(
        key
    ) == 1


def test_an_abort_clears_the_parts(platform, upload):
    put(platform, upload, 1)
    key = f"incoming/{upload['upload_id']}"
    assert key in open_at_s3()
    for _ in range(2):
        aborted = platform.call("brand", "DELETE", f"/uploads/{upload['upload_id']}")
        assert (aborted.status, aborted.body["status"]) == (200, "aborted")
    assert key not in open_at_s3()
    for answer in (ask(platform, upload, 1), complete(platform, upload)):
        assert (answer.status, answer.code, answer.body["upload_status"]) == (409, "upload-over", "aborted")


def test_an_abort_in_the_middle_of_starting_leaves_nothing_at_s3(platform, upload, monkeypatch):
    from ddp.providers import s3

    start = s3.start_multipart

    def start_while_it_is_aborted(key, content_type):
        platform.call("brand", "DELETE", f"/uploads/{upload['upload_id']}")
        return start(key, content_type)

    monkeypatch.setattr(s3, "start_multipart", start_while_it_is_aborted)
    answer = ask(platform, upload, 1)
    assert (answer.status, answer.code) == (409, "upload-over")
    assert f"incoming/{upload['upload_id']}" not in open_at_s3()


@pytest.mark.parametrize("numbers", [(4,), (1, 4), (10_001,)])
def test_a_part_that_there_is_not_is_named(platform, upload, numbers):
    answer = ask(platform, upload, *numbers)
    assert (answer.status, answer.code) == (422, "no-such-part")
    assert answer.body["part_numbers"] == [number for number in numbers if number > 3]


@pytest.mark.parametrize(
    "parts", [[], [{"part_number": 0, "sha256": "ab" * 32}], [{"part_number": 1, "sha256": "x"}]]
)
def test_a_list_of_parts_of_the_wrong_form_is_refused(platform, upload, parts):
    answer = platform.call("brand", "POST", f"/uploads/{upload['upload_id']}/parts", {"parts": parts})
    assert answer.status == 422


def test_parts_after_the_end_are_refused(platform, upload):
    platform.query(
        "update uploads set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'"
        " where upload_id = %s returning 1",
        upload["upload_id"],
    )
    answer = ask(platform, upload, 1)
    assert (answer.status, answer.code, answer.body["upload_status"]) == (409, "upload-over", "expired")


def test_an_upload_in_one_request_has_no_parts(platform):
    upload = platform.request("brand").body
    for answer in (ask(platform, upload, 1), complete(platform, upload)):
        assert (answer.status, answer.code) == (409, "not-multipart")


def test_nobody_elses_upload_is_there(platform, upload):
    unknown = {"upload_id": str(uuid4())}
    for user, which in (("rival", upload), ("retailer", upload), ("brand", unknown)):
        path = f"/uploads/{which['upload_id']}"
        for answer in (
            platform.call(user, "GET", path),
            platform.call(user, "DELETE", path),
            platform.call(user, "GET", f"{path}/parts"),
            platform.call(user, "POST", f"{path}/complete"),
            ask(platform, which, 1, user=user),
        ):
            assert (answer.status, answer.code) == (404, "not-found")


def upload_id_of(url: str) -> str:
    return url.split("uploadId=")[1].split("&")[0]
