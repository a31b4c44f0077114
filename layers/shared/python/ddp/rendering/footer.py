"""What a template cannot omit: a footer has the postal address and the unsubscribe link where it does not show them."""

from __future__ import annotations

from markupsafe import escape

_HTML = (
    '<p style="margin:24px 0;text-align:center;font:12px/1.5 sans-serif;color:#595959">'
    '<a href="{url}" style="color:#595959">Unsubscribe</a></p>'
)
_TEXT = "\n--\nUnsubscribe: {url}\n"
_ADDRESS_HTML = (
    '<p style="margin:24px 0;text-align:center;font:12px/1.5 sans-serif;color:#595959">{address}</p>'
)
_ADDRESS_TEXT = "\n--\n{address}\n"


def in_html(html: str, url: str) -> str:
    """The page with a link to `url`, added at the end of the body where it is missing. An empty `url`: unchanged."""
    if not url or _is_shown(html, f'href="{escape(url)}"'):
        return html
    return _added(html, _HTML.format(url=escape(url)))


def in_text(text: str, url: str) -> str:
    """The text with `url`, added at its end where it is missing. An empty `url`: unchanged."""
    return text if not url or url in text else text + _TEXT.format(url=url)


def address_in_html(html: str, address: str) -> str:
    """The page with the lines of an address, added at the end of the body where one is missing. None: unchanged."""
    lines = [str(escape(line.strip())) for line in address.splitlines() if line.strip()]
    if all(_is_shown(html, line) for line in lines):
        return html
    return _added(html, _ADDRESS_HTML.format(address="<br>".join(lines)))


def address_in_text(text: str, address: str) -> str:
    """The text with the lines of an address, added at its end where one is missing. None: unchanged."""
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    if all(line in text for line in lines):
        return text
    return text + _ADDRESS_TEXT.format(address="\n".join(lines))


def _added(html: str, addition: str) -> str:
    end = html.lower().rfind("</body")
    if end < 0:
        return html + addition
    return html[:end] + addition + html[end:]


def _is_shown(html: str, piece: str) -> bool:
    """Whether a piece stands outside of comments. A style sheet may still hide it: that cannot be seen here."""
    position = 0
    while (found := html.find(piece, position)) >= 0:
        comment = html.find("<!--", position, found)
        if comment < 0:
            return True
        end = html.find("-->", comment)
        if end < 0:
            return False
        position = end
    return False
