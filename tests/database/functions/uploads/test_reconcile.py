"""Uploads whose worker died, or whose event was lost: the queue is told again, and nobody else is disturbed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from tests import lambdas
from tests.database.platform import Platform

QUEUE = "uploads-object-created"
Tell = Callable[[], list[str]]


@pytest.fixture
def tell(platform: Platform) -> Iterator[Tell]:
    """Reconcile. Returns the bodies of the messages that this sent."""
    from ddp import queues
    from functions.uploads import reconcile

    queues.client.cache_clear()
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]

    def run() -> list[str]:
        platform.login("ddp_worker")
        event = lambdas.with_message(lambdas.sample("uploads/object_created"), {"type": "Reconcile"})
        assert reconcile.handler(event, lambdas.Context()) == {"batchItemFailures": []}
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    platform.query(
        "update uploads set state = 'aborted', settled_at = now() where state = 'pending' returning 1"
    )
    yield run
    sqs.delete_queue(QueueUrl=url)


def passes(platform: Platform, seconds: int = 30) -> None:
    """So much time passes for pending uploads: leases end, hints are no longer believed."""
    platform.query(
        "update uploads set created_at = created_at - make_interval(secs => %s) where state = 'pending' returning 1",
        seconds,
    )
    columns = ("looked_at", "queued_at", "leased_until")
    changes = ", ".join(f"{column} = {column} - make_interval(secs => {seconds})" for column in columns)
    platform.query(f"with aged as (update ddp.upload_arrivals set {changes}) select 1")


def state(platform: Platform, upload: dict[str, Any]) -> str:
    return platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body["status"]


def deliver(platform: Platform, body: str) -> list[str]:
    event = lambdas.with_message(lambdas.sample("uploads/object_created"), json.loads(body))
    return platform.deliver(event)


def die(platform: Platform, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is killed while it reads the object."""
    from ddp.providers import s3

    def kill(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(s3, "read", kill)
        with pytest.raises(SystemExit):
            platform.deliver(event)


def test_an_upload_whose_worker_died_is_told_again_when_its_lease_has_ended(
    platform: Platform, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = platform.request("brand").body
    event = platform.arrive(upload)
    die(platform, event, monkeypatch)
    assert tell() == []
    assert platform.deliver(event) == []  # a duplicate under a live lease ends at once
    assert state(platform, upload) == "pending"
    passes(platform)
    (body,) = tell()
    assert tell() == []
    assert deliver(platform, body) == []
    assert state(platform, upload) == "live"
    passes(platform)
    assert tell() == []


def test_the_verdict_of_a_scan_is_told_again_with_the_event(
    platform: Platform, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.uploads import arrivals, reconcile

    monkeypatch.setattr(reconcile, "MAY_LOOK", False)
    upload = platform.request("brand").body
    arrival = arrivals.parse(platform.arrive(upload)["Records"][0]["body"])
    scanned = arrivals.Arrival(upload_id=arrival.upload_id, etag=arrival.etag, verdict="NO_THREATS_FOUND")
    body = json.loads(arrivals.serialise(scanned))
    die(platform, lambdas.with_message(lambdas.sample("uploads/object_created"), body), monkeypatch)
    passes(platform)
    assert [arrivals.parse(told) for told in tell()] == [scanned]


def test_an_object_whose_event_was_lost_is_found(platform: Platform, tell: Tell) -> None:
    lost, never_sent = platform.request("brand").body, platform.request("retailer").body
    platform.arrive(lost)
    assert tell() == []  # its event may be on its way
    passes(platform)
    (body,) = tell()
    assert deliver(platform, body) == []
    assert (state(platform, lost), never_sent["status"]) == ("live", "pending")
    looked = "select looked_at is not null, etag from ddp.upload_arrivals where upload_id = %s"
    assert platform.query(looked, never_sent["upload_id"]) == [(True, None)]


def test_where_objects_are_scanned_one_that_was_only_found_is_not_let_in(
    platform: Platform, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.uploads import reconcile

    monkeypatch.setattr(reconcile, "MAY_LOOK", False)
    platform.arrive(platform.request("brand").body)
    passes(platform)
    assert tell() == []


def test_an_old_upload_is_looked_for_less_often(platform: Platform, tell: Tell) -> None:
    upload = platform.request("brand").body
    age = "update uploads set created_at = now() - interval '30 minutes' where upload_id = %s returning 1"
    platform.query(age, upload["upload_id"])
    assert tell() == []
    platform.arrive(upload)
    passes(platform, seconds=170)
    assert tell() == []
    passes(platform, seconds=30)
    assert len(tell()) == 1


def test_work_that_failed_is_left_to_its_own_message(
    platform: Platform, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddp.providers import s3

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError

    upload = platform.request("brand").body
    event = platform.arrive(upload)
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "3"  # comes again in 160 seconds
    with monkeypatch.context() as patch:
        patch.setattr(s3, "copy", refuse)
        assert len(platform.deliver(event)) == 1
    passes(platform, seconds=150)
    assert tell() == []
    passes(platform, seconds=40)
    assert len(tell()) == 1


def test_an_upload_that_kills_its_workers_is_rejected(
    platform: Platform, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = platform.request("brand").body
    event = platform.arrive(upload)
    for _ in range(5):
        die(platform, event, monkeypatch)
        assert state(platform, upload) == "pending"
        passes(platform)
    (body,) = tell()
    assert deliver(platform, body) == []
    seen = platform.call("brand", "GET", f"/uploads/{upload['upload_id']}").body
    assert (seen["status"], seen["rejection"]["code"]) == ("rejected", "not-verifiable")


def test_an_event_of_another_version_does_not_keep_the_own_one_out(
    platform: Platform, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = platform.request("brand").body
    event = platform.arrive(upload)
    die(platform, lambdas.object_created(f"incoming/{upload['upload_id']}", "0" * 32), monkeypatch)
    assert platform.deliver(event) == []
    assert state(platform, upload) == "live"
    assert tell() == []


def test_an_object_that_is_gone_is_looked_for_again(platform: Platform, tell: Tell) -> None:
    upload = platform.request("brand").body
    platform.arrive(upload)
    assert platform.deliver(lambdas.object_created(f"incoming/{upload['upload_id']}", "0" * 32)) == []
    passes(platform)
    (body,) = tell()
    assert deliver(platform, body) == []
    assert state(platform, upload) == "live"
