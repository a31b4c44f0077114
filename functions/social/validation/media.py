"""The media of a post: how many, of which kinds, and whether each fits the platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ddp.providers.social.base import Problem
from functions.social.validation import videos
from functions.social.validation.problems import problem, ratio_sentence

_KINDS = {"image": "an image", "video": "a video", "reel": "a video", "short": "a video"}

# Images that can be converted (functions/social/pictures.py).
CONVERTED = ("image/jpeg", "image/png", "image/gif", "image/webp")
_GIF = "image/gif"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What is known of a file. Sizes are in pixels and bytes.

    `video`: what its upload recorded of a video (functions/uploads/videos/facts.py); empty: it was not read yet.
    `ends_at`: until when a brand asset may be used; `unlicensed_asset_id`: the one whose licence is not accepted.
    """

    content_type: str
    size: int
    is_available: bool = True
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None
    video: Mapping[str, Any] = field(default_factory=dict)
    ends_at: datetime | None = None
    unlicensed_asset_id: str | None = None

    @property
    def kind(self) -> str:
        """image, video, or what else its type begins with."""
        return self.content_type.partition("/")[0]


def of_step(media: Sequence[Mapping[str, Any]]) -> list[File]:
    """The files of a post, as ddp.begin_social_steps() returns them."""
    return [of_row(given) for given in media]


def of_row(given: Mapping[str, Any]) -> File:
    """A file with what its upload recorded."""
    return File(
        content_type=given.get("content_type") or "",
        size=given.get("file_size") or 0,
        is_available=given.get("is_available", True),
        alt_text=given.get("alt_text"),
        width=given.get("image_width"),
        height=given.get("image_height"),
        video=(given.get("metadata") or {}).get("video") or {},
        ends_at=_moment(given.get("ends_at")),
        unlicensed_asset_id=str(given["unlicensed_asset_id"]) if given.get("unlicensed_asset_id") else None,
    )


def _moment(given: datetime | str | None) -> datetime | None:
    """A time as the API's queries have it, or as JSON of a worker's does."""
    return datetime.fromisoformat(given) if isinstance(given, str) else given


def of_terms(files: Sequence[File], goes_at: datetime | None) -> Iterator[Problem]:
    """What keeps brand assets from being used when the post goes out. `goes_at`: None: not decided."""
    for place, file in enumerate(files):
        if file.unlicensed_asset_id:
            sentence = (
                "Accept the licence of this brand asset first:"
                f" POST /brand-assets/{file.unlicensed_asset_id}/licence/acceptances."
            )
            yield problem(f"media[{place}]", "licence-not-accepted", sentence)
        if file.ends_at is None or (goes_at and goes_at < file.ends_at):
            continue
        until = f"This brand asset may be used until {file.ends_at:%Y-%m-%d %H:%M} UTC"
        if goes_at:
            sentence = f"{until}, and will have ended when the post goes out: choose another file or an earlier time."
            yield problem(f"media[{place}]", "asset-ended", sentence)
        else:
            yield problem(
                f"media[{place}]", "asset-ends", f"{until}: schedule the post before then.", is_warning=True
            )


def of_media(
    name: str, rules: Mapping[str, Any], kind: Mapping[str, Any], files: Sequence[File], *, fit: str = "pad"
) -> Iterator[Problem]:
    """What is wrong with the media of a post of this kind. `name`: the platform's; `fit`: as pictures.fitted has it."""
    least, most = kind["media"]
    if not least <= len(files) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        sentence = f"{name} takes {wanted} file{'' if wanted == '1' else 's'} in this type of post, not {len(files)}."
        yield problem("media", "media-count", sentence, limit=most)
    yield from _of_mix(name, rules, files)
    for place, file in enumerate(files):
        yield from _of_file(f"media[{place}]", name, rules, kind, file, fit)


def _of_mix(name: str, rules: Mapping[str, Any], files: Sequence[File]) -> Iterator[Problem]:
    alone = rules.get("media", {}).get("image", {}).get("alone", ())
    if len(files) > 1 and (
        found := next((file.content_type for file in files if file.content_type in alone), None)
    ):
        yield problem(
            "media", "media-mix", f"{name} takes {found} only as the one file of a post: remove the others."
        )


def _of_file(
    field: str, name: str, rules: Mapping[str, Any], kind: Mapping[str, Any], file: File, fit: str
) -> Iterator[Problem]:
    if not file.is_available:
        sentence = "The file was deleted, or is no longer shared with you: choose another one."
        yield problem(field, "media-gone", sentence)
        return
    wanted = kind.get("of", "image")
    name_of_rule = file.kind if wanted == "image_or_video" else wanted
    if wanted == "image_or_video":
        fits = file.kind in {"image", "video"}
    else:
        fits = file.kind == ("image" if wanted == "image" else "video")
    if not fits:
        sentence = f"This type of post takes {_KINDS.get(wanted, 'an image or a video')} here, not {file.content_type}."
        yield problem(field, "media-type", sentence)
        return
    limits = rules["media"][name_of_rule]
    if (longest := limits.get("alt_text")) and file.alt_text and len(file.alt_text) > longest:
        sentence = (
            f"The alternative text has {len(file.alt_text):,} characters; at most {longest:,} are allowed."
        )
        yield problem(f"{field}.alt_text", "too-long", sentence, limit=longest)
    if file.kind == "image":
        yield from _of_image(field, name, limits, file, fit)
    else:
        yield from videos.of_video(field, name, limits, file.content_type, file.size, file.video)


def _of_image(field: str, name: str, limits: Mapping[str, Any], file: File, fit: str) -> Iterator[Problem]:
    """Images are converted to fit: only what is sent as it is, and what cannot be converted, can be wrong."""
    if file.content_type not in CONVERTED:
        sentence = f"An image of type {file.content_type} cannot be posted: use a JPEG, PNG, GIF or WebP."
        yield problem(field, "media-type", sentence)
    elif file.content_type == _GIF:
        yield from _of_animation(field, name, limits, file)
    elif fit == "refuse" and (ratio := limits.get("ratio")) and file.width and file.height:
        yield from _of_ratio(field, file.width / file.height, ratio)


def _of_animation(field: str, name: str, limits: Mapping[str, Any], file: File) -> Iterator[Problem]:
    if _GIF not in limits["types"]:
        sentence = f"{name} takes no GIF: the post shows its first frame as a still image."
        yield problem(field, "media-still", sentence, is_warning=True)
        return
    most = limits.get("bytes_of", {}).get(_GIF, limits["bytes"])
    if file.size > most:
        yield problem(field, "media-too-large", videos.too_large("GIF", name, file.size, most), limit=most)
    most = limits.get("pixels")
    if most and file.width and file.height and file.width * file.height > most:
        sentence = f"The GIF has {file.width * file.height:,} pixels; {name} takes at most {most:,}: make it smaller."
        yield problem(field, "media-too-large", sentence, limit=most)


def _of_ratio(field: str, ratio: float, limits: Sequence[float]) -> Iterator[Problem]:
    least, most = limits
    if not least <= ratio <= most:
        sentence = ratio_sentence(ratio, least, most)
        yield problem(field, "media-ratio", sentence, limit=most if ratio > most else least)
