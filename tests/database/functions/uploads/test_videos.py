"""Videos: what they are made of is recorded with the upload, or later; and a video that cannot be read is a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests import lambdas
from tests.database.platform import Platform, bucket
from tests.unit.functions.uploads.samples import iso_media, picture
from tests.unit.functions.uploads.video_samples import mp4, webm


def upload(platform: Platform, body: bytes, content_type: str = "video/mp4") -> str:
    return platform.file("brand", body, file_name="a.mp4", content_type=content_type)


def recorded(platform: Platform, file_id: object) -> Any:
    return platform.query("select metadata -> 'video' from files where file_id = %s", file_id)[0][0]


def test_an_upload_records_what_a_video_is_made_of(platform):
    file_id = upload(platform, mp4(size=(1_920, 1_080), rotation=90, seconds=12, rate=30))
    video = platform.call("brand", "GET", f"/files/{file_id}").body["metadata"]["video"]
    assert (video["width"], video["height"], video["rotation"]) == (1_080, 1_920, 90)
    assert (video["seconds"], video["codec"], video["frames_per_second"]) == (12.0, "h264", 30.0)
    assert video["audio"]["sample_rate"] == 48_000
    assert recorded(platform, upload(platform, webm(seconds=7), "video/webm"))["seconds"] == 7.0


@pytest.mark.parametrize("body", [iso_media(b"isom"), iso_media(b"avc1") + b"\xff" * 5_000])
def test_a_video_that_cannot_be_read_is_a_file_all_the_same(platform, body):
    file_id = upload(platform, body)
    assert recorded(platform, file_id) == {"unknown": "no-video"}


def test_images_and_documents_are_not_read_as_videos(platform, monkeypatch):
    from functions.uploads.videos import reader

    monkeypatch.setattr(reader, "read", lambda *_: pytest.fail("read"))
    for body, content_type in ((picture("PNG", (30, 20)), "image/png"), (b"words", "text/plain")):
        file_id = platform.file("brand", body, content_type=content_type)
        assert platform.query("select metadata from files where file_id = %s", file_id) == [({},)]


def test_s3_that_fails_while_a_video_is_read_brings_the_message_back(platform, monkeypatch):
    from ddp.providers import s3_streams

    body = mp4(seconds=3)
    asked = platform.request("brand", body, content_type="video/mp4").body
    event = platform.arrive(asked, body)

    def slow_down(*_: object) -> bytes:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")

    with monkeypatch.context() as away:
        away.setattr(s3_streams, "_range", slow_down)
        assert len(platform.deliver(event)) == 1
    assert platform.call("brand", "GET", f"/uploads/{asked['upload_id']}").body["status"] == "pending"
    assert platform.deliver(event) == []
    file_id = platform.call("brand", "GET", f"/uploads/{asked['upload_id']}").body["file_id"]
    assert recorded(platform, file_id)["seconds"] == 3.0


def test_a_video_that_ended_a_worker_is_not_read_again_and_goes_live(platform, monkeypatch):
    from functions.uploads.videos import reader

    body = mp4()
    asked = platform.request("brand", body, content_type="video/mp4").body
    event = platform.arrive(asked, body)
    etag = bucket().head_object(Bucket=lambdas.BUCKET, Key=f"incoming/{asked['upload_id']}")["ETag"]
    platform.run(
        "insert into ddp.upload_arrivals (upload_id, etag, leased_until) values (%s, %s, now() - interval '1 second')",
        asked["upload_id"],
        etag.strip('"'),
    )
    monkeypatch.setattr(reader, "read", lambda *_: pytest.fail("read"))
    assert platform.deliver(event) == []
    file_id = platform.call("brand", "GET", f"/uploads/{asked['upload_id']}").body["file_id"]
    assert recorded(platform, file_id) == {"unknown": "interrupted"}


@pytest.fixture
def unread(platform: Platform) -> Iterator[Any]:
    """Makes videos as they were uploaded before videos were read; all others count as read."""
    platform.run(
        "update files set metadata = '{\"video\": {}}' where file_type = 'video' and not metadata ? 'video'"
    )

    def make(body: bytes | None = None, minutes_ago: int = 1, *, is_deleted: bool = False) -> str:
        file_id = str(uuid4())
        key = f"files/{file_id}"
        if body is not None:
            bucket().put_object(Bucket=lambdas.BUCKET, Key=key, Body=body)
        platform.run(
            "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, content_type,"
            " metadata, created_at, deleted_at) values (%s, 'a.mp4', 'video', 1, %s, %s, 'video/mp4', '{\"pages\": 1}',"
            " now() - make_interval(mins => %s), case when %s then now() end)",
            file_id,
            key,
            platform.users["brand"],
            minutes_ago,
            is_deleted,
        )
        return file_id

    platform.login("ddp_worker")
    yield make
    platform.run(
        "update files set metadata = '{\"video\": {}}' where file_type = 'video' and not metadata ? 'video'"
    )


def test_videos_of_before_are_read_by_reconciliation(platform, unread):
    from functions.uploads.videos import backlog

    first, gone, third = unread(mp4(seconds=4), 3), unread(None, 2), unread(mp4(seconds=5), 1)
    deleted = unread(mp4(), 9, is_deleted=True)
    audited = platform.query(
        "select count(*) from audit_logs where table_name = 'files' and action = 'UPDATE'"
    )
    backlog.read()
    assert recorded(platform, first)["seconds"] == 4.0
    assert recorded(platform, third)["seconds"] == 5.0
    assert recorded(platform, gone) == {"unknown": "gone"}
    assert recorded(platform, deleted) is None
    assert platform.query("select metadata -> 'pages' from files where file_id = %s", first) == [(1,)]
    # Nobody changed these files.
    assert audited == platform.query(
        "select count(*) from audit_logs where table_name = 'files' and action = 'UPDATE'"
    )


def test_reading_stops_when_the_time_is_over(platform, unread, monkeypatch):
    from functions.uploads.videos import backlog

    older, newer = unread(mp4(), 2), unread(mp4(), 1)
    clock = iter([0.0, 1.0, 16.0])
    monkeypatch.setattr(backlog.time, "monotonic", lambda: next(clock, 99.0))
    monkeypatch.setattr(backlog.reader, "read", lambda *_: {"seconds": 1})
    backlog.read()
    assert (recorded(platform, older), recorded(platform, newer)) == ({"seconds": 1}, None)


def test_a_video_that_ends_its_worker_is_not_tried_again(platform, unread, monkeypatch):
    from functions.uploads.videos import backlog

    deadly, other = unread(mp4(), 2), unread(mp4(), 1)

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as first:
        first.setattr(backlog.reader, "read", killed)
        with pytest.raises(SystemExit):
            backlog.read()
    backlog.read()
    assert recorded(platform, deadly) == {"unknown": "interrupted"}
    assert recorded(platform, other)["codec"] == "h264"


@pytest.mark.parametrize("error", ["S3", "parser"])
def test_what_passes_is_tried_again(platform, unread, monkeypatch, error):
    from functions.uploads.videos import backlog, reader

    failure = {
        "S3": ClientError({"Error": {"Code": "SlowDown"}}, "GetObject"),
        "parser": reader.NotStarted("no library"),
    }[error]

    def fails(*_: object) -> None:
        raise failure

    file_id = unread(mp4())
    with monkeypatch.context() as first:
        first.setattr(backlog.reader, "read", fails)
        with pytest.raises(type(failure)):
            backlog.read()
    assert recorded(platform, file_id) is None
    backlog.read()
    assert recorded(platform, file_id)["codec"] == "h264"


def test_a_parser_that_does_not_start_loses_no_upload_and_is_said(platform, unread, monkeypatch, caplog):
    from functions.uploads.videos import backlog, reader

    with monkeypatch.context() as broken:
        broken.setattr(reader, "COMMAND", (*reader.COMMAND[:1], "-c", "import nothing_of_this_name"))
        file_id = upload(platform, mp4(seconds=6))
    assert [line.levelname for line in caplog.records if line.message == "videos cannot be read"] == ["ERROR"]
    assert recorded(platform, file_id) is None
    platform.login("ddp_worker")
    backlog.read()
    assert recorded(platform, file_id)["seconds"] == 6.0


def test_the_index_finds_the_videos_that_are_not_read(platform, unread):
    """With few rows PostgreSQL would read the whole table: it is told not to."""
    unread()
    plan = platform.query(
        "explain (format json) select file_id from files"
        " where file_type = 'video' and deleted_at is null and not metadata ? 'video' order by created_at limit 1"
    )
    assert "files_unread_videos_idx" in str(plan)
