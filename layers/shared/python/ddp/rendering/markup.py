"""Liquid inside HTML: replaced before an HTML parser reads it, and put back afterwards.

A parser moves text between the rows of a table out of the table, drops what is not an attribute, and takes `>` in a
condition for the end of a tag. So each piece of Liquid is replaced by what HTML allows at its place: a comment between
elements, a word elsewhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from ddp.errors import Invalid

_LIQUID = re.compile(
    r"\{%-?\s*(?P<verbatim>raw|comment|doc)\s*-?%\}.*?\{%-?\s*end(?P=verbatim)\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}",
    re.DOTALL,
)
_BLOCK = re.compile(
    r"\{%-?\s*(?:(?P<opens>if|unless|case|for|tablerow|capture|ifchanged)|(?P<ends>end\w+))\b"
)
_SHOWN = re.compile(r"\{\{|\{%-?\s*raw\b")
_ELEMENT = re.compile(r"<(?P<closes>/?)(?P<name>[a-zA-Z][^\s/>]*)")
# Elements whose content the parser takes as text, comments included.
_TEXT_ELEMENTS = ("style", "script", "title", "textarea")

# Attributes and values in one element's tag. A parser compares each attribute with all those before it.
WORDS = 2_000

IGNORED = 'data-css-inline="ignore"'


@dataclass(slots=True)
class Protected:
    """HTML with placeholders for Liquid; `kept` has the Liquid, by the placeholders' numbers."""

    html: str
    kept: list[str] = field(default_factory=list)
    nonce: str = ""

    def restore(self, html: str) -> str:
        """This HTML, or HTML made from it, with the Liquid in its places again."""
        pattern = re.compile(rf'<!--lq{self.nonce}x(\d+)x-->|lq{self.nonce}x(\d+)x(?:="")?')
        restored = pattern.sub(lambda found: self.kept[int(found[1] or found[2])], html)
        return restored.replace(f" {IGNORED}", "")


def protect(html: str, *, comments: bool) -> Protected:
    """Replace Liquid by words, or by comments where `comments` is set and HTML allows one. Liquid comments are dropped.

    Raises Invalid for an element with too many attributes.
    """
    return _Scanner(html, comments=comments).run()


class _Scanner:
    """Reads the text once, and knows at each place which part of HTML it is in."""

    def __init__(self, html: str, *, comments: bool) -> None:
        self._comments = comments
        self._nonce = secrets.token_hex(6)
        self._kept: list[str] = []
        self._words = _LIQUID.sub(self._keep, html)
        self._word = re.compile(rf"lq{self._nonce}x(\d+)x")
        self._out: list[str] = []

    def _keep(self, found: re.Match[str]) -> str:
        """Replaces each piece of Liquid by a word. What follows only looks at where the words stand."""
        self._kept.append("" if found["verbatim"] in ("comment", "doc") else found[0])
        return f"lq{self._nonce}x{len(self._kept) - 1}x"

    def run(self) -> Protected:
        position = 0
        while position < len(self._words):
            position = self._next(position)
        return Protected(html="".join(self._out), kept=self._kept, nonce=self._nonce)

    def _next(self, start: int) -> int:
        """Copies up to the end of the next tag or comment; returns the position after it."""
        opening = self._words.find("<", start)
        end = len(self._words) if opening < 0 else opening
        self._out.append(self._between(self._words[start:end]))
        if opening < 0:
            return end
        if self._words.startswith("<!--", opening):
            return self._copy(opening, "-->")
        element = _ELEMENT.match(self._words, opening)
        if not element:
            self._out.append("<")
            return opening + 1
        end = self._end_of_tag(element.end())
        name = element["name"].lower()
        self._out.append(self._tag(self._words[opening:end], name, element.end() - opening))
        if name in _TEXT_ELEMENTS and not element["closes"]:
            return self._text_content(end, name)
        return end

    def _copy(self, start: int, closing: str) -> int:
        end = self._words.find(closing, start)
        end = len(self._words) if end < 0 else end + len(closing)
        self._out.append(self._words[start:end])
        return end

    def _text_content(self, start: int, name: str) -> int:
        """Content of a style sheet or title, which has no comments. A style sheet with conditions is not inlined."""
        found = re.compile(f"</{name}", re.IGNORECASE).search(self._words, start)
        end = found.start() if found else len(self._words)
        content = self._words[start:end]
        if name == "style" and self._has_blocks(content):
            self._out[-1] = f"{self._out[-1][:6]} {IGNORED}{self._out[-1][6:]}"
        self._out.append(content)
        return end

    def _between(self, text: str) -> str:
        """Words that stand for tags become comments; those that stand for output stay, since output is text."""
        if not self._comments:
            return text
        return self._word.sub(lambda w: f"<!--{w[0]}-->" if self._is_block(w) else w[0], text)

    def _end_of_tag(self, position: int) -> int:
        """The end of the tag whose name ends at `position`. Quoted values may contain `>`."""
        quote = ""
        for found in re.compile("[\"'>]").finditer(self._words, position):
            if found[0] == quote:
                quote = ""
            elif not quote and found[0] == ">":
                return found.end()
            elif not quote:
                quote = found[0]
        return len(self._words)

    def _tag(self, tag: str, name: str, name_end: int) -> str:
        """An HTML tag. A condition around whole attributes becomes one word, together with them."""
        attributes = self._joined(tag[name_end:])
        if attributes.count(" ") + attributes.count("=") > WORDS:
            raise Invalid(
                f"An element <{name}> has too many attributes.",
                code="template-too-large",
                extra={"part": "html"},
            )
        style = re.search(r"\bstyle\s*=\s*(\"[^\"]*\"|'[^']*')", attributes, re.IGNORECASE)
        if style and self._has_blocks(style[1]) and name != "style":
            attributes = f" {IGNORED}{attributes}"
        return tag[:name_end] + attributes

    def _joined(self, attributes: str) -> str:
        """`{% if a %}class="x"{% else %}class="y"{% endif %}` as one word: the parser would drop the second class."""
        out, start, depth, opened, quote = [], 0, 0, 0, ""
        for found in re.finditer(f"[\"']|{self._word.pattern}", attributes):
            if not found[1]:
                quote = "" if found[0] == quote else quote or found[0]
                continue
            block = None if quote else _BLOCK.match(self._kept[int(found[1])])
            if block and block["opens"]:
                opened, depth = (found.start() if depth == 0 else opened), depth + 1
            elif block and block["ends"] and depth:
                depth -= 1
                if depth == 0:
                    out += [attributes[start:opened], self._one_word(attributes[opened : found.end()])]
                    start = found.end()
        return "".join(out) + attributes[start:]

    def _one_word(self, text: str) -> str:
        self._kept.append(self._word.sub(lambda word: self._kept[int(word[1])], text))
        return f" lq{self._nonce}x{len(self._kept) - 1}x "

    def _is_block(self, word: re.Match[str]) -> bool:
        """Whether the word stands for a tag without output. Text between raw and endraw counts as output."""
        return _SHOWN.match(self._kept[int(word[1])]) is None

    def _has_blocks(self, text: str) -> bool:
        check: Callable[[re.Match[str]], bool] = self._is_block
        return any(check(word) for word in self._word.finditer(text))
