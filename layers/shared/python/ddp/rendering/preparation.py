"""What is done once per template version: inline the CSS, make a text alternative, measure messages per call."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ddp.errors import Invalid
from ddp.rendering.intricacy import refuse_labyrinths
from ddp.rendering.language.engine import Template, check
from ddp.rendering.language.limits import SOURCE_LIMIT
from ddp.rendering.markup import protect

# A SendBulkEmail request takes 50 entries and 1 MB in all; a fifth of that is kept for what data adds.
_CALL_ENTRIES = 50
_CALL_BYTES = 800_000

_PAGE = re.compile(r"<(?:html|head|body)\b", re.IGNORECASE)
# Conditional comments are for Outlook; no mail program needs the others.
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_KEPT_COMMENT = re.compile(r"\[if|<!|lq[0-9a-f]{12}x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A template version that is ready to render. `call_size`: messages that fit into one provider call (1 to 50)."""

    html: str
    text: str
    call_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """Both parts of a prepared template version: what is parsed once need not be again."""

    html: Template
    text: Template


def prepare(html: str, text: str | None) -> Prepared:
    """Inline the style sheets of a page, and make its text where none is given. Liquid stays unchanged.

    Raises Invalid where a part is not a template, or is too large, and TooSlow. Takes up to a second: call it once per
    version.
    """
    return prepare_parsed(html, text)[0]


def prepare_parsed(html: str, text: str | None) -> tuple[Prepared, Parsed]:
    """As `prepare`, with the parsed parts."""
    check(html)
    refuse_labyrinths(html)
    inlined = _inline(html)
    parsed_html = Template(inlined, part="html")
    made = text if text and text.strip() else _as_text(html)
    parsed_text = check(made, part="text")
    if len(inlined.encode()) > SOURCE_LIMIT:
        raise Invalid(
            f"With its styles inlined the page is larger than {SOURCE_LIMIT // 1024} KB.",
            code="template-too-large",
            extra={"part": "html"},
        )
    prepared = Prepared(html=inlined, text=made, call_size=_call_size(inlined, made))
    return prepared, Parsed(html=parsed_html, text=parsed_text)


def _inline(html: str) -> str:
    """CSS in style attributes, as mail programs need it. Rules that cannot move (media, hover) stay in a sheet."""
    import css_inline  # here, because only planning and previews need it

    # The parser would put a page around a fragment, but after comments at its start.
    page = html if _PAGE.search(html) else f"<!DOCTYPE html><html><head></head><body>{html}</body></html>"
    protected = protect(page, comments=True)
    inliner = css_inline.CSSInliner(
        load_remote_stylesheets=False,
        keep_style_tags=True,
        remove_inlined_selectors=True,
        keep_link_tags=False,
    )
    try:
        inlined = inliner.inline(protected.html)
    except css_inline.InlineError as error:
        raise Invalid(
            f"The style sheet cannot be read: {error}.", code="css-invalid", extra={"part": "html"}
        ) from error
    if "<tbody" not in html.lower():
        # The parser adds a tbody around the rows, but after the Liquid that repeats them.
        inlined = inlined.replace("<tbody>", "").replace("</tbody>", "")
    return protected.restore(_COMMENT.sub(lambda c: c[0] if _KEPT_COMMENT.match(c[1]) else "", inlined))


def _as_text(html: str) -> str:
    """The page's words and links in reading order. Tables count as layout: their cells follow each other."""
    from ddp.rendering.plain_text import of_html

    protected = protect(html, comments=False)
    return protected.restore(of_html(protected.html))


def _call_size(html: str, text: str) -> int:
    data = len(json.dumps({"s": "", "h": html, "t": text}, ensure_ascii=False).encode())
    return max(1, min(_CALL_ENTRIES, _CALL_BYTES // (data + 1024)))
