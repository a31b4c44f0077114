"""The placeholder in a page, which is read as the HTML standard says that browsers read it (13.2.5, Tokenization).

What a sloppy reader could take for something else is changed so that all readers see the same: `<` inside of tags is
escaped, elements whose content some take for text and others for HTML are renamed, conditional comments must be whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from ddp.errors import Invalid
from ddp.placeholder import references, style_sheets
from ddp.placeholder.words import PLACEHOLDER, inert

# Readers disagree on what these contain; no mail program needs them. `link` loads style sheets.
_RENAMED = frozenset(
    ["iframe", "link", "math", "noembed", "noframes", "noscript", "plaintext", "svg", "template", "xmp"]
)
# Their content is text, which ends at their end tag.
_TEXT_ELEMENTS = frozenset(["script", "style", "textarea", "title"])

_SPACE = r"[\t\n\f\r ]"
_ATTRIBUTE = (
    r"(=[^\t\n\f\r />=]*+|[^\t\n\f\r />=]++)"
    rf"(?:{_SPACE}*+={_SPACE}*+(\"[^\"]*+\"|'[^']*+'|(?=>)|[^\t\n\f\r >\"'][^\t\n\f\r >]*+)|(?!{_SPACE}*+=))"
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
# `(?>(?:…)*)` and not `(?:…)*+`, which Python 3.11.2 (Debian 12's) matches wrongly.
_TOKEN = re.compile(
    # All begin with `<`, which the search finds fast.
    r"<(?:"
    r"!--(?P<comment>(?=-?>)|.*?)(?:(?<=<!--)-?>|--!?>)"
    rf"|(?P<closes>/?)(?P<name>[a-zA-Z][^\t\n\f\r />]*+)(?P<attributes>(?>(?:[\t\n\f\r /]++|{_ATTRIBUTE})*))>"
    r"|(?:!(?!--)|\?|/(?![a-zA-Z]))[^>]*+>"
    r"|(?P<unfinished>[a-zA-Z!?/])"
    r")",
    re.DOTALL,
)
# Text and tags in which nothing but the placeholder has to change; nine of ten tags. Reading them one by one would take
# four times as long.
_PLAIN = re.compile(
    rf"(?>(?:[^<]++|</?(?!(?:a|{'|'.join(sorted(_RENAMED | _TEXT_ELEMENTS))})[\t\n\f\r />])[a-zA-Z][^\t\n\f\r /><]*+"
    rf"(?>(?:[\t\n\f\r /]++|{_ATTRIBUTE.replace('[^', '[^<')})*)>)*)",
    re.IGNORECASE,
)

# Outlook reads what is in a conditional comment, and may leave out what is between two of them.
_HIDDEN = re.compile(r"(\[if [^\]<>]*\]>)(.*)(<!\[endif\])", re.DOTALL)
_BOUNDARY = re.compile(r"\[if [^\]<>]*\]>\s*(?:<!(?:--\s*)?)?|\s*<!\[endif\]\s*")
_CONDITION = re.compile(r"\[if|endif", re.IGNORECASE)
_MARKUP_DECLARATION = re.compile(r"<!(?:--)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """A page with the link in place of the placeholder. `is_linked`: outside of comments there is such a link."""

    html: str
    is_linked: bool


def exchange(html: str, url: str, reference: str = "") -> Exchanged:
    """Exchange the placeholder; other links get the reference, if there is one, as a parameter.

    Raises Invalid for a page that ends inside of a tag, a comment or a style sheet.
    """
    reader = _Reader(html, f'href="{escape(url)}"', reference)
    reader.read()
    return Exchanged(html="".join(reader.out), is_linked=reader.is_linked)


@dataclass(slots=True)
class _Reader:
    """Reads a page token by token. `out` has the page up to `copied`, with what had to be changed."""

    html: str
    link: str
    reference: str = ""
    out: list[str] = field(default_factory=list)
    copied: int = 0
    is_linked: bool = False

    def read(self) -> None:
        position = _after_plain(self.html, 0)
        while token := _TOKEN.search(self.html, position):
            position = token.end()
            if token["name"]:
                position = self._tag(token)
            elif token["unfinished"]:
                raise _unfinished(self.html, token.start())
            elif token["comment"] is not None:
                self._replace(token.start(), position, self._comment(token["comment"]))
            position = _after_plain(self.html, position)
        self._copy(len(self.html))

    def _tag(self, token: re.Match[str]) -> int:
        """Changes a tag where it must be; returns the position after it and the text that it begins."""
        name = token["name"].lower()
        is_tracked = self.reference and name == "a"
        if name in _RENAMED or PLACEHOLDER in token[0] or token[0].rfind("<") or is_tracked:
            self._replace(*token.span(), self._changed(token, name))
        if name in _TEXT_ELEMENTS and not token["closes"]:
            return self._text(name, token.end())
        return token.end()

    def _changed(self, token: re.Match[str], name: str) -> str:
        attributes = token["attributes"]
        if name == "a" and not token["closes"]:
            attributes = self._linked(attributes)
        start = f"<{token['closes']}{'x-' if name in _RENAMED else ''}"
        return start + inert(f"{token['name']}{attributes}>").replace("<", "&lt;")

    def _linked(self, attributes: str) -> str:
        """The attributes of an `<a>`, with the link if the placeholder is its whole target."""
        href = next((found for found in _ATTRIBUTES.finditer(attributes) if found[1].lower() == "href"), None)
        if href is None:
            return attributes
        if (href[2] or "").strip("\"'").strip() != PLACEHOLDER:
            tracked = references.added(href[2] or "", self.reference)
            return (
                f"{attributes[: href.start()]}href={tracked}{attributes[href.end() :]}"
                if tracked
                else attributes
            )
        self.is_linked = True
        others = (attributes[: href.start()], attributes[href.end() :])
        return self.link.join(_ATTRIBUTES.sub(_without_ping, part) for part in others)

    def _text(self, name: str, start: int) -> int:
        """Changes the text in a style sheet, title, …; returns the position of the end tag."""
        end = re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE).search(self.html, start)
        if not end:
            raise _unfinished(self.html, self.html.rindex("<", 0, start))
        text = _MARKUP_DECLARATION.sub(" ", inert(self.html[start : end.start()]))
        self._replace(start, end.start(), style_sheets.harmless(text) if name == "style" else text)
        return end.start()

    def _comment(self, content: str) -> str:
        if hidden := _HIDDEN.fullmatch(content):
            return self._hidden(*hidden.groups())
        if _CONDITION.search(content) and not _BOUNDARY.fullmatch(content):
            return "<!---->"
        return f"<!--{inert(content)}-->"

    def _hidden(self, condition: str, content: str, end: str) -> str:
        """What only Outlook reads: it may have links too. Not whole, it would end somewhere else for Outlook."""
        reader = _Reader(content, self.link, self.reference)
        try:
            reader.read()
        except Invalid:
            return "<!---->"
        return f"<!--{condition}{''.join(reader.out)}{end}-->"

    def _replace(self, start: int, end: int, new: str) -> None:
        self._copy(start)
        self.out.append(new)
        self.copied = end

    def _copy(self, end: int) -> None:
        self.out.append(inert(self.html[self.copied : end]))
        self.copied = end


def _after_plain(html: str, start: int) -> int:
    plain = _PLAIN.match(html, start)
    return plain.end() if plain else start


def _without_ping(attribute: re.Match[str]) -> str:
    """Browsers tell the addresses in `ping` which link was followed."""
    return f"x-{attribute[0]}" if attribute[1].lower() == "ping" else attribute[0]


def _unfinished(html: str, start: int) -> Invalid:
    beginning = inert(html[start : start + 40]).splitlines()[0]
    return Invalid(
        f"The page ends inside of what begins with “{beginning}”: close it.",
        code="template-invalid",
        extra={"part": "html"},
    )
