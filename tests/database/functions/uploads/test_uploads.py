"""Uploads from the request to the live file, including everything that can go wrong."""

from __future__ import annotations

import hashlib
import json
import threading
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests import lambdas
from tests.database.platform import PDF, bucket, send
from tests.unit.functions.uploads.samples import HTML, SVG, picture

MIB = 1024 * 1024


def test_uploads_are_listed_by_status(platform):
    first, second, _ = (
        platform.request("brand", file_name=name).body for name in ("a.pdf", "b.pdf", "c.pdf")
    )
    platform.call("brand", "DELETE", f"/uploads/{first['upload_id']}")
    platform.query(
        "update uploads set expires_at = created_at + interval '1 ms' where upload_id = %s returning 1",
        second["upload_id"],
    )

    def listed(user, **query):
        return [item["file_name"] for item in platform.call(user, "GET", "/uploads", **query).body["items"]]

    assert listed("brand", limit=3) == ["c.pdf", "b.pdf", "a.pdf"]
    assert listed("brand", status="aborted", limit=1) == ["a.pdf"]
    assert listed("brand", status="expired", limit=1) == ["b.pdf"]
    assert listed("brand", status="pending", limit=1) == ["c.pdf"]
    assert {"a.pdf", "b.pdf", "c.pdf"}.isdisjoint(listed("rival", limit=100))
    page = platform.call("brand", "GET", "/uploads", limit=2).body
    following = platform.call("brand", "GET", "/uploads", limit=1, cursor=page["next_cursor"]).body
    assert following["items"][0]["file_name"] == "a.pdf"


def test_an_upload_becomes_a_file(platform):
    asked = platform.request("brand")
    assert asked.status == 201
    upload = asked.body
    assert (upload["status"], upload["method"], upload["file_id"]) == ("pending", "single", None)
    assert send(upload["request"], PDF).status_code == 200

    assert platform.deliver(platform.arrived(upload)) == []

    seen = platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body
    assert (seen["status"], seen["rejection"]) == ("live", None)
    file = platform.call("brand", "GET", f"/files/{seen['file_id']}").body
    assert (file["file_name"], file["file_type"], file["file_size"]) == ("Price list.pdf", "pdf", len(PDF))
    assert file["sha256"] == hashlib.sha256(PDF).hexdigest()
    stored = bucket().get_object(Bucket=lambdas.BUCKET, Key=f"files/{seen['file_id']}")
    assert stored["Body"].read() == PDF
    assert (stored["ContentType"], stored["ContentDisposition"]) == ("application/pdf", "attachment")
    assert actions(platform, seen["file_id"]) == [(platform.users["brand"], "UPLOAD")]


def test_an_image_gets_dimensions_and_previews(platform):
    body = picture("PNG", (1500, 1000))
    file_id = platform.file("brand", body, file_name="a.png", content_type="image/png")
    file = platform.call("brand", "GET", f"/files/{file_id}").body
    assert (file["file_type"], file["image_width"], file["image_height"]) == ("image", 1500, 1000)
    assert [thumbnail["width"] for thumbnail in file["thumbnails"]] == [256, 1024]
    preview = bucket().get_object(Bucket=lambdas.BUCKET, Key=f"thumbnails/{file_id}/256.webp")
    assert preview["ContentType"] == "image/webp"
    assert f"/thumbnails/{file_id}/256.webp?" in file["thumbnails"][0]["url"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"file_size": 0}, "empty-file"),
        ({"file_size": -1}, "empty-file"),
        ({"file_size": 5 * 1024 * MIB + 1, "content_type": "video/mp4"}, "file-too-large"),
        ({"file_size": 101 * MIB, "content_type": "image/png"}, "file-too-large"),
        ({"file_size": 2**70}, "file-too-large"),
        ({"file_size": "many"}, "invalid-request"),
        ({"file_size": 1.5}, "invalid-request"),
        ({"file_name": ""}, "invalid-file-name"),
        ({"file_name": "../a.pdf"}, "invalid-file-name"),
        ({"file_name": "a\u0000.pdf"}, "invalid-file-name"),
        ({"file_name": "fdp.\u202eexe"}, "invalid-file-name"),
        ({"file_name": "\ud800.pdf"}, "invalid-file-name"),
        ({"file_name": "a" * 501}, "invalid-file-name"),
        ({"content_type": "text/html"}, "unsupported-content-type"),
        ({"content_type": "application/pdf\r\nx: y"}, "unsupported-content-type"),
        ({"sha256": "abc"}, "invalid-sha256"),
        ({"sha256": None}, "invalid-request"),
        ({"state": "live"}, "invalid-request"),
    ],
    ids=str,
)
def test_what_is_refused_at_the_door_leaves_nothing_behind(platform, changes, code):
    answer = platform.request("brand", **changes)
    assert (answer.status, answer.code) == (422, code)
    assert answer.body["detail"]
    assert platform.count("uploads") == 0


def test_the_request_signs_length_type_hash_and_that_nothing_is_there_yet(platform):
    request = platform.request("brand").body["request"]
    assert set(request["headers"]) == {
        "Content-Length",
        "Content-Type",
        "x-amz-checksum-sha256",
        "If-None-Match",
    }
    signed = "content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256"
    assert f"X-Amz-SignedHeaders={signed}" in request["url"]


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("image/png", SVG, "content-mismatch"),
        ("image/jpeg", HTML, "content-mismatch"),
        ("image/png", picture("PNG", (300, 200))[:-200], "damaged-image"),
        ("application/pdf", HTML, "content-mismatch"),
        ("text/plain", HTML, "content-mismatch"),
    ],
)
def test_content_that_is_not_what_was_claimed_is_rejected_with_a_reason(platform, content_type, body, code):
    upload = platform.upload("brand", body, content_type=content_type)
    assert (upload["status"], upload["file_id"]) == ("rejected", None)
    assert upload["rejection"]["code"] == code
    assert upload["rejection"]["reason"]
    assert platform.count("files") == 0
    assert objects_of(platform, upload) == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [(PDF + b"x", "size-mismatch"), (PDF[:-1], "size-mismatch"), (PDF[:-1] + b"x", "hash-mismatch")],
)
def test_bytes_other_than_announced_are_rejected(platform, sent, code):
    """S3 itself refuses them, but moto does not: this tests the worker's own check."""
    upload = platform.request("brand").body
    assert platform.deliver(platform.arrive(upload, sent)) == []
    seen = platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body
    assert (seen["status"], seen["rejection"]["code"]) == ("rejected", code)


def test_an_svg_is_a_document_without_previews(platform):
    file_id = platform.file("brand", SVG, content_type="image/svg+xml", file_name="logo.svg")
    file = platform.call("brand", "GET", f"/files/{file_id}").body
    assert (file["file_type"], file["thumbnails"]) == ("document", [])


def test_the_same_event_again_changes_nothing_and_reads_nothing(platform, monkeypatch):
    from ddp.providers import s3

    upload = platform.request("brand").body
    event = platform.arrive(upload)
    assert platform.deliver(event) == []
    row = "select * from uploads where upload_id = %s"
    before = platform.query(row, upload["upload_id"])
    monkeypatch.setattr(s3, "read", None)
    assert platform.deliver(event) == []
    assert platform.query(row, upload["upload_id"]) == before
    assert platform.count("files") == 1
    assert platform.count("file_actions", column="user_id") == 1


def test_the_event_of_an_object_that_is_gone_is_done_and_the_upload_expires(platform):
    upload = platform.request("brand").body
    event = platform.arrive(upload)
    bucket().delete_object(Bucket=lambdas.BUCKET, Key=f"incoming/{upload['upload_id']}")
    assert platform.deliver(event) == []
    platform.query(
        "update uploads set created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'"
        " where upload_id = %s returning 1",
        upload["upload_id"],
    )
    assert platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body["status"] == "expired"


def test_the_event_of_another_object_under_the_same_key_is_done(platform):
    upload = platform.request("brand").body
    platform.arrive(upload)
    event = lambdas.object_created(f"incoming/{upload['upload_id']}", "0" * 32)
    assert platform.deliver(event) == []
    assert platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body["status"] == "pending"


def test_the_event_of_an_upload_that_never_was_is_done(platform):
    assert platform.deliver(lambdas.object_created(f"incoming/{uuid4()}", "0" * 32)) == []


@pytest.mark.parametrize(
    "event",
    [
        lambdas.object_created(f"files/{uuid4()}", "0" * 32),
        lambdas.object_created("incoming/../files/x", "0" * 32),
        lambdas.object_created("incoming/nonsense", "0" * 32),
        lambdas.object_created(f"incoming/{{{uuid4()}}}", "0" * 32),
        lambdas.object_created(f"incoming/{uuid4()}", "0" * 32, bucket="another-bucket"),
        lambdas.with_message(lambdas.sample("uploads/object_created"), "not JSON"),
        lambdas.with_message(lambdas.sample("uploads/object_created"), []),
        lambdas.with_message(lambdas.sample("uploads/object_created"), {"Event": "s3:TestEvent"}),
        lambdas.with_message(
            lambdas.sample("uploads/object_created"), {"detail-type": "Object Created", "detail": 5}
        ),
        lambdas.with_message(
            lambdas.sample("uploads/object_created"), {"detail-type": "Object Deleted", "detail": {}}
        ),
    ],
    ids=lambda event: event["Records"][0]["body"][:60],
)
def test_events_that_are_not_of_an_upload_are_dropped(platform, event):
    from functions.uploads import arrivals

    assert arrivals.parse(event["Records"][0]["body"]) is None
    assert platform.deliver(event) == []


def test_one_bad_message_of_a_batch_does_not_hold_up_the_others(platform, monkeypatch):
    from ddp.providers import s3

    first, second = platform.request("brand").body, platform.request("retailer").body
    batch = {"Records": [*platform.arrive(first)["Records"], *platform.arrive(second)["Records"]]}
    batch["Records"][0] |= {"messageId": "first"}
    batch["Records"][1] |= {"messageId": "second"}
    copy = s3.copy

    def copy_or_fail(source, *arguments, **options):
        if first["upload_id"] in source:
            raise ClientError({"Error": {"Code": "SlowDown"}}, "CopyObject")
        copy(source, *arguments, **options)

    monkeypatch.setattr(s3, "copy", copy_or_fail)
    assert platform.deliver(batch) == ["first"]
    assert platform.call("retailer", "GET", f"/uploads/{second['upload_id']}").body["status"] == "live"

    monkeypatch.setattr(s3, "copy", copy)
    assert platform.deliver(batch) == []
    assert platform.call("brand", "GET", f"/uploads/{first['upload_id']}").body["status"] == "live"


def test_a_database_that_is_away_brings_the_message_back(platform, monkeypatch):
    from ddp import db

    upload = platform.request("brand").body
    event = platform.arrive(upload)
    monkeypatch.setattr(db, "_PATIENCE", 0.0)
    platform.disconnect()
    with monkeypatch.context() as away:
        away.setattr(db, "_parameters", lambda: {"conninfo": "postgresql://127.0.0.1:1/nothing"})
        assert platform.deliver(event) == ["059f36b4-87a3-44ab-83d2-661975890000"]
    assert platform.deliver(event) == []


def test_what_is_copied_is_what_was_read(platform):
    """The event's ETag pins reading and copying. Moto ignores it when copying, so the request itself is checked."""
    from ddp.providers import s3

    upload = platform.request("brand").body
    event = platform.arrive(upload)
    sent = {}
    for operation in ("GetObject", "CopyObject"):
        s3.client().meta.events.register(
            f"provide-client-params.s3.{operation}",
            lambda params, model, **_: sent.update({model.name: params}),
            unique_id=f"test-{operation}",
        )
    try:
        assert platform.deliver(event) == []
    finally:
        s3.client.cache_clear()
    etag = json.loads(event["Records"][0]["body"])["detail"]["object"]["etag"]
    assert sent["GetObject"]["IfMatch"] == sent["CopyObject"]["CopySourceIfMatch"] == f'"{etag}"'


def test_two_workers_settle_one_upload_once(platform):
    upload = platform.request("brand").body
    event = platform.arrive(upload)
    failures: list[object] = []
    with platform.database.as_worker() as connection:  # the other worker, about to commit
        settle = "select state::text from settle_upload_live(%s, %s, null, null, '{}', '{}')"
        state = connection.execute(settle, [upload["upload_id"], "files/x"]).fetchone()
        worker = threading.Thread(target=lambda: failures.append(platform.deliver(event)))
        worker.start()
        platform.wait_for_a_lock()
        connection.commit()
    worker.join()
    assert (state, failures) == (("live",), [[]])
    assert platform.count("files") == 1
    assert platform.count("file_actions", column="user_id") == 1


def test_two_uploads_of_the_same_content_leave_one_file(platform):
    first, second = platform.request("brand").body, platform.request("brand").body
    assert platform.deliver(platform.arrive(first)) == []
    assert platform.deliver(platform.arrive(second)) == []
    live = platform.call("brand", "GET", f"/uploads/{first['upload_id']}").body
    rejected = platform.call("brand", "GET", f"/uploads/{second['upload_id']}").body
    assert (rejected["status"], rejected["rejection"]["code"]) == ("rejected", "duplicate")
    assert rejected["rejection"]["duplicate_of_file_id"] == live["file_id"]
    assert objects_of(platform, first) == [f"files/{live['file_id']}"]
    assert objects_of(platform, second) == []


def test_a_duplicate_image_leaves_neither_its_copy_nor_its_previews(platform):
    body = picture("PNG", (1500, 1000))
    image = {"file_name": "a.png", "content_type": "image/png"}
    first, second = (platform.request("brand", body, **image).body for _ in range(2))
    for upload in (first, second):
        assert platform.deliver(platform.arrive(upload, body)) == []
    assert len(objects_of(platform, first)) == 3
    assert objects_of(platform, second) == []


def test_a_duplicate_whose_copy_could_not_be_removed_is_cleaned_up_by_the_next_event(platform, monkeypatch):
    from ddp.providers import s3

    first, second = platform.request("brand").body, platform.request("brand").body
    assert platform.deliver(platform.arrive(first)) == []
    event = platform.arrive(second)

    def fail(_):
        raise ClientError({"Error": {"Code": "SlowDown"}}, "DeleteObject")

    with monkeypatch.context() as patch:
        patch.setattr(s3, "delete", fail)
        assert len(platform.deliver(event)) == 1
    assert len(objects_of(platform, second)) == 1
    assert platform.deliver(event) == []
    assert objects_of(platform, second) == []
    assert len(objects_of(platform, first)) == 1


def test_an_upload_that_is_aborted_while_it_is_copied_leaves_nothing(platform, monkeypatch):
    from ddp.providers import s3

    upload = platform.request("brand").body
    event, copy = platform.arrive(upload), s3.copy

    def copy_then_abort(*arguments, **options):
        copy(*arguments, **options)
        platform.call("brand", "DELETE", f"/uploads/{upload['upload_id']}")
        platform.login("ddp_worker")

    monkeypatch.setattr(s3, "copy", copy_then_abort)
    assert platform.deliver(event) == []
    assert platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body["status"] == "aborted"
    assert objects_of(platform, upload) == []


def test_content_that_is_live_already_is_refused_at_the_door(platform):
    file_id = platform.file("brand")
    answer = platform.request("brand", file_name="Another name.pdf")
    assert (answer.status, answer.code, answer.body["file_id"]) == (409, "duplicate-content", file_id)


def test_content_of_another_owner_or_in_the_trash_is_no_duplicate(platform):
    file_id = platform.file("brand")
    assert platform.request("rival").status == 201
    assert platform.call("brand", "DELETE", f"/files/{file_id}").status == 200
    assert platform.request("brand").status == 201


def test_a_second_write_is_refused_while_it_is_verified_and_after_it_went_live(platform):
    upload = platform.request("brand").body
    event = platform.arrive(upload)
    assert send(upload["request"], b"something else").status_code == 412
    assert platform.deliver(event) == []
    assert send(upload["request"], b"something else").status_code == 412
    file_id = platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body["file_id"]
    stored = bucket().get_object(Bucket=lambdas.BUCKET, Key=f"files/{file_id}")
    assert stored["Body"].read() == PDF


def test_an_aborted_upload_stays_aborted_whatever_arrives(platform):
    upload = platform.request("brand").body
    assert platform.call("brand", "DELETE", f"/uploads/{upload['upload_id']}").body["status"] == "aborted"
    assert platform.deliver(platform.arrive(upload)) == []
    assert platform.call("brand", "DELETE", f"/uploads/{upload['upload_id']}").body["status"] == "aborted"
    assert platform.count("files") == 0


def test_a_live_upload_cannot_be_aborted(platform):
    upload = platform.upload("brand")
    answer = platform.call("brand", "DELETE", f"/uploads/{upload['upload_id']}")
    assert (answer.status, answer.code) == (409, "upload-over")


@pytest.mark.parametrize(
    ("verdict", "state", "code"),
    [
        ("NO_THREATS_FOUND", "live", None),
        ("THREATS_FOUND", "rejected", "malware"),
        ("UNSUPPORTED", "rejected", "scan-impossible"),
    ],
)
def test_the_verdict_of_the_malware_scan_decides(platform, verdict, state, code):
    upload = platform.request("brand").body
    platform.arrive(upload)
    assert platform.deliver(scan(upload, verdict)) == []
    seen = platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body
    assert (seen["status"], (seen["rejection"] or {}).get("code")) == (state, code)


@pytest.mark.parametrize("verdict", ["FAILED", "ACCESS_DENIED", "SOMETHING_NEW"])
def test_a_scan_that_failed_lets_nothing_through(platform, verdict):
    upload = platform.request("brand").body
    platform.arrive(upload)
    assert len(platform.deliver(scan(upload, verdict))) == 1
    assert platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body["status"] == "pending"


def scan(upload, verdict):
    key = f"incoming/{upload['upload_id']}"
    return lambdas.object_scanned(key, bucket().head_object(Bucket=lambdas.BUCKET, Key=key)["ETag"], verdict)


def actions(platform, file_id):
    """The users and actions in a file's history, in order."""
    return platform.query(
        "select user_id, action_type::text from file_actions where file_id = %s order by action_timestamp",
        file_id,
    )


def keys(prefix: str) -> list[str]:
    listing = bucket().list_objects_v2(Bucket=lambdas.BUCKET, Prefix=prefix)
    return [item["Key"] for item in listing.get("Contents", [])]


def objects_of(platform, upload) -> list[str]:
    """The objects of the file that is reserved for an upload: its copy and its previews."""
    query = "select file_id from uploads where upload_id = %s"
    file_id = platform.query(query, upload["upload_id"])[0][0]
    return [*keys(f"files/{file_id}"), *keys(f"thumbnails/{file_id}/")]
