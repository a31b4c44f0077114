"""The reference in the links of tracked pages, beside the placeholder's own exchange."""

from __future__ import annotations

import pytest

from ddp import placeholder
from ddp.placeholder import PLACEHOLDER
from ddp.rendering import Rendered

URL = "https://ddp.example.com/unsubscribe/token"


def exchanged(html: str, reference: str = "REF") -> str:
    return placeholder.exchange(Rendered(subject="s", html=html, text="t"), URL, reference).html


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<a href="https://shop.example">', '<a href="https://shop.example?ddp_ref=REF">'),
        ("<a href='https://shop.example/a?b=1'>", '<a href="https://shop.example/a?b=1&amp;ddp_ref=REF">'),
        ("<a href=HTTP://shop.example/x class=y>", '<a href="HTTP://shop.example/x?ddp_ref=REF" class=y>'),
        ('<A HREF="https://shop.example/?a=1&amp;b=2#top">', '<A href="https://shop.example/?a=1&amp;b=2&amp;ddp_ref=REF#top">'),
        ('<a title="x" href=" https://shop.example/? ">', '<a title="x" href="https://shop.example/?ddp_ref=REF">'),
        ('<a href="https://s.example" href="https://t.example">', '<a href="https://s.example?ddp_ref=REF" href="https://t.example">'),
    ],
)  # fmt: skip
def test_links_to_pages_get_it(link: str, expected: str) -> None:
    assert exchanged(f"<p>{link}x</a></p>").startswith(f"<p>{expected}x</a></p>")


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:x@shop.example">x</a>',
        '<a href="tel:+41">x</a>',
        '<a href="#part">x</a>',
        '<a href="">x</a>',
        "<a name=x>x</a>",
        '<a href="javascript:https://x">x</a>',
        '<a href="//shop.example">x</a>',
        '<img src="https://shop.example/x.png">',
        "https://shop.example",
        '<style>a { background: "https://shop.example" }</style>',
        '<!-- <a href="https://shop.example">x</a> -->',
    ],
)
def test_nothing_else_gets_it(html: str) -> None:
    assert "ddp_ref" not in exchanged(html)


def test_the_unsubscribe_link_does_not_get_it() -> None:
    page = exchanged(f'<a href="{PLACEHOLDER}">bye</a><a href="https://shop.example">x</a>')
    assert page == f'<a href="{URL}">bye</a><a href="https://shop.example?ddp_ref=REF">x</a>'


def test_without_a_reference_links_stay_as_they_are() -> None:
    html = f"<a href=https://shop.example>x</a><a href='{PLACEHOLDER}'>bye</a>"
    assert exchanged(html, "").startswith("<a href=https://shop.example>x</a>")


def test_links_that_only_outlook_reads_get_it() -> None:
    html = '<!--[if mso]><a href="https://shop.example">x</a><![endif]-->'
    assert exchanged(html).startswith(
        '<!--[if mso]><a href="https://shop.example?ddp_ref=REF">x</a><![endif]-->'
    )
