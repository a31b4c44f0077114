"""Short links in a template: their length is known before anybody has a code, and no template reads a code."""

from __future__ import annotations

import pytest

from ddp.errors import Invalid
from functions.sms.texts import short_links
from functions.sms.texts.short_links import CODE, LINK_URL, OPT_OUT


def test_links_are_numbered_and_equal_ones_once() -> None:
    text = """a {{ "https://a.example" | short_link }} {{- 'http://b.example/x?y=1' | short_link -}} {{"https://a.example"|short_link}}"""
    links = short_links.numbered(text)
    assert links.text == "a {{ links.n1 }} {{ links.n2 }} {{ links.n1 }}"
    assert links.urls == ("https://a.example", "http://b.example/x?y=1")


@pytest.mark.parametrize(
    "text",
    [
        "{{ url | short_link }}",
        "{{ 'https://a.example' | short_link | upcase }}",
        "{% assign x = 'https://a.example' | short_link %}",
        "{{ 'a.example' | short_link }}",
        "{{ 'https://' | short_link }}",
        "{{ 'javascript:alert(1)' | short_link }}",
        "{{ 'https://a.example/\u00e9' | short_link }}",
        "{{ 'https://[' | short_link }}",
        "{{ 'https://a.example/" + "x" * 2000 + "' | short_link }}",
        "{{ 'https://bit.ly/x' | short_link }}",
        " ".join(f"{{{{ 'https://a.example/{n}' | short_link }}}}" for n in range(10)),
    ],
)
def test_what_is_no_short_link_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        short_links.numbered(text)
    assert refused.value.code in {"template-invalid", "public-shortener"}


@pytest.mark.parametrize(
    "text", ["bit.ly/x", "see https://bit.ly/x", "http://www.tinyurl.com/a", "HTTPS://T.CO/x", "t.co"]
)
def test_public_shorteners_are_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid, match="Carriers block"):
        short_links.refuse_shorteners(text)


@pytest.mark.parametrize(
    "text", ["rabbit.ly/x", "https://shop.example/t.co-op", "ann@bit.ly.example", "cost.co.uk"]
)
def test_what_only_looks_like_one_is_not(text: str) -> None:
    short_links.refuse_shorteners(text)


def test_links_get_the_recipients_code() -> None:
    text = f"Hello ({OPT_OUT}/1), {OPT_OUT}"
    exchanged = short_links.exchange(text, "AbCdEfGhIj")
    assert exchanged == f"Hello ({LINK_URL}/AbCdEfGhIj/1), {LINK_URL}/AbCdEfGhIj"
    assert len(exchanged) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        OPT_OUT.upper(),
        OPT_OUT[:-1],
        f"{OPT_OUT}x",
        f"{OPT_OUT}/12",
        f"https://evil.example/?c={OPT_OUT}",
        f"https://evil.example/{CODE}",
        f"{CODE[2:8]}",
        f"{LINK_URL}/abc",
    ],
)
def test_a_changed_link_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        short_links.exchange(text, "AbCdEfGhIj")
    assert refused.value.code == "unrenderable"


def test_a_link_to_something_else_is_no_link_to_opt_out() -> None:
    assert not short_links.says(f"x {OPT_OUT}/1", OPT_OUT)
    assert short_links.says(f"x {OPT_OUT}/1 {OPT_OUT}", OPT_OUT)
