"""HTML as plain text, by inscriptis: links have their address beside them, and tables count as layout."""

from __future__ import annotations

import re
from typing import Any

from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from inscriptis.model.tag import CustomHtmlTagHandlerMapping

_TABLE_TAGS = ("table", "tr", "td", "th")


def _nothing(*_: Any) -> None:
    """In place of inscriptis' handlers, which would build a table."""


_BLOCK = HtmlElement(display=Display.block)
_CONFIG = ParserConfig(
    css=STRICT_CSS_PROFILE
    | dict.fromkeys(("table", "tbody", "thead", "tfoot", "tr"), _BLOCK)
    | {
        "td": HtmlElement(display=Display.inline, suffix=" "),
        "th": HtmlElement(display=Display.inline, suffix=" "),
    },
    display_links=True,
    display_images=True,
    custom_html_tag_handler_mapping=CustomHtmlTagHandlerMapping(
        start_tag_mapping=dict.fromkeys(_TABLE_TAGS, _nothing),
        end_tag_mapping=dict.fromkeys(_TABLE_TAGS, _nothing),
    ),
)


def of_html(html: str) -> str:
    """The text of a page with its headings, paragraphs and lists. A link becomes `[words](address)`."""
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).rstrip() for line in get_text(html, _CONFIG).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
