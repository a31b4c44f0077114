"""The media of a post: how many, of which kinds, and whether each fits the platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ddp.providers.social.base import Problem
from functions.social.validation.problems import problem

_KINDS = {"image": "an image", "video": "a video", "reel": "a video", "short": "a video"}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What is known of a file. Sizes are in pixels and bytes; None: not known (an older upload)."""

    content_type: str
    size: int
    is_available: bool = True
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    codec: str | None = None
    frames_per_second: float | None = None

    @property
    def kind(self) -> str:
        """image, video, or what else its type begins with."""
        return self.content_type.partition("/")[0]


def of_step(media: Sequence[Mapping[str, Any]]) -> list[File]:
    """The files of a post, as ddp.begin_social_steps() returns them."""
    return [of_row(given) for given in media]


def of_row(given: Mapping[str, Any]) -> File:
    """A file with the metadata that its upload recorded (functions/uploads)."""
    video = (given.get("metadata") or {}).get("video") or {}
    return File(
        content_type=given.get("content_type") or "",
        size=given.get("file_size") or 0,
        is_available=given.get("is_available", True),
        alt_text=given.get("alt_text"),
        width=given.get("image_width") or video.get("width"),
        height=given.get("image_height") or video.get("height"),
        seconds=video.get("seconds"),
        codec=video.get("codec"),
        frames_per_second=video.get("frames_per_second"),
    )


def of_media(
    name: str, rules: Mapping[str, Any], kind: Mapping[str, Any], files: Sequence[File], *, fit: str = ""
) -> Iterator[Problem]:
    """What is wrong with the media of a post of this kind. `name`: the platform's; `fit`: refuse, or how to convert."""
    least, most = kind["media"]
    if not least <= len(files) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        sentence = f"{name} takes {wanted} file{'' if wanted == '1' else 's'} in this type of post, not {len(files)}."
        yield problem("media", "media-count", sentence, limit=most)
    for place, file in enumerate(files):
        yield from _of_file(f"media[{place}]", name, rules, kind, file)
        if fit == "refuse" and file.kind == "image":
            yield from _of_shape(f"media[{place}]", rules["media"].get("image", {}), file)


def _of_shape(field: str, limits: Mapping[str, Any], file: File) -> Iterator[Problem]:
    """An image that would have to be padded or cropped, where the post says that it must not be."""
    shape = limits.get("ratio")
    if not shape or not file.width or not file.height:
        return
    ratio = file.width / file.height
    if not shape[0] <= ratio <= shape[1]:
        sentence = (
            f"The image is {_number(ratio)} times as wide as high; {_number(shape[0])} to {_number(shape[1])} are"
            " allowed: choose another one, or set the option fit to pad or crop."
        )
        yield problem(field, "media-ratio", sentence)


def _of_file(
    field: str, name: str, rules: Mapping[str, Any], kind: Mapping[str, Any], file: File
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
    # Images are converted to fit (functions/social/media): only a video has to fit as it is.
    if file.kind == "video":
        yield from _of_video(field, name, limits, file)


def _of_video(field: str, name: str, limits: Mapping[str, Any], file: File) -> Iterator[Problem]:
    if file.content_type not in limits["types"]:
        types = ", ".join(limits["types"])
        yield problem(field, "media-type", f"{name} takes no {file.content_type}: use one of {types}.")
    if file.size > limits["bytes"]:
        sentence = f"The video has {_megabytes(file.size)} MB; {name} takes at most {_megabytes(limits['bytes'])} MB."
        yield problem(field, "media-too-large", sentence, limit=limits["bytes"])
    if file.size < limits.get("bytes_at_least", 0):
        sentence = f"The video has {file.size:,} bytes; {name} takes none under {limits['bytes_at_least']:,}."
        yield problem(field, "media-too-small", sentence, limit=limits["bytes_at_least"])
    if file.seconds is None:
        sentence = "Nothing is known of this video, because it was uploaded before videos were read: upload it again."
        yield problem(field, "media-unknown", sentence, is_warning=True)
        return
    yield from _between(field, "duration", "seconds", file.seconds, limits.get("seconds"))
    yield from _between(
        field, "frame-rate", "frames per second", file.frames_per_second, limits.get("frames_per_second")
    )
    if file.codec and limits.get("codecs") and file.codec not in limits["codecs"]:
        codecs = " or ".join(limits["codecs"])
        yield problem(
            field, "codec", f"The video's codec is {file.codec}; {name} takes {codecs}: convert it."
        )
    if file.width and file.height:
        yield from _between(
            field, "media-ratio", "times as wide as high", file.width / file.height, limits.get("ratio")
        )
    for side, value in (("width", file.width), ("height", file.height)):
        least, most = limits.get(f"{side}_at_least"), limits.get(f"{side}_at_most")
        yield from _between(field, f"media-{side}", f"pixels of {side}", value, (least, most))


def _between(
    field: str, code: str, unit: str, value: float | None, limits: Sequence[float | None] | None
) -> Iterator[Problem]:
    if value is None or not limits:
        return
    least, most = limits
    if least is not None and value < least:
        sentence = f"The video has {_number(value)} {unit}; at least {_number(least)} are needed."
        yield problem(field, code, sentence, limit=least)
    if most is not None and value > most:
        sentence = f"The video has {_number(value)} {unit}; at most {_number(most)} are allowed."
        yield problem(field, code, sentence, limit=most)


def _megabytes(size: float) -> str:
    return f"{size / 1_000_000:,.1f}".removesuffix(".0")


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
