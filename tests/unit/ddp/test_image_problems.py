"""Problems of the images that an e-mail names: each kind, however the page writes it, and pages that are hostile."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from uuid import UUID

import pytest

from ddp.images import problems
from ddp.images.problems import find, sources
from ddp.links import hosted_images

LIVE, REVOKED, UNKNOWN = (urlsafe_b64encode(bytes([n]) * 32).decode().rstrip("=") for n in (1, 2, 3))
STATES = {LIVE: "live", REVOKED: "revoked"}


def codes(html: str) -> list[str]:
    return [problem.code for problem in find(html, lambda _: STATES)]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (hosted_images.address(LIVE), None),
        (hosted_images.address(REVOKED), "revoked-image"),
        (hosted_images.address(UNKNOWN), "unknown-image"),
        (hosted_images.address("x"), "unknown-image"),
        (hosted_images.address(LIVE + "/../x"), "unknown-image"),
        (hosted_images.address(LIVE) + "?u=1", "unknown-image"),
        ("https://shop.example/logo.png", "foreign"),
        ("HTTPS://shop.example/logo.png", "foreign"),
        ("http://shop.example/logo.png", "not-https"),
        ("logo.png", "local-file"),
        ("C:\\Users\\ann\\logo.png", "local-file"),
        ("file:///home/ann/logo.png", "local-file"),
        ("/i/" + LIVE, "local-file"),
        ("//shop.example/logo.png", "local-file"),
        ("https://[", "local-file"),
        ("", "local-file"),
        ("cid:logo", None),
        ("data:image/png;base64,AAAA", None),
        ("data:image/png;base64," + "A" * 10_000, "data-too-large"),
    ],
)
def test_each_source_has_its_problem(source: str, code: str | None):
    assert codes(f'<p><img alt="x" src="{source}"></p>') == ([code] if code else [])


@pytest.mark.parametrize(
    "html",
    [
        "<IMG SRC='a.png'>", "<img src=a.png>", "<img\nsrc = a.png />", '<img alt=">" src="a.png">', "<img/src=a.png>",
        '<img data-src="https://x.example" src="a&#46;png">', '<img src="a.png" src="https://x.example">',
    ],
)  # fmt: skip
def test_however_a_page_writes_it(html: str):
    assert list(sources(html)) == ["a.png"]


def test_each_image_is_named_once_and_shortened():
    (problem,) = find('<img src="%s">' % ("x" * 999) * 2, lambda _: {})
    assert len(problem.source) == problems.SHOWN
    assert (
        len(find("".join(f'<img src="{n}.png">' for n in range(500)), lambda _: {})) == problems.MOST_IMAGES
    )


def test_nobody_is_asked_about_pages_without_images_of_ours():
    def ask(_: list[str]) -> dict[str, str]:
        raise AssertionError

    assert find('<image src="x"><imgx src="y"><p>src="z"</p>', ask) == []


@pytest.mark.parametrize(
    "html",
    [
        '<img src="' * 100_000,
        "<img " * 200_000,
        "<img src='x" * 90_000,
        "<img a=" * 150_000,
        "<img" + " " * 900_000,
    ],
)
def test_hostile_pages_are_read_once(html: str):
    """Would take hours if each image were searched to the end of the page."""
    list(sources(html))


def test_the_files_that_a_page_shows_are_found_by_their_addresses():
    one, two = UUID(int=1), UUID(int=(1 << 128) - 1)
    first, second = (urlsafe_b64encode(file.bytes + b"\xff" * 16).decode().rstrip("=") for file in (one, two))
    page = f'<img src="{hosted_images.address(first)}"> {hosted_images.address(second)}\n/i/{first}'
    assert hosted_images.files_in(page) == {one, two}
    assert hosted_images.files_in(f"/i/{first}A /i/{first[:-1]} {first}") == set()
