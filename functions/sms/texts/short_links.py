"""Short links in a text: a template sees placeholders of the same length, which become the recipient's links.

A template writes `{{ "https://shop.example/sale" | short_link }}`, which becomes `{{ links.n1 }}`. So the length of the
text is known before the recipient has a code, and no template sees a code, which it could send elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from ddp.errors import Invalid
from ddp.links.short_links import LINK_URL
from ddp.placeholder.exchange import is_alone

# What stands for a recipient's code of the same length: no word, so that nothing else looks like it.
CODE: Final = "q7Zx9Kw3Vt"
MOST_LINKS: Final = 9
LONGEST_URL: Final = 2_000

# Links to opt out, and to the n-th target.
OPT_OUT: Final = f"{LINK_URL}/{CODE}"


class Links(NamedTuple):
    """A template's text with numbered links, and where they lead, from link 1 on."""

    text: str
    urls: tuple[str, ...]


def numbered(text: str) -> Links:
    """The text of a template with `links.n` in place of each `short_link`. Raises Invalid."""
    urls: list[str] = []

    def replace(found: re.Match[str]) -> str:
        url = found["url"]
        _check(url)
        if url not in urls:
            urls.append(url)
        return f"{{{{ links.n{urls.index(url) + 1} }}}}"

    replaced = _SHORT_LINK.sub(replace, text)
    if _LEFT.search(replaced):
        raise Invalid(
            'short_link takes an address in quotes and stands alone: {{ "https://shop.example/sale" | short_link }}.',
            code="template-invalid",
        )
    if len(urls) > MOST_LINKS:
        raise Invalid(f"A message has at most {MOST_LINKS} short links.", code="template-invalid")
    refuse_shorteners(replaced)
    return Links(replaced, tuple(urls))


def placeholders(count: int) -> dict[str, str]:
    """What templates see as `links`: by name, n1 to n9."""
    return {f"n{number}": f"{OPT_OUT}/{number}" for number in range(1, count + 1)}


def says(text: str, words: str) -> bool:
    """Whether a text has these words for opting out; a link to something else, which begins alike, is none."""
    start = text.find(words)
    while start >= 0:
        if not _GOES_ON.match(text, start + len(words)):
            return True
        start = text.find(words, start + 1)
    return False


def exchange(text: str, code: str) -> str:
    """The text with the recipient's code in its links. Raises Invalid if a template has altered one of them.

    Also for one inside of another address, which would give the recipient's code away to whoever serves that.
    """
    rest = _LINK.sub(lambda found: "" if is_alone(found) else found[0], text) if OPT_OUT in text else text
    if _has_any(_PIECES, rest.casefold()):
        raise Invalid(
            "The template changes a short link or the link to opt out; it must stand as it is, a word of its own.",
            code="unrenderable",
        )
    return text.replace(OPT_OUT, f"{LINK_URL}/{code}")


def refuse_shorteners(text: str) -> None:
    """Raise Invalid for a link of a public shortener: carriers take such messages for spam."""
    if not _DOTTED.search(text):
        return
    # The pattern takes four times as long as looking for each host.
    if _has_any(_HOSTS, text.casefold()) and (found := _SHORTENER.search(text)):
        raise Invalid(
            f"Carriers block messages with links of {found['host'].lower()}. Write the address itself, or "
            '{{ "https://…" | short_link }}, which has a short address of its own.',
            code="public-shortener",
        )


def _has_any(pieces: Sequence[str], text: str) -> bool:
    # A loop, because each message comes here: `any` of a generator takes twice as long.
    for piece in pieces:  # noqa: SIM110
        if piece in text:
            return True
    return False


def _check(url: str) -> None:
    refuse_shorteners(url)
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_usable = False
    if not is_usable or len(url) > LONGEST_URL or not url.isascii() or any(sign in url for sign in " {}<>\\"):
        raise Invalid(
            "short_link takes a whole address, such as https://shop.example/sale, of at most 2,000 ASCII characters.",
            code="template-invalid",
        )


_SHORT_LINK: Final = re.compile(r"""\{\{-?\s*(["'])(?P<url>[^"'{}]*)\1\s*\|\s*short_link\s*-?\}\}""")
_LINK: Final = re.compile(rf"{re.escape(OPT_OUT)}(?:/[1-9](?![0-9]))?")
_LEFT: Final = re.compile(r"\|\s*short_link\b")
# Pieces of a link, in whatever case: enough of the code, or the address before it.
_PIECES: Final = tuple(piece.casefold() for piece in (f"{LINK_URL}/", *(CODE[n : n + 5] for n in range(6))))
_GOES_ON: Final = re.compile(r"[\w/]")
# A host has a dot before a letter; most texts have none.
_DOTTED: Final = re.compile(r"\.\w")
_HOSTS: Final = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split()
_SHORTENER: Final = re.compile(
    rf"(?<![\w.@-])(?:www\.)?(?P<host>{'|'.join(re.escape(host) for host in _HOSTS)})(?=/|\s|$)",
    re.IGNORECASE,
)
