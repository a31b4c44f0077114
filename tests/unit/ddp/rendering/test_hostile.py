"""Malicious templates and data: each ends soon, in little memory, with an error that names the line."""

# ruff: noqa: E501  # templates are easier to read on one line

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from ddp.errors import Invalid
from ddp.rendering import SOURCE_LIMIT, Prepared, Renderer, TooSlow, check, prepare
from ddp.rendering.language.engine import Template
from ddp.rendering.language.meter import Meter

pytestmark = pytest.mark.thorough

KB = 1024
# CPU seconds of this process, because the machine is busy with other things; and MB.
PATIENCE = 1
MEMORY = 200

# Variables of 3 KB and 60 KB.
A = "{% assign a = '" + "x" * 3_000 + "' %}"
B = A + "{% assign b = a " + "| append: a " * 20 + "%}"

REFUSED = {
    "open braces": "{{" * 200 * KB,
    "open tags": "{%" * 200 * KB,
    "raw without end": "{% raw %}" * 50 * KB,
    "empty outputs": "{{}}" * 9_000,
    "many outputs": "{{ a }}" * 50_000,
    "braces in braces": "{{" * 1_000 + "}}" * 1_000,
    "a long tag": "{{ a" + " " * 300 * KB + "}}",
    "deep blocks": "{% if a %}" * 5_000 + "{% endif %}" * 5_000,
    "a long range": "{% for i in (1..1000000000) %}x{% endfor %}",
    "a long empty range": "{% for i in (1..1000000000) %}{% endfor %}",
    "a range in a variable": "{% assign n = 1000000000 %}{% for i in (1..n) %}{% endfor %}",
    "loops in loops": "{% for i in (1..999) %}" * 5 + "{% endfor %}" * 5,
    "loops after loops": "{% for i in (1..9999) %}{% endfor %}" * 3_000,
    "a loop's long body": "{% for i in (1..9999) %}" + "{{ a }}" * 5_000 + "{% endfor %}",
    "a loop of conditions": "{% for i in (1..9999) %}" + "{% if true %}{% endif %}" * 3_000 + "{% endfor %}",
    "a table": "{% tablerow i in (1..1000000) %}x{% endtablerow %}",
    "a range joined": "{{ (1..1000000000) | join: 'x' }}",
    "a range sorted": "{{ (1..90000) | sort | first }}",
    "a range searched": "{% if (1..10000000000) contains 'x' %}{% endif %}",
    "doubling": "{% assign a = 'xxxxxxxxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 60,
    "doubling by capture": "{% capture a %}" + "x" * 999 + "{% endcapture %}"
    + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 40,
    "doubling a list": "{% assign a = 'a,b' | split: ',' %}" + "{% assign a = a | concat: a %}" * 60,
    "a list of one text": A + "{% assign l = a | split: '?' %}" + "{% assign l = l | concat: l %}" * 12 + "{{ l }}",
    "replacing by itself": B + "{{ b | replace: 'x', b }}",
    "replacing nothing": B + "{{ b | replace: '', b }}",
    "joined by itself": A + "{{ a | split: '' | join: a }}",
    "split to pieces": B + "{{ b | split: '' }}",
    "each with each": A + "{{ a | split: '' | uniq }}",
    "texts over and over": B + "{{ b | remove: 'y' | size }}" * 9_000,
    "squares of numbers": "{% assign n = 99999999 %}" + "{% assign n = n | times: n %}" * 40,
    "nested parentheses": "{{ " + "(" * 1_000 + "1..2" + ")" * 1_000 + " }}",
    "include": "{% include 'x' %}",
    "render": "{% render '/etc/passwd' %}",
    "unescaped": "{{ a | safe }}",
    "unknown filter": "{{ a | nope }}",
    "unknown filter, not reached": "{% if false %}{{ a | nope }}{% endif %}",
    "unclosed": "{% for i in a %}",
}  # fmt: skip

HARMLESS = {
    "braces in raw": "{% raw %}" + "{{" * 100 * KB + "{% endraw %}",
    "tags without brackets": B + "{{ b | replace: 'x', '<' | strip_html }}",
    "comments without ends": B + "{{ b | replace: 'xxxx', '<!--' | strip_html }}",
    "a format of a date": "{{ 'now' | date: '%999999999d' }}",
    "a large exponent": "{{ 1e999999999 | times: 2 | floor }}",
    "a small exponent": "{{ 1e-999999999 | plus: 1 }}",
    "slices": "{{ 'x' | slice: -9999999999999999999999, 99999999999999999999 }}",
    "many variables": "".join(f"{{% assign a{n} = 1 %}}" for n in range(1_900)),
    "python": "{{ a.__class__.__mro__ }}{{ a['__init__'] }}",
    "spaces": "{% assign a='" + " " * 90 + "' %}{{ a | append: 'x' | squish | truncatewords: 3 }}",
}

PAGES_REFUSED = {
    "deep": "<div>" * 5_000,
    "many elements": "<p></p>" * 20_000,
    "elements that the parser repeats": "<p>"
    + "".join(f"<b a{n}>" for n in range(150))
    + "</p>"
    + "<p>x</p>" * 600,
    "a rule hidden in a text": "<style>x{c:'}';" + "d:e;" * 400 + "}*{a:b}</style>" + "<p>x</p>" * 5_000,
    "a rule hidden behind a class": "<style>" + "*:not(.none){a:b}" * 400 + "</style>" + "<p>x</p>" * 5_000,
    "many line breaks": "<br>" * 20_000,
    "rules times elements": "<style>"
    + "".join(f"*{{a{n}:b}}" for n in range(2_000))
    + "</style>"
    + "<p>x</p>" * 5_000,
    "many attributes": "<p " + " ".join(f"a{n}=1" for n in range(30_000)) + ">",
    "conditions in a tag": "<p " + "{% if a %}x{% endif %}" * 4_000 + ">",
    "broken by the parser": "<p {% if a %}>{% endif %}",
}

PAGES_HARMLESS = {
    "a class for each element": "<style>"
    + "".join(f".c{n}{{a:b;c:d;e:f}}" for n in range(900))
    + "</style>"
    + "".join(f"<p class=c{n}>x</p>" for n in range(900)),
    "open comments": "<!--" * 60_000,
    "comments": "<!---->" * 30_000,
    "brackets": "<" * 60_000,
    "a long attribute": "<p a='" + "{{x}}" * 1_900 + "'>",
    "entities": "&amp;" * 60_000,
    "tables": "<table><tr><td>" * 60 + "x",
    "rules within rules": "<style>" + "@media a{" * 5_000 + "</style><p>x",
    "a selector": "<style>" + ":not(" * 3_000 + "a" + ")" * 3_000 + "{a:b}</style>" + "<p>x</p>" * 500,
    "other people's style sheets": (
        "<link rel=stylesheet href='file:///etc/passwd'><link rel=stylesheet href='http://127.0.0.1:9/x.css'>"
        "<style>@import url(http://127.0.0.1:9/a.css);p{background:url(file:///etc/passwd)}</style><p>x</p>"
    ),
    "nothing": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert time.process_time() - started < PATIENCE
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEMORY


@pytest.mark.parametrize("name", REFUSED)
def test_refused_naming_the_line(name: str) -> None:
    with pytest.raises(Invalid) as error:
        check("<p>\n" + REFUSED[name])
    assert error.value.code in ("template-invalid", "template-too-slow")
    assert error.value.extra == {"part": "html", "line": 2}
    assert error.value.detail.startswith("Line 2, at ")
    assert len(error.value.detail) < 400


@pytest.mark.usefixtures("by_steps_alone")
@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(name: str) -> None:
    check(HARMLESS[name])
    Template(HARMLESS[name], part="html").render({}, Meter())


@pytest.mark.parametrize("name", PAGES_REFUSED)
def test_pages_refused(name: str) -> None:
    with pytest.raises(Invalid):
        prepare(PAGES_REFUSED[name], None)


@pytest.mark.usefixtures("by_steps_alone")
@pytest.mark.parametrize("name", PAGES_HARMLESS)
def test_pages_harmless(name: str) -> None:
    prepared = prepare(PAGES_HARMLESS[name], None)
    assert "root:" not in prepared.html


@pytest.mark.parametrize("size", [SOURCE_LIMIT + 1, 10 * KB * KB])
def test_bodies_that_are_too_large(size: int) -> None:
    with pytest.raises(Invalid, match="larger than 512 KB"):
        check("x" * size)


def test_data_cannot_make_a_message_large() -> None:
    renderer = Renderer(
        "s", Prepared(html="{% for i in (1..50) %}{{ a }}{% endfor %}", text="t", call_size=1)
    )
    with pytest.raises(Invalid, match="longer than 1024 KB"):
        renderer.render({"a": "é" * 50_000})


def test_data_cannot_make_a_loop_long() -> None:
    renderer = Renderer(
        "s", Prepared(html="\n{% for i in l %}{{ i }}{{ i }}{% endfor %}", text="t", call_size=1)
    )
    with pytest.raises(TooSlow, match=r"Line 2, .*takes too long"):
        renderer.render({"l": ["x"] * 9_000})


def test_data_is_not_endless() -> None:
    renderer = Renderer("s", Prepared(html="h", text="t", call_size=1))
    with pytest.raises(Invalid, match="more than 256 K characters, or 10,000 items") as error:
        renderer.render({"l": [["x"] * 500] * 500})
    assert error.value.code == "data-too-large"


@pytest.mark.parametrize(
    "value", ["x\r\nBcc: a@b.c", "x\nBcc: a@b.c", "x\rBcc: a@b.c", "x\u2028Bcc: a@b.c", "x\x85Bcc: a@b.c", "x\0\x0bBcc: a@b.c"]
)  # fmt: skip
def test_a_subject_is_one_line_whatever_the_data(value: str) -> None:
    rendered = Renderer("Hi {{ name }}", Prepared(html="h", text="t", call_size=1)).render({"name": value})
    assert rendered.subject in ("Hi x Bcc: a@b.c", "Hi xBcc: a@b.c")
    assert len(rendered.subject.splitlines()) == 1


def test_a_subject_is_there_and_not_endless() -> None:
    prepared = Prepared(html="h", text="t", call_size=1)
    with pytest.raises(Invalid, match="subject is empty"):
        Renderer("{{ x }}", prepared).render({})
    with pytest.raises(Invalid, match="longer than 500"):
        Renderer("{{ x }}", prepared).render({"x": "y" * 501})


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onclick='x", "&lt;", "</style><b>"],
)
def test_data_is_escaped_wherever_it_stands(value: str) -> None:
    html = "<p title=\"{{ v }}\" data-a='{{ v | upcase }}'>{{ v }}{% capture c %}{{ v }}{% endcapture %}{{ c }}{{ v | append: '!' }}</p>"
    rendered = Renderer("{{ v }}", Prepared(html=html, text="{{ v }}", call_size=1)).render({"v": value})
    seen: list[tuple[str, list[tuple[str, str | None]]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append((tag, attrs))  # type: ignore[method-assign]
    parser.feed(rendered.html)
    assert seen == [("p", [("title", value), ("data-a", value.upper())])]
    assert rendered.text == value + "\n"
    assert rendered.subject == value
