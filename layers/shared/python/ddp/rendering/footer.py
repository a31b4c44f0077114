"""The unsubscribe link, which a template cannot omit: a footer has it where the template does not show it."""

from __future__ import annotations

from markupsafe import escape

_HTML = (
    '<p style="margin:24px 0;text-align:center;font:12px/1.5 sans-serif;color:#595959">'
    '<a href="{url}" style="color:#595959">Unsubscribe</a></p>'
)
_TEXT = "\n--\nUnsubscribe: {url}\n"


def in_html(html: str, url: str) -> str:
    """The page with a link to `url`, added at the end of the body where it is missing. An empty `url`: unchanged."""
    if not url or _is_linked(html, str(escape(url))):
        return html
    addition = _HTML.format(url=escape(url))
    end = html.lower().rfind("</body")
    if end < 0:
        return html + addition
    return html[:end] + addition + html[end:]


def in_text(text: str, url: str) -> str:
    """The text with `url`, added at its end where it is missing. An empty `url`: unchanged."""
    return text if not url or url in text else text + _TEXT.format(url=url)


def _is_linked(html: str, url: str) -> bool:
    """Whether there is a link outside of comments. A style sheet may still hide it: that cannot be seen here."""
    link, position = f'href="{url}"', 0
    while (found := html.find(link, position)) >= 0:
        comment = html.find("<!--", position, found)
        if comment < 0:
            return True
        end = html.find("-->", comment)
        if end < 0:
            return False
        position = end
    return False
