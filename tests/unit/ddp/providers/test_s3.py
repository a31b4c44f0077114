"""Presigned requests: what they sign and which address they name."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pytest

from ddp.providers import s3
from tests import lambdas

KEY = s3.incoming_key(UUID(int=1))


@pytest.fixture(autouse=True)
def fresh_client():
    s3.client.cache_clear()
    yield
    s3.client.cache_clear()


def parts(url: str) -> tuple[str, str, dict[str, str]]:
    split = urlsplit(url)
    return split.netloc, split.path, {k: v[0] for k, v in parse_qs(split.query).items()}


def test_every_header_of_a_put_is_signed():
    request = s3.presign_put(KEY, size=5, content_type="image/png", sha256=bytes(32))
    _, _, query = parts(request.url)
    signed = set(query["X-Amz-SignedHeaders"].split(";"))
    assert signed == {"host"} | {name.lower() for name in request.headers}
    assert request.headers == {
        "Content-Length": "5",
        "Content-Type": "image/png",
        "x-amz-checksum-sha256": b64encode(bytes(32)).decode(),
        "If-None-Match": "*",
    }
    assert query["X-Amz-Expires"] == "3600"


def test_every_header_of_a_part_is_signed():
    request = s3.presign_part(KEY, "multipart-1", 3, size=5, sha256=bytes(32))
    _, _, query = parts(request.url)
    assert set(query["X-Amz-SignedHeaders"].split(";")) == {"host", "content-length", "x-amz-checksum-sha256"}
    assert (query["uploadId"], query["partNumber"]) == ("multipart-1", "3")


def test_a_url_names_bucket_and_region():
    host, path, _ = parts(s3.presign_get("files/1"))
    assert (host, path) == (f"{lambdas.BUCKET}.s3.{lambdas.REGION}.amazonaws.com", "/files/1")


def test_an_emulator_by_address_gets_the_bucket_in_the_path(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    host, path, _ = parts(s3.presign_get("files/1"))
    assert (host, path) == ("127.0.0.1:4566", f"/{lambdas.BUCKET}/files/1")


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("a.png", "attachment; filename=\"a.png\"; filename*=UTF-8''a.png"),
        ("Frühling 1.png", "attachment; filename=\"Fruhling 1.png\"; filename*=UTF-8''Fr%C3%BChling%201.png"),
        ("写真", "attachment; filename=\"download\"; filename*=UTF-8''%E5%86%99%E7%9C%9F"),
        ('a";b.png', "attachment; filename=\"a__b.png\"; filename*=UTF-8''a%22%3Bb.png"),
    ],
)
def test_a_download_is_saved_under_its_name(name, disposition):
    assert s3.attachment(name) == disposition
    _, _, query = parts(s3.presign_get("files/1", file_name=name))
    assert query["response-content-disposition"] == disposition
    assert query["response-content-type"] == "application/octet-stream"


def test_the_longest_name_still_makes_a_url_that_works():
    url = s3.presign_get("files/1", file_name="写" * 490 + ".png")
    assert len(url) < 4_000
    assert unquote(unquote(url)).count(".png") >= 1
