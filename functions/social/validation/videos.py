"""Whether a video fits a platform as it is: videos are not converted.

What the platform's documentation requires is a problem. Sound, scan and bit rate are warnings: platforms convert most
of what deviates there, and a post that would go out must not be held back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ddp.providers.social.base import Problem
from functions.social.validation.problems import problem

# Rates of broadcasts are a thousandth lower than their names (24 is 23.976), and phones miss theirs by as much.
_NEAR = 0.0015

# Why nothing is known of a video (functions/uploads/videos).
_UNKNOWN = {
    "no-video": "The file holds no picture that could be read: play it, and export it anew.",
    "unreadable": "The video could not be read: play it, and export it anew if it is damaged.",
    "too-fragmented": "The video is written in too many pieces to be read; export it as an ordinary MP4.",
    "gone": "The video could not be found when it was to be read.",
}
_AGAIN = ": export it again within this limit"
_UNREAD = "The video was not read yet, so it could not be checked. Videos are read within minutes: validate again then."


def of_video(
    field: str, name: str, limits: Mapping[str, Any], content_type: str, size: int, video: Mapping[str, Any]
) -> Iterator[Problem]:
    """What is wrong with a video of `size` bytes. `video`: as functions/uploads/videos/facts.py has it, or empty."""
    if content_type not in limits["types"]:
        types = ", ".join(limits["types"])
        yield problem(field, "media-type", f"{name} takes no {content_type}: use one of {types}.")
    if size > limits["bytes"]:
        sentence = too_large("video", name, size, limits["bytes"])
        yield problem(field, "media-too-large", sentence, limit=limits["bytes"])
    if size < (least := limits.get("bytes_at_least", 0)):
        sentence = f"The video has {size:,} bytes; {name} takes none under {least:,}."
        yield problem(field, "media-too-small", sentence, limit=least)
    if not video:
        yield problem(field, "media-unknown", _UNREAD, is_warning=True)
    elif "unknown" in video:
        why = _UNKNOWN.get(video["unknown"], "The video could not be read in the time that there is for it.")
        sentence = f"{why} So it was not checked, and {name} may refuse it."
        yield problem(field, "media-unknown", sentence, is_warning=True)
    else:
        yield from _of_picture(field, name, limits, video)
        yield from _of_details(field, name, limits, video)


def too_large(what: str, name: str, size: int, most: int) -> str:
    """A sentence about a file of too many bytes."""
    return (
        f"The {what} has {_megabytes(size)} MB; {name} takes at most {_megabytes(most)} MB: make it smaller."
    )


def _of_picture(
    field: str, name: str, limits: Mapping[str, Any], video: Mapping[str, Any]
) -> Iterator[Problem]:
    width, height, codec, rate = (video.get(key) for key in ("width", "height", "codec", "frames_per_second"))
    yield from _between(field, "duration", "seconds", video.get("seconds"), limits.get("seconds"))
    yield from _of_rate(field, rate, limits.get("frames_per_second"))
    if codec and (taken := limits.get("codecs")) and codec not in taken:
        sentence = f"The video's codec is {codec}; {name} takes {' or '.join(taken)}: convert it."
        yield problem(field, "codec", sentence)
    if width and height:
        yield from _of_ratio(field, name, width / height, limits.get("ratio"))
    for side, value in (("width", width), ("height", height)):
        allowed = limits.get(f"{side}_at_least"), limits.get(f"{side}_at_most")
        yield from _between(field, f"media-{side}", f"pixels of {side}", value, allowed)
    checked = {"codec": limits.get("codecs"), "frames_per_second": limits.get("frames_per_second")}
    missing = [key.replace("_", " ") for key, limit in checked.items() if limit and not video.get(key)]
    if not video.get("is_complete", True):
        sentence = (
            f"The file ends before the video does, and {name} may refuse it: export it and upload it again."
        )
        yield problem(field, "media-incomplete", sentence, is_warning=True)
    if missing:
        sentence = (
            f"The video does not say its {' and '.join(missing)}, which {name} limits: it may refuse it."
        )
        yield problem(field, "media-unknown", sentence, is_warning=True)


def _of_ratio(field: str, name: str, ratio: float, limits: Sequence[float] | None) -> Iterator[Problem]:
    if not limits or limits[0] <= ratio <= limits[1]:
        return
    least, most = limits
    sentence = (
        f"The video is {ratio:.2f} times as wide as high; {name} accepts {_number(least)} to {_number(most)}. Crop it,"
        " and upload it again."
    )
    yield problem(field, "media-ratio", sentence, limit=least if ratio < least else most)


def _of_rate(field: str, rate: float | None, limits: Sequence[float | None] | None) -> Iterator[Problem]:
    if rate is None or not limits:
        return
    least, most = limits
    if (least or 0) * (1 - _NEAR) <= rate <= (most or rate) * (1 + _NEAR):
        return
    yield from _between(field, "frame-rate", "frames per second", rate, limits)


def _of_details(
    field: str, name: str, limits: Mapping[str, Any], video: Mapping[str, Any]
) -> Iterator[Problem]:
    sound, allowed = video.get("audio") or {}, limits.get("audio") or {}
    most = limits.get("bit_rate_at_most")
    if most and (rate := video.get("bit_rate")) and rate > most:
        sentence = f"The video has {_megabytes(rate)} megabits per second; {name} asks for at most {_megabytes(most)}."
        yield problem(field, "bit-rate", sentence, limit=most, is_warning=True)
    if limits.get("scan") == "progressive" and video.get("scan") == "interlaced":
        sentence = f"The video is interlaced; {name} asks for progressive scan: convert it."
        yield problem(field, "scan", sentence, is_warning=True)
    if (codec := sound.get("codec")) and (taken := allowed.get("codecs")) and codec not in taken:
        sentence = f"The sound's codec is {codec}; {name} asks for {' or '.join(taken)}: convert it."
        yield problem(field, "audio-codec", sentence, is_warning=True)
    for key, unit in (("channels", "channels"), ("sample_rate", "hertz")):
        most, value = allowed.get(f"{key}_at_most"), sound.get(key)
        if most and value and value > most:
            sentence = f"The sound has {value:,} {unit}; {name} asks for at most {most:,}."
            yield problem(field, f"audio-{key.replace('_', '-')}", sentence, limit=most, is_warning=True)


def _between(
    field: str, code: str, unit: str, value: float | None, limits: Sequence[float | None] | None
) -> Iterator[Problem]:
    if value is None or not limits:
        return
    least, most = limits
    if least is not None and value < least:
        sentence = f"The video has {_number(value)} {unit}; at least {_number(least)} are needed{_AGAIN}."
        yield problem(field, code, sentence, limit=least)
    if most is not None and value > most:
        sentence = f"The video has {_number(value)} {unit}; at most {_number(most)} are allowed{_AGAIN}."
        yield problem(field, code, sentence, limit=most)


def _megabytes(size: float) -> str:
    return f"{size / 1_000_000:,.1f}".removesuffix(".0")


def _number(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")
