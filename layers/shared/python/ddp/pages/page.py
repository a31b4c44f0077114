"""The frame of every page that a person looks at: one stylesheet, no foreign resources, and the headers for it.

Functions and the local runtime use it. A page carries its style, which its Content-Security-Policy allows by its hash.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from pathlib import Path

# Text has a contrast of at least 4.5:1 on its background, controls and their outlines of 3:1 (WCAG 2.2).
STYLE = Path(__file__).with_suffix(".css").read_text()

_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()


def page(
    title: str, content: str, *, over: str = "", heading: str = "", header: str = "", is_wide: bool = False
) -> str:
    """A whole HTML document: a card in the middle or, if it is wide, lists and tables below a header.

    `title` is text. All others are HTML, so what people wrote must be escaped: `content`; `over`, a line above the
    heading; `heading`, if it differs from the title; `header`, at the top of the page.
    """
    above = f'<p class="over">{over}</p>\n' if over else ""
    begin, end = (
        ('<main class="wide">', "</main>") if is_wide else ('<main>\n<div class="card">', "</div>\n</main>")
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<style>{STYLE}</style>
</head>
<body>
{header}{begin}
{above}<h1>{heading or escape(title)}</h1>
{content}
{end}
</body>
</html>
"""


def date(when: datetime) -> str:
    """A time in UTC for people: `3 May 2026, 14:05 UTC`."""
    when = when.astimezone(UTC)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def policy(**sources: str) -> str:
    """A Content-Security-Policy: the page's own style and forms to its own origin, and nothing else.

    `sources` adds a directive each, with `_` for `-`: `img_src="https://bucket.example"`.
    """
    added = "".join(f"; {name.replace('_', '-')} {value}" for name, value in sources.items())
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'{added}"
    )


def headers(**sources: str) -> dict[str, str]:
    """Headers of a page behind a secret link, with the policy of these sources."""
    return {
        "Content-Security-Policy": policy(**sources),
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",  # the URL contains the token
        "Content-Language": "en",
    }
