"""What is recorded of a video, in `files.metadata.video`.

| Member | |
|---|---|
| `width`, `height` | pixels as displayed: turned, and with square pixels |
| `rotation` | degrees by which players turn it clockwise: 0, 90, 180, 270 |
| `seconds` | how long it plays |
| `codec` | h264, hevc, vp8, vp9, av1, or another name in lower case |
| `frames_per_second` | on average |
| `bit_rate` | of the whole file, in bits per second |
| `scan` | progressive or interlaced, if the file says so |
| `audio` | of the first track, null if there is none: `codec`, `channels`, `sample_rate` (hertz), `bit_rate` |
| `is_complete` | false: the file ends before its end |
| `unknown` | alone: why nothing of this is known |
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

_CODECS = {
    "AVC": "h264",
    "MPEG-4 Visual": "mpeg4",
    "MPEG Video": "mpeg2",
    "MPEG Audio": "mp3",
    "AC-3": "ac3",
    "E-AC-3": "eac3",
}
# What is more than any real video has was made to mislead.
_MOST = {
    "side": 65_535,
    "seconds": 10_000_000,
    "rate": 10_000,
    "bits": 10**12,
    "channels": 255,
    "hertz": 10**7,
}

Track = Mapping[str, str]


class NotAVideo(Exception):
    """There is no picture of a size and a duration."""


def of(report: Mapping[str, Track]) -> dict[str, Any]:
    """What is recorded of the video that this is the report of (parser.py). Raises NotAVideo."""
    general, video, audio = (report.get(kind) or {} for kind in ("General", "Video", "Audio"))
    sides = _number(video, "Width", _MOST["side"]), _number(video, "Height", _MOST["side"])
    seconds = _number(general, "Duration", _MOST["seconds"]) or _number(video, "Duration", _MOST["seconds"])
    if not all(sides) or not seconds:
        raise NotAVideo
    rotation = round(float(video.get("Rotation") or 0)) % 360 if _is_number(video.get("Rotation")) else 0
    width, height = _displayed(video, rotation)
    return {
        "width": width,
        "height": height,
        "rotation": rotation,
        "seconds": round(seconds, 3),
        "codec": _codec(video),
        "frames_per_second": _number(video, "FrameRate", _MOST["rate"]),
        "bit_rate": _whole(general, "OverallBitRate", _MOST["bits"]),
        "scan": _scan(video),
        "audio": _audio(audio) if audio else None,
        "is_complete": general.get("IsTruncated") != "Yes",
    }


def _displayed(video: Track, rotation: int) -> tuple[int, int]:
    """Width and height: the file's, with square pixels, and turned."""
    width, height = _number(video, "Width", _MOST["side"]) or 1, _number(video, "Height", _MOST["side"]) or 1
    aspect = _number(video, "PixelAspectRatio", 100) or 1.0
    sides = max(1, round(width * aspect)), round(height)
    return sides[::-1] if rotation in {90, 270} else sides


def _audio(audio: Track) -> dict[str, Any]:
    return {
        "codec": _codec(audio),
        "channels": _whole(audio, "Channels", _MOST["channels"]),
        "sample_rate": _whole(audio, "SamplingRate", _MOST["hertz"]),
        "bit_rate": _whole(audio, "BitRate", _MOST["bits"]),
    }


def _codec(track: Track) -> str | None:
    name = track.get("Format")
    if name is None:
        return None
    return _CODECS.get(name) or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:20] or None


def _scan(video: Track) -> str | None:
    scan = video.get("ScanType", "").lower()
    if scan in {"interlaced", "mbaff", "paff"}:
        return "interlaced"
    return "progressive" if scan == "progressive" else None


def _is_number(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) is not None


def _number(track: Track, name: str, most: float) -> float | None:
    """The first of the numbers that the member has (`2 / 6`); None: none that could be true."""
    text = track.get(name, "").partition(" / ")[0]
    if not _is_number(text):
        return None
    value = float(text)
    return value if math.isfinite(value) and 0 < value <= most else None


def _whole(track: Track, name: str, most: float) -> int | None:
    value = _number(track, name, most)
    return None if value is None else round(value)
