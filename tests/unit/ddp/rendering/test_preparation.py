"""Preparing a page: CSS is inlined, Liquid stays in place, a text alternative is made."""

# ruff: noqa: E501  # templates are easier to read on one line

from __future__ import annotations

import pytest

from ddp.errors import Invalid
from ddp.rendering import Prepared, Renderer, check, prepare


def html_of(html: str, **variables: object) -> str:
    """The page, prepared and rendered."""
    return Renderer("s", prepare(html, None)).render(variables).html


def body(html: str) -> str:
    """The content of a prepared page's body."""
    return prepare(html, None).html.partition("<body>")[2].partition("</body>")[0]


@pytest.mark.parametrize(
    "html",
    [
        "<table>{% for p in l %}<tr><td>{{ p }}</td></tr>{% endfor %}</table>",
        "<table><tbody>{% for p in l %}<tr>{% for q in p %}<td>{{ q }}</td>{% endfor %}</tr>{% endfor %}</tbody></table>",
        "<ul>{% for p in l %}<li>{{ p }}</li>{% else %}<li>none</li>{% endfor %}</ul>",
        "<select>{% for p in l %}<option {% if p == x %}selected{% endif %}>{{ p }}</option>{% endfor %}</select>",
        '<p title="{% if a > 1 %}{{ b }}{% endif %}">x</p>',
        '<p style="{% if a %}color:red{% endif %};margin:3px">x</p>',
        '<p style="color:{{ c }}" {% if a > 1 %}class="x"{% else %}class=\'y\'{% endif %}>x</p>',
        '<a href="https://shop.example/?a=1&amp;u={{ u | url_encode }}">x</a>',
        "<!--[if mso]><table><tr>{% if a > b %}<td>{{ x }}</td>{% endif %}</tr></table><![endif]--><p>y</p>",
        "<!--[if !mso]><!--><p>{{ x }}</p><!--<![endif]-->",
        "{% raw %}{{ as it is }}{% endraw %}",
        "<p>{{ a | default: '<b>' }} {%- if b -%} x {%- endif -%}</p>",
    ],
)
def test_liquid_stays_as_it_is(html: str) -> None:
    assert " ".join(body(html).split()) == " ".join(html.split())


def test_styles_go_into_elements_and_what_cannot_stays() -> None:
    html = prepare(
        "<style>p { color: {{ colour }} } .b { margin: 0 } a:hover { color: red }"
        " @media (max-width: 600px) { p { color: blue } }</style>"
        "<style>{% if dark %}p { color: white }{% endif %}</style>"
        '<p class="b" style="color: green">x</p><p>y</p>',
        None,
    ).html
    assert '<p class="b" style="margin: 0;color: green">x</p>' in html
    assert '<p style="color: {{ colour }};">y</p>' in html
    assert "a:hover" in html
    assert "@media (max-width: 600px)" in html
    assert "<style>{% if dark %}p { color: white }{% endif %}</style>" in html
    assert "data-css-inline" not in html


def test_an_attribute_without_quotes_gets_them() -> None:
    assert body("<a href={{ url }}>x</a>") == '<a href="{{ url }}">x</a>'


def test_comments_go() -> None:
    assert (
        body("<p>a<!-- the boss will hate this --></p>{% comment %}<b>{{ x }}</b>{% endcomment %}")
        == "<p>a</p>"
    )


def test_rows_are_repeated_inside_their_table() -> None:
    html = html_of("<table>{% for p in l %}<tr><td>{{ p }}</td></tr>{% endfor %}</table>", l=["<a>", "b"])
    assert "<table><tr><td>&lt;a&gt;</td></tr><tr><td>b</td></tr></table>" in html


def test_the_text_has_words_links_and_liquid_in_order() -> None:
    text = prepare(
        "<title>no</title><style>p{}</style><h1>Hello {{ name }}</h1><p>See <a href='{{ url }}'>the shop</a>.</p>"
        "<table>{% for p in l %}<tr><td>{{ p.name }}</td><td>{{ p.price }}</td></tr>{% endfor %}</table>"
        "<ul>{% for p in l %}<li>{{ p.name }}</li>{% endfor %}</ul>",
        None,
    ).text
    assert "Hello {{ name }}" in text
    assert "See [the shop]({{ url }})." in text
    rendered = Renderer("s", Prepared(html="h", text=text, call_size=1)).render(
        {"name": "Zoë & Co", "url": "https://x.example/?a=1&b=2", "l": [{"name": "A", "price": 1}, {"name": "B", "price": 2}]}
    )  # fmt: skip
    lines = [line.strip() for line in rendered.text.splitlines() if line.strip()]
    assert lines == [
        "Hello Zoë & Co",
        "See [the shop](https://x.example/?a=1&b=2).",
        "A 1",
        "B 2",
        "* A",
        "* B",
    ]


def test_a_given_text_is_kept() -> None:
    assert prepare("<p>x</p>", "Dear {{ name }}").text == "Dear {{ name }}"
    assert prepare("<p>x</p>", " \n").text == "x\n"
    with pytest.raises(Invalid) as error:
        prepare("<p>x</p>", "a\n{{ b | nope }}")
    assert error.value.extra == {"part": "text", "line": 2}


@pytest.mark.parametrize(("size", "calls"), [(100, 50), (30_000, 25), (40_000, 18), (400_000, 1)])
def test_large_messages_go_in_smaller_calls(size: int, calls: int) -> None:
    made = prepare(f"<p>{'x' * size}</p>", "t").call_size
    assert abs(made - calls) <= 2


URL = "https://ddp.example.com/unsubscribe/a?b=1&c=2"


@pytest.mark.parametrize(
    "html",
    [
        "<p>x</p>",
        "<html><body><p>x</p></body></html>",
        "<!-- <a href=\"{{ unsubscribe_url }}\"> --><p>x</p>",
        "<!--[if mso]><a href=\"{{ unsubscribe_url }}\">x</a><![endif]--><p>x</p>",
        "{% if false %}<a href='{{ unsubscribe_url }}'>x</a>{% endif %}",
        "<p>{{ unsubscribe_url }}</p>",
    ],
)  # fmt: skip
def test_the_unsubscribe_link_cannot_be_omitted(html: str) -> None:
    rendered = Renderer("s", prepare(html, "no link")).render({"unsubscribe_url": URL})
    assert rendered.html.count(">Unsubscribe</a></p>") == 1
    assert 'href="https://ddp.example.com/unsubscribe/a?b=1&amp;c=2"' in rendered.html
    assert rendered.text == f"no link\n\n--\nUnsubscribe: {URL}\n"


def test_a_link_of_the_templates_own_is_enough() -> None:
    rendered = Renderer("s", prepare('<a href="{{ unsubscribe_url }}">Stop</a>', None)).render(
        {"unsubscribe_url": URL}
    )
    assert "Unsubscribe" not in rendered.html
    assert rendered.text == f"[Stop]({URL})\n"


def test_what_was_asked_for_and_not_there_is_told() -> None:
    renderer = Renderer("{{ a }}!", prepare("{{ b.c }} {{ d | default: 'x' }} {{ e }}", "{{ f }}"))
    assert renderer.render({"e": None}).undefined == {"a", "b.c", "f"}


def test_good_templates_pass() -> None:
    check(
        "Dear {{ name | default: 'you' | capitalize }}, {% if total > 3 %}{{ total | divided_by: n }}{% endif %}"
    )
