"""Exchanges the placeholder in all parts of a message. Each body has the link afterwards, whatever the template did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ddp import rendering
from ddp.placeholder import page
from ddp.placeholder.words import PLACEHOLDER, inert
from ddp.rendering import Rendered, footer

# What may stand around a link in a text. Mail programs make links of what looks like an address, so nothing in the same
# word may belong to one: `https://x.example/?` before it would send it there.
_LINK = re.compile(re.escape(PLACEHOLDER))
_BEFORE = re.compile(r"(?:\A|\s)[^\s/:=?&#%@\\.]*\Z")
_AFTER = re.compile(r"[)>\]\"'.,;:!]*(?:\s|\Z)")
_LONGEST_WORD = 200


def exchange(rendered: Rendered, url: str, reference: str = "") -> Rendered:
    """The message with `url` for the placeholder, and the reference, if there is one, in the page's other links.

    Raises Invalid for a page that ends inside of a tag or comment.
    """
    return replace(
        rendered,
        subject=inert(rendered.subject),
        html=_in_page(rendered.html, url, reference),
        text=_in_text(rendered.text, url),
    )


def preview(
    subject: str, html: str, text: str | None, data: Mapping[str, object], *, postal_address: str = ""
) -> Rendered:
    """The message for a recipient with this data, as ddp.rendering.preview, with a link that leads nowhere."""
    data = {"unsubscribe_url": PLACEHOLDER, **data}
    rendered = rendering.preview(subject, html, text, data, postal_address=postal_address)
    return exchange(rendered, "https://example.com/unsubscribe")


def _in_page(html: str, url: str, reference: str) -> str:
    exchanged = page.exchange(html, url, reference)
    # At the very end, because what looks like the end of the body may stand in a style sheet.
    return exchanged.html if exchanged.is_linked else exchanged.html + footer.in_html("", url)


def _in_text(text: str, url: str) -> str:
    exchanged = _LINK.sub(lambda found: url if is_alone(found) else inert(found[0]), text)
    return exchanged if url in exchanged else exchanged + footer.in_text("", url)


def is_alone(found: re.Match[str]) -> bool:
    """Whether what was found is a word of its own, and no part of another address, where its sender could read it."""
    start, end = found.span()
    return _begins_word(found.string, start) and _AFTER.match(found.string, end) is not None


def _begins_word(text: str, start: int) -> bool:
    # Most links follow a space, which costs less to see than what the pattern looks for.
    if not start or text[start - 1].isspace():
        return True
    return _BEFORE.search(text, max(0, start - _LONGEST_WORD), start) is not None
