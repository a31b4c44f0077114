"""Checking content against its claimed type: every supported type, and impostors of each."""

from __future__ import annotations

import hashlib
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from tempfile import TemporaryFile
from uuid import uuid4

import pytest

from ddp.queries.files.uploads import Upload
from functions.uploads import content
from functions.uploads.content import Rejected
from functions.uploads.content_types import MIB, SUPPORTED
from tests.unit.functions.uploads.samples import HONEST, POSING


def upload(content_type: str, body: bytes, **changes: object) -> Upload:
    now = datetime.now(UTC)
    members = {
        "upload_id": uuid4(), "file_id": uuid4(), "state": "pending", "method": "single", "part_size": None,
        "file_name": "a", "content_type": content_type, "file_type": "other", "file_size": len(body),
        "content_sha256": hashlib.sha256(body).digest(), "storage_upload_id": None, "rejection_code": None,
        "rejection_reason": None, "duplicate_of_file_id": None, "expires_at": now, "created_at": now,
        "settled_at": None,
    }  # fmt: skip
    return Upload(**(members | changes))


def verify(claimed: Upload, body: bytes, chunk: int = 1000) -> object:
    with TemporaryFile() as spool:
        return content.verify((body[i : i + chunk] for i in range(0, len(body), chunk)), claimed, spool)


@pytest.mark.parametrize(("content_type", "body"), HONEST, ids=lambda v: v if isinstance(v, str) else "")
def test_honest_files_pass(content_type, body):
    picture = verify(upload(content_type, body), body)
    assert (picture is not None) == (content_type.startswith("image/") and "svg" not in content_type)


def test_every_supported_type_has_an_honest_sample():
    assert {content_type for content_type, _ in HONEST} == set(SUPPORTED)


@pytest.mark.parametrize(
    ("content_type", "body"), POSING, ids=lambda v: v if isinstance(v, str) else ascii(v[:4])
)
def test_what_poses_as_another_type_is_rejected(content_type, body):
    with pytest.raises(Rejected) as rejection:
        verify(upload(content_type, body), body)
    assert rejection.value.code in {"content-mismatch", "damaged-image"}


def test_the_reason_names_what_the_content_looks_like():
    html = b"<!DOCTYPE html><html></html>"
    with pytest.raises(Rejected, match=r"not image/png\. It looks like text/html\."):
        verify(upload("image/png", html), html)


@pytest.mark.parametrize("difference", [-1, 1])
def test_another_size_is_rejected(difference):
    body = b"%PDF-1.7\n" * 10
    with pytest.raises(Rejected) as rejection:
        verify(upload("application/pdf", body, file_size=len(body) + difference), body)
    assert rejection.value.code == "size-mismatch"


def test_another_hash_is_rejected():
    body = b"%PDF-1.7\n" * 10
    with pytest.raises(Rejected) as rejection:
        verify(upload("application/pdf", body, content_sha256=bytes(32)), body)
    assert rejection.value.code == "hash-mismatch"


def test_more_than_announced_is_not_read_to_its_end():
    body = b"%PDF-1.7\n" * 10
    read = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(len(body))
            yield body

    with TemporaryFile() as spool, pytest.raises(Rejected) as rejection:
        content.verify(endless(), upload("application/pdf", body), spool)
    assert rejection.value.code == "size-mismatch"
    assert len(read) == 2


def test_a_type_that_is_supported_no_more_is_rejected():
    with pytest.raises(Rejected) as rejection:
        verify(upload("application/x-old", b"a"), b"a")
    assert rejection.value.code == "unsupported-content-type"


def test_a_file_over_the_limit_of_its_type_is_rejected_unread():
    """The API refuses such a size, but a row can be made without it; the function's disk could not hold the file."""

    def unread() -> Iterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    with TemporaryFile() as spool, pytest.raises(Rejected) as rejection:
        content.verify(unread(), upload("image/svg+xml", b"", file_size=26 * MIB), spool)
    assert rejection.value.code == "file-too-large"


HOSTILE_SVG = {
    "nested": b"<svg>" + b"<a>" * 1_000 + b"</a>" * 1_000 + b"</svg>",
    "default attributes": b"<!DOCTYPE svg [<!ATTLIST svg a CDATA 'b'>]><svg/>",
    "entities": b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>',
}


@pytest.mark.parametrize("body", HOSTILE_SVG.values(), ids=HOSTILE_SVG)
def test_an_svg_that_costs_more_than_it_weighs_is_rejected(body):
    with pytest.raises(Rejected, match="is not image/svg"):
        verify(upload("image/svg+xml", body), body)


def test_an_svg_may_be_nested_and_name_the_public_document_type():
    doctype = (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    )
    body = doctype + b"<svg>" + b"<g>" * 999 + b"</g>" * 999 + b"</svg>"
    verify(upload("image/svg+xml", body), body)


def test_an_svg_with_one_large_attribute_is_read_in_time():
    """An embedded picture: given small pieces, expat before 2.6 takes minutes."""
    body = b'<svg a="' + b"x" * (16 * MIB) + b'"/>'
    began = time.process_time()
    verify(upload("image/svg+xml", body), body, MIB)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("content_type", ["video/mp4", "text/csv"])
def test_memory_does_not_grow_with_the_file(content_type):
    first = b"\x00\x00\x00\x18ftypisom" if content_type == "video/mp4" else b""
    block = b"a" * MIB
    size = len(first) + 32 * MIB
    digest = hashlib.sha256(first)
    for _ in range(32):
        digest.update(block)
    claimed = upload(content_type, b"", file_size=size, content_sha256=digest.digest())

    def chunks() -> Iterator[bytes]:
        yield first
        for _ in range(32):
            yield bytes(block)

    tracemalloc.start()
    with TemporaryFile() as spool:
        content.verify(chunks(), claimed, spool)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MIB
