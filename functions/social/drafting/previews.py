"""Posts as their platforms would show them: the text that fits, what X makes addresses of, images as converted."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.providers import s3
from ddp.providers.social import rules
from ddp.providers.social.base import Platform
from ddp.queries.social import posts_read
from functions.social.drafting import changing
from functions.social.drafting.answers import PreviewedMedia, SocialPostPreview
from functions.social.drafting.checking import Checked
from functions.social.drafting.showing import problem_list
from functions.social.validation import addresses, shapes, weighted
from functions.social.validation.posts import Draft
from functions.social.validation.text import fitting

_GIF = "image/gif"


def of_posts(cursor: Cursor[DictRow], rows: Sequence[DictRow]) -> list[SocialPostPreview]:
    """Posts that the caller may change, by rows of ddp.queries.social.posts_checked.written."""
    checked = changing.check(cursor, rows, {row["post_id"]: changing.stored(row) for row in rows})
    media = posts_read.media(cursor, [row["post_id"] for row in rows])
    return [
        _preview(row, one, one.draft, [file for file in media if file["post_id"] == row["post_id"]])
        for row, one in zip(rows, checked, strict=True)
        if one.draft
    ]


def _preview(row: DictRow, checked: Checked, draft: Draft, media: Sequence[DictRow]) -> SocialPostPreview:
    rule, is_x = rules.of(draft.platform)["text"], draft.platform == Platform.TWITTER
    text = weighted.normal(draft.written) if is_x else draft.written
    end = fitting(rule, text, draft.longest)
    return SocialPostPreview.model_validate(
        {
            **row,
            "title": draft.title,
            "text": text[:end],
            "cut": text[end:],
            "text_length": checked.length(),
            "text_limit": draft.longest,
            "links": [text[start:stop] for start, stop in addresses.found(text)] if is_x else [],
            "media": [_media(file, draft) for file in media],
            "slots": (row["template"] or {}).get("slots", []),
            "price": checked.price,
            "problems": problem_list(checked.problems),
        }
    )


def _media(file: DictRow, draft: Draft) -> PreviewedMedia:
    shape = _shape(file, draft)
    widths = file["thumbnail_widths"] or []
    key = s3.thumbnail_key(file["file_id"], max(widths)) if widths and file["is_available"] else None
    return PreviewedMedia(
        position=file["position"],
        file_id=file["file_id"],
        content_type=file["content_type"],
        alt_text=file["alt_text"],
        width=shape.width if shape else None,
        height=shape.height if shape else None,
        conversion=shape.conversion if shape else "none",
        thumbnail_url=s3.presign_get(key) if key else None,
    )


def _shape(file: DictRow, draft: Draft) -> shapes.Shape | None:
    """The shape in which the platform gets the file; None: not known."""
    video = (file["metadata"] or {}).get("video") or {}
    width, height = file["image_width"] or video.get("width"), file["image_height"] or video.get("height")
    if not width or not height:
        return None
    limits = rules.of(draft.platform)["media"].get("image", {})
    takes_gif = file["content_type"] == _GIF and _GIF in limits.get("types", ())
    if not (file["content_type"] or "").startswith("image/") or takes_gif:
        return shapes.Shape(width=width, height=height, conversion="none")
    return shapes.converted(width, height, limits, str(draft.options.get("fit", "pad")))
