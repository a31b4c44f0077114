"""Filters of our own, in place of those of the library that are slow."""

from __future__ import annotations

import re

from markupsafe import Markup

from ddp.rendering.language.limits import ITEMS, LimitReached

_TAG_IN_HTML = re.compile(r"<[^<>]*>")


def strip_html(value: object) -> str:
    """The text without tags. The library's own filter reads the text again for each tag."""
    text = _TAG_IN_HTML.sub("", "" if value is None else str(value))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - it was escaped before


def split(value: object, separator: object = " ") -> list[str]:
    """The parts between separators, at most ITEMS. Raises LimitReached before the list is made."""
    text = "" if value is None else str(value)
    wanted = "" if separator is None else str(separator)
    parts = text.count(wanted) if wanted else len(text)
    if parts > ITEMS:
        raise LimitReached(f"split makes more than {ITEMS:,} parts", token=None)
    if not wanted:
        return list(text)
    return [] if not text or text == wanted else text.split(None if wanted == " " else wanted)
