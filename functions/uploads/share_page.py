"""The pages behind a public link: accessible HTML that runs no scripts and loads nothing but a preview of the file."""

from __future__ import annotations

from html import escape

from ddp.pages.page import date, page
from functions.uploads import models

_UNITS = ("bytes", "kB", "MB", "GB")

# Of the previews, the smallest that is at least as wide as the page's column on most screens.
_PREVIEW_WIDTH = 600


def shared_file(file: models.SharedFile, token: str) -> str:
    """What is shared, by whom and until when, with a button to download it."""
    name = f"<bdi>{escape(file.file_name)}</bdi>"
    preview = _preview(file.thumbnails)
    image = f'<img src="{escape(preview.url)}" alt="Preview of the file">\n' if preview else ""
    # Relative, so that it works below any address of this API. The token has only letters, digits, - and _.
    content = f"""{image}<p>{escape(_kind(file))} · {size(file.file_size)}</p>
<p><a class="button" href="{token}/download">Download</a></p>
<p class="soft">This link works until {date(file.expires_at)}.</p>"""
    over = f"<bdi>{escape(file.shared_by)}</bdi> shares a file with you"
    return page(file.file_name, content, over=over, heading=name)


def not_found() -> str:
    """The page for a link that never was, has ended or was revoked: nothing tells them apart."""
    return page("This link does not work", _NOT_FOUND)


def unavailable() -> str:
    """The page for a failure on our side."""
    return page("This did not work", "<p>Please open the link again in a few minutes.</p>")


def preview_source(file: models.SharedFile) -> dict[str, str]:
    """What the page's Content-Security-Policy must allow: the origin of the preview, if there is one."""
    preview = _preview(file.thumbnails)
    return {"img_src": "/".join(preview.url.split("/")[:3])} if preview else {}


def size(count: int) -> str:
    """A number of bytes for people: `1.4 MB`."""
    if count == 1:
        return "1 byte"
    amount, unit = float(count), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    digits = f"{amount:.1f}" if unit and amount < 9.95 else f"{amount:.0f}"
    return f"{digits.removesuffix('.0')} {_UNITS[unit]}"


def _kind(file: models.SharedFile) -> str:
    """`PDF`, `JPEG image`, …: the type in words, as far as its name has them."""
    major, _, minor = (file.content_type or "").partition("/")
    short = minor.split("+")[0].removeprefix("x-").upper()
    if major in {"image", "video", "audio"}:
        return f"{short} {major}"
    return short if 0 < len(short) <= 4 else "File"


def _preview(thumbnails: list[models.Thumbnail]) -> models.Thumbnail | None:
    """The preview to show: wide enough if possible, and no wider than necessary."""
    by_width = sorted(thumbnails, key=lambda each: each.width)
    return next(
        (each for each in by_width if each.width >= _PREVIEW_WIDTH), by_width[-1] if by_width else None
    )


_NOT_FOUND = """<p>It does not exist, or it has ended. Ask whoever gave it to you for a new one.</p>"""
