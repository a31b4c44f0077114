"""Hosted images: who has one made, where it is served, and that it is gone as soon as it is revoked."""

from __future__ import annotations

import io
import json
import random
from base64 import b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from PIL import Image

from ddp.links import hosted_images
from tests import lambdas
from tests.database.platform import bucket


@pytest.fixture(scope="module")
def queue(s3_bucket: None) -> str:
    return boto3.client("sqs").create_queue(QueueName="uploads-object-created")["QueueUrl"]


def picture() -> bytes:
    """A PNG that no other test has uploaded."""
    file = io.BytesIO()
    Image.new("RGB", (2400, 30), tuple(random.randbytes(3))).save(
        file, "PNG", compress_level=random.randint(1, 9)
    )
    return file.getvalue() + random.randbytes(8)


def image(platform, user="brand") -> str:
    return platform.file(user, picture(), content_type="image/png", file_name="Logo.png")


def told(queue: str) -> list[str]:
    sqs, bodies = boto3.client("sqs"), []
    while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in batch:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def reconcile(platform) -> None:
    from functions.uploads import reconcile
    from functions.uploads.hosting import making

    platform.login("ddp_worker")
    making.reconcile(reconcile.QUEUE_URL)


def work(platform, queue: str) -> None:
    """One minute: reconciliation tells, the worker makes."""
    reconcile(platform)
    for body in told(queue):
        if json.loads(body).get("type") == "HostImage":
            event = lambdas.with_message(lambdas.sample("uploads/object_created"), json.loads(body))
            assert platform.deliver(event) == []


def publish(platform, file: str, user="brand") -> str:
    body = {"file_id": file, "asset_name": "Logo", "asset_type": "logo"}
    return platform.call(user, "POST", "/brand-assets", body).body["asset_id"]


def url(platform, file: str, user="brand") -> str | None:
    return platform.call(user, "GET", f"/files/{file}").body["file_url"]


def ask(path: str, method="GET", **headers: str) -> dict[str, Any]:
    from functions.uploads import hosted

    event = lambdas.http_event(method, path, None, caller=None, headers=headers)
    return hosted.handler(event, lambdas.Context())


def get(address: str, method="GET", **headers: str) -> dict[str, Any]:
    return ask(address.removeprefix(lambdas.PUBLIC_URL), method, **headers)


def headers(answer: dict[str, Any]) -> dict[str, str]:
    single = answer.get("headers") or {}
    many = {name: values[0] for name, values in (answer.get("multiValueHeaders") or {}).items()}
    return {name.lower(): value for name, value in (single | many).items()}


@pytest.fixture
def hosted(platform, queue) -> tuple[str, str]:
    """A brand's published image: the file and its address."""
    file = image(platform)
    publish(platform, file)
    work(platform, queue)
    address = url(platform, file, "retailer")
    assert address is not None
    return file, address


def test_a_published_image_is_hosted_within_a_minute_and_anyone_gets_it(platform, hosted):
    file, address = hosted
    assert address.startswith(f"{lambdas.PUBLIC_URL}/i/")
    answer = get(address)
    assert answer["statusCode"] == 200
    content = b64decode(answer["body"])
    assert Image.open(io.BytesIO(content)).size == (1200, 15)
    got = headers(answer)
    assert got["content-type"] == "image/png"
    assert got["cache-control"] == "public, max-age=3600, immutable"
    assert got["x-content-type-options"] == "nosniff"
    assert not {"set-cookie", "vary"} & set(got)
    head = get(address, "HEAD")
    assert (head["statusCode"], head["body"]) == (200, "")
    assert headers(head)["content-length"] == str(len(content))
    for known in (got["etag"], f'W/{got["etag"]}, "other"'):
        again = get(address, **{"if-none-match": known})
        assert (again["statusCode"], again["body"], headers(again)["etag"]) == (304, "", got["etag"])
    assert get(address, **{"if-none-match": '"other"'})["statusCode"] == 200
    assert platform.query(
        "select count(*) from file_actions where file_id = %s and user_id is null", file
    ) == [(0,)]


def test_nothing_is_known_of_addresses_that_are_not_there(platform, hosted):
    _, address = hosted
    token = address.rpartition("/")[2]
    missing = ask("/i/" + urlsafe_b64encode(random.randbytes(32)).decode().rstrip("="))
    assert missing["statusCode"] == 404
    assert headers(missing)["cache-control"] == "no-store"
    last = chr(ord(token[-1]) + 1)  # decodes to the same bytes, where the last bits are ignored
    for other in (
        token[:-1], token + "A", token[:-1] + last, token.lower() + "!", "..%2F..%2Ffiles", "../files/x", "", "%00",
        f"{token[:20]}/{token[20:]}", "hosted", "\u00e9" * 43, token + "=",
    ):  # fmt: skip
        answer = ask(f"/i/{other}")
        assert (answer["statusCode"], answer["body"], headers(answer)) == (
            404,
            missing["body"],
            headers(missing),
        ), other
    for method in ("POST", "PUT", "DELETE"):
        assert ask(f"/i/{token}", method)["statusCode"] in {404, 405}


def test_only_objects_under_its_own_prefix_are_served(platform):
    """A token names no key: it becomes two ids."""
    file = image(platform)
    assert bucket().head_object(Bucket=lambdas.BUCKET, Key=f"files/{file}")
    for token in (f"files/{file}", file, f"..%2Ffiles%2F{file}"):
        assert hosted_images.key(token) is None
        assert ask(f"/i/{token}")["statusCode"] == 404


REVOKING = {
    "unpublished": lambda p, f, a: p.call("brand", "DELETE", f"/brand-assets/{a}"),
    "deleted": lambda p, f, a: p.call("brand", "DELETE", f"/files/{f}"),
    "unhosted": lambda p, f, a: p.call("brand", "DELETE", f"/files/{f}/host"),
    "unhosted by an administrator": lambda p, f, a: p.call("admin", "DELETE", f"/files/{f}/host"),
}


@pytest.mark.parametrize("how", REVOKING)
def test_what_is_revoked_is_gone_at_once(platform, queue, how):
    file = image(platform)
    asset = publish(platform, file)
    work(platform, queue)
    address = url(platform, file)
    assert get(address)["statusCode"] == 200
    revoked = REVOKING[how](platform, file, asset)
    assert (revoked.status, revoked.body.get("file_url")) == (200, None)
    assert REVOKING[how](platform, file, asset).status == 200, "harmless when repeated"
    assert get(address)["statusCode"] == 404
    assert url(platform, file) is None


REVOKED_BY_SQL = {
    "by a browser": "update brand_assets set unpublished_at = now() where file_id = %s",
    "into the trash": "update files set deleted_at = now() where file_id = %s",
    "by an erasure": "select ddp.erase_account(created_by_user_id) from files where file_id = %s",
}


@pytest.mark.parametrize("how", REVOKED_BY_SQL)
def test_what_is_revoked_elsewhere_is_gone_within_a_minute(platform, queue, hosted, how):
    file, address = hosted
    platform.run(REVOKED_BY_SQL[how], file)
    assert platform.query("select file_url from files where file_id = %s", file) == [(None,)]
    work(platform, queue)
    assert get(address)["statusCode"] == 404
    assert platform.query("select ddp.images_to_remove(10)") == []


def test_an_image_that_is_published_again_gets_another_address(platform, queue, hosted):
    file, address = hosted
    platform.run("update brand_assets set unpublished_at = now() where file_id = %s", file)
    publish(platform, file)
    work(platform, queue)
    again = url(platform, file)
    assert again not in {None, address}
    assert (get(address)["statusCode"], get(again)["statusCode"]) == (404, 200)


def test_a_sender_hosts_its_own_image_and_keeps_it(platform, queue):
    file = image(platform, "retailer")
    first = platform.call("retailer", "POST", f"/files/{file}/host", key="h1")
    assert (first.status, first.body["state"], first.body["file_url"]) == (202, "wanted", None)
    assert platform.call("retailer", "POST", f"/files/{file}/host").status == 202
    work(platform, queue)
    live = platform.call("retailer", "GET", f"/files/{file}/host").body
    assert (live["state"], get(live["file_url"])["statusCode"]) == ("live", 200)
    work(platform, queue)
    assert url(platform, file, "retailer") == live["file_url"], "nothing is made twice"


def test_a_published_image_that_its_owner_hosts_outlives_the_asset(platform, queue):
    file = image(platform)
    asset = publish(platform, file)
    platform.call("brand", "POST", f"/files/{file}/host")
    work(platform, queue)
    platform.call("brand", "DELETE", f"/brand-assets/{asset}")
    assert get(url(platform, file))["statusCode"] == 200


def test_an_asset_with_a_licence_or_outside_of_its_dates_has_no_public_address(platform, queue, hosted):
    file, _ = hosted
    asset = publish(platform, file)
    later = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    for terms in ({"licence": {"version": "1", "text": "x"}}, {"available_from": later}):
        assert platform.call("brand", "PATCH", f"/brand-assets/{asset}", terms).status == 200
        work(platform, queue)
        assert url(platform, file) is None
        assert platform.call("brand", "DELETE", f"/files/{file}").status < 300
        assert platform.call("brand", "POST", f"/files/{file}/restore").status == 200
        work(platform, queue)
        assert url(platform, file) is None, "the trash is no way around its terms"
        nothing = dict.fromkeys(terms)
        assert platform.call("brand", "PATCH", f"/brand-assets/{asset}", nothing).status == 200
        work(platform, queue)
        assert url(platform, file)


def test_only_its_owner_hosts_a_file(platform, queue, hosted):
    file, _ = hosted
    own = image(platform, "retailer")
    for user, asked, statuses in (
        ("retailer", file, {403}), ("rival", file, {404}), ("brand", own, {404}), ("admin", own, {403}),
    ):  # fmt: skip
        assert platform.call(user, "POST", f"/files/{asked}/host").status in statuses, user
    for user, asked in (("retailer", file), ("rival", file), ("brand", own)):
        assert platform.call(user, "DELETE", f"/files/{asked}/host").status in {403, 404}, user
        assert platform.call(user, "GET", f"/files/{own}/host").status == (200 if user == "retailer" else 404)
    document = platform.file(
        "brand", b"%PDF-1.7\n%" + random.randbytes(9).hex().encode() + b"\n1 0 obj\n<<>>\nendobj\n" * 9
    )
    assert platform.call("brand", "POST", f"/files/{document}/host").code == "not-an-image"
    platform.call("retailer", "DELETE", f"/files/{own}")
    assert platform.call("retailer", "POST", f"/files/{own}/host").code == "file-deleted"


def test_a_document_that_is_published_is_not_hosted(platform, queue):
    document = platform.file(
        "brand", b"%PDF-1.7\n%" + random.randbytes(9).hex().encode() + b"\n1 0 obj\n<<>>\nendobj\n" * 9
    )
    publish(platform, document)
    work(platform, queue)
    assert platform.call("brand", "GET", f"/files/{document}/host").body["state"] is None


def test_an_image_that_was_revoked_while_it_was_made_leaves_no_object(platform, queue, monkeypatch):
    from functions.uploads.hosting import making

    file = image(platform)
    publish(platform, file)
    reconcile(platform)
    told(queue)
    token = platform.query("select token from ddp.hosted_images where file_id = %s", file)[0][0]
    put = making.s3.put

    def slow(key: str, body: bytes, *, content_type: str) -> None:
        put(key, body, content_type=content_type)
        platform.run("update files set deleted_at = now() where file_id = %s", file)

    monkeypatch.setattr(making.s3, "put", slow)
    platform.login("ddp_worker")
    making.make(token)
    assert ask(f"/i/{token}")["statusCode"] == 404
    assert platform.query("select file_url from files where file_id = %s", file) == [(None,)]


def test_an_image_that_cannot_be_made_says_why_and_can_be_asked_for_again(platform, queue):
    file = image(platform)
    bucket().put_object(Bucket=lambdas.BUCKET, Key=f"files/{file}", Body=b"\x89PNG damaged")
    publish(platform, file)
    work(platform, queue)
    failed = platform.call("brand", "GET", f"/files/{file}/host").body
    assert (failed["state"], failed["reason"], failed["file_url"]) == ("failed", "damaged-image", None)
    assert platform.call("brand", "POST", f"/files/{file}/host").body["state"] == "wanted"


def test_an_image_that_ends_its_workers_is_given_up(platform, queue):
    file = image(platform)
    publish(platform, file)
    token = platform.query("select token from ddp.hosted_images where file_id = %s", file)[0][0]
    for attempt in range(1, 6):
        reconcile(platform)
        assert [body for body in told(queue) if token in body], attempt
        reconcile(platform)
        assert not [body for body in told(queue) if token in body], "somebody may be at it"
        platform.run(
            "update ddp.hosted_images set told_at = told_at - interval '11 minutes' where file_id = %s", file
        )
    reconcile(platform)
    assert not [body for body in told(queue) if token in body]
    assert platform.call("brand", "GET", f"/files/{file}/host").body["reason"] == "not-made"


def test_whoever_knows_a_token_may_know_whether_it_works(platform, hosted):
    from ddp import db
    from ddp.auth import Claims
    from ddp.queries.files import hosting

    file, address = hosted
    token = address.rpartition("/")[2]
    other = urlsafe_b64encode(random.randbytes(32)).decode().rstrip("=")
    rival = platform.users["rival"]

    def states() -> dict[str, str]:
        platform.login("ddp_api")
        with db.transaction(Claims(subject=rival, document=json.dumps({"sub": str(rival)}))) as cursor:
            return hosting.states(cursor, [token, other])

    assert states() == {token: "live"}
    platform.call("brand", "DELETE", f"/files/{file}/host")
    assert states() == {token: "revoked"}
