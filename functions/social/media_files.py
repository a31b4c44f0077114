"""The media of a post as its platform takes them: images converted, videos as they are.

A converted image lies under `social/{post}/{position}.jpg` from the post's preparation on, and is read by the steps
that follow. The bucket's lifecycle rule removes it after a week.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from ddp.providers import s3
from ddp.providers.social import rules
from ddp.providers.social.base import Media, Platform, Refused, StateLost
from ddp.queries.social.steps import Step
from functions.social import media_links, pictures

# Platforms that fetch images from an address of ours.
_FETCHING = {Platform.INSTAGRAM, Platform.TIKTOK}
_GIF = "image/gif"
# A worker prepares ten posts at once, and an image takes a gigabyte while it is converted. Taking turns costs no time
# on one processor.
_one_image_at_a_time = threading.Lock()


def attached(step: Step) -> list[Media]:
    """The post's media. Raises Refused for what cannot be converted, StateLost for what is no longer there.

    A post that is looked for was uploaded already: whatever became of its files since, they are described as they were.
    """
    if step.step == "settle":
        return [_as_it_is(given) for given in step.media]
    return [_media(step, given) for given in step.media]


def _media(step: Step, given: Mapping[str, Any]) -> Media:
    if not given["is_available"]:
        raise Refused("media-gone", "A file of the post was deleted, or is no longer shared with you.")
    content_type = str(given["content_type"])
    takes_it = content_type == _GIF and _GIF in rules.of(step.platform)["media"]["image"]["types"]
    if content_type.startswith("video/") or takes_it:
        return _as_it_is(given)
    return _converted(step, given)


def _as_it_is(given: Mapping[str, Any]) -> Media:
    video = (given.get("metadata") or {}).get("video") or {}
    return Media(
        position=given["position"],
        content_type=str(given["content_type"]),
        size=given["file_size"],
        read=partial(s3.read_range, given["file_path"]),
        alt_text=given.get("alt_text"),
        width=video.get("width") or given.get("image_width"),
        height=video.get("height") or given.get("image_height"),
        seconds=video.get("seconds"),
    )


def _converted(step: Step, given: Mapping[str, Any]) -> Media:
    target = s3.social_key(step.post_id, given["position"])
    if step.step == "prepare":
        with _one_image_at_a_time:
            content = pictures.fitted(
                s3.read_range(given["file_path"], 0, given["file_size"]),
                rules.of(step.platform)["media"]["image"],
                str(step.options.get("fit", "pad")),
            )
        s3.put(target, content, content_type="image/jpeg")
    size = s3.size(target)
    if size is None:
        raise StateLost("a converted image is no longer there")
    return Media(
        position=given["position"],
        content_type="image/jpeg",
        size=size,
        read=partial(s3.read_range, target),
        url=media_links.address(step.post_id, given["position"]) if step.platform in _FETCHING else None,
        alt_text=given.get("alt_text"),
    )
