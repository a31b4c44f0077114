"""The addresses from which platforms fetch images: what they answer, and that nothing else answers."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from moto import mock_aws
from PIL import Image

from ddp import keys
from ddp.providers import s3
from functions.social import media, media_links, pictures
from tests import lambdas

pytestmark = pytest.mark.thorough

POST = UUID("5f0c2f4e-6a3c-4c55-9a43-0c1f7f9a2b10")
CODE = "AbCd1234efGh5678"


@pytest.fixture(autouse=True)
def bucket() -> Iterator[Any]:
    with mock_aws():
        secret = json.dumps({"key": "k" * 64})
        boto3.client("secretsmanager").create_secret(Name=lambdas.MESSAGE_SECRET, SecretString=secret)
        client = boto3.client("s3")
        where = {"LocationConstraint": lambdas.REGION}
        client.create_bucket(Bucket=lambdas.BUCKET, CreateBucketConfiguration=where)
        caches = (keys._secret, keys.derive, s3.client)
        for cached in caches:
            cached.cache_clear()
        yield client
        for cached in caches:
            cached.cache_clear()


@pytest.fixture
def image(bucket: Any) -> bytes:
    """The converted image of a post's first medium."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "JPEG")
    bucket.put_object(Bucket=lambdas.BUCKET, Key=f"social/{POST}/0.jpg", Body=file.getvalue())
    return file.getvalue()


def ask(path: str, method: str = "GET") -> dict[str, Any]:
    return media.handler(lambdas.http_event(method, path), lambdas.Context())


def path_of(post_id: UUID = POST, position: int = 0) -> str:
    return media_links.address(post_id, position).removeprefix(media_links.PUBLIC_URL)


def test_the_address_leads_to_the_image_at_our_own_domain_without_a_redirect(image: bytes) -> None:
    assert media_links.address(POST, 0).startswith(f"{lambdas.PUBLIC_URL}/media/")
    answer = ask(path_of())
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "image/jpeg")
    assert answer["isBase64Encoded"] is True
    assert b64decode(answer["body"]) == image
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_head_says_how_long_the_image_is(image: bytes) -> None:
    answer = ask(path_of(), "HEAD")
    assert (answer["statusCode"], answer["body"]) == (200, "")
    assert answer["headers"]["Content-Type"] == "image/jpeg"
    assert answer["headers"]["Content-Length"] == str(len(image))


def tampered(path: str) -> str:
    return path[:-1] + ("A" if path[-1] != "A" else "B")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_not_valid_and_what_is_not_there_answer_alike(
    image: bytes, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    valid = path_of()
    monkeypatch.setattr(media_links, "SECONDS", -1)
    expired = path_of()
    paths = [
        expired,
        path_of(uuid4()),
        tampered(valid),
        f"{valid}=",
        f"{valid}/more",
        "/media/",
        f"/media/{POST}",
        f"/media/{'A' * 300}",
        f"/media/social/{POST}/0.jpg",
        "/media/..%2Fsocial",
        "/media/tiktokAnother1234.txt",
    ]
    answers = [ask(path, method) for path in paths]
    assert {answer["statusCode"] for answer in answers} == {404}
    same = [(answer["body"], {**answer["headers"], "Apigw-Requestid": ""}) for answer in answers]
    assert all(each == same[0] for each in same)
    assert answers[0]["headers"]["Content-Type"] == "text/plain; charset=utf-8"
    assert bool(answers[0]["body"]) is (method == "GET")


def test_an_address_is_of_one_image_only(image: bytes, bucket: Any) -> None:
    assert ask(path_of(position=1))["statusCode"] == 404
    bucket.put_object(Bucket=lambdas.BUCKET, Key=f"social/{POST}/1.jpg", Body=b"another")
    assert b64decode(ask(path_of(position=1))["body"]) == b"another"


def test_an_address_ends_after_two_hours(image: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    path, now = path_of(), media_links.time.time()
    monkeypatch.setattr(media_links.time, "time", lambda: now + 7_190)
    assert ask(path)["statusCode"] == 200
    monkeypatch.setattr(media_links.time, "time", lambda: now + 7_201)
    assert ask(path)["statusCode"] == 404


def test_other_methods_are_refused(image: bytes) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert ask(path_of(), method)["statusCode"] == 405


def test_tiktok_finds_the_file_that_it_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    event = lambdas.sample("social/ownership_file")
    assert media.handler(event, lambdas.Context())["statusCode"] == 404
    said = f"tiktok-developers-site-verification={CODE}"
    monkeypatch.setitem(media.OWNERSHIP, f"tiktok{CODE}.txt", said)
    answer = media.handler(event, lambdas.Context())
    assert (answer["statusCode"], answer["body"]) == (200, said)
    assert answer["headers"]["Content-Type"].startswith("text/plain")
    head = ask(f"/media/tiktok{CODE}.txt", "HEAD")
    assert (head["statusCode"], head["body"], head["headers"]["Content-Length"]) == (200, "", str(len(said)))


def test_the_longest_converted_image_fits_into_an_answer_of_lambda() -> None:
    assert pictures.LARGEST_BYTES <= media.LONGEST
    # Base64 and the JSON around it; Lambda's limit is 6,291,556 bytes.
    assert media.LONGEST * 4 / 3 + 10_000 < 6_291_556


def test_half_an_image_is_never_served(bucket: Any) -> None:
    bucket.put_object(Bucket=lambdas.BUCKET, Key=f"social/{POST}/0.jpg", Body=b"\xff" * (media.LONGEST + 1))
    answer = ask(path_of())
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "120")


def test_an_outage_is_not_taken_for_a_missing_image(image: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bytes:
        raise ConnectionError("S3 is away")

    monkeypatch.setattr(s3, "read_range", fails)
    answer = ask(path_of())
    assert answer["statusCode"] == 503
    assert "S3" not in answer["body"]
