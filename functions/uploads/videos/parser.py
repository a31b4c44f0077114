"""Parses one video with libmediainfo, in a process of its own: `python -m functions.uploads.videos.parser SIZE`.

The library is a native parser of what strangers send: it may crash, loop, or take memory without end, and it follows
links to files and servers that a playlist names. This process has no credentials and little memory, can open neither
files nor connections once the library is loaded, and reader.py ends it when it takes too long. It asks for bytes by its
output (REQUEST: position, length), gets them by its input (ANSWER: length, then the bytes), and ends with a REQUEST of
length 0, whose position is the length of the JSON that follows.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from typing import IO, Any

REQUEST = struct.Struct("!QI")
ANSWER = struct.Struct("!I")

# Bytes per request; the largest frames have about as many.
BLOCK = 1024 * 1024
# Bytes of memory, code included, and seconds of processor time. A gigabyte takes 45 MB and a tenth of a second.
MEMORY = 512 * 1024 * 1024
PROCESSOR_SECONDS = 20

# What is told of the first track of each kind.
TOLD = {
    "General": ("Duration", "OverallBitRate", "IsTruncated"),
    "Video": (
        "Format", "Width", "Height", "PixelAspectRatio", "Rotation", "Duration", "FrameRate", "BitRate", "ScanType",
    ),
    "Audio": ("Format", "Channels", "SamplingRate", "BitRate"),
}  # fmt: skip
LONGEST_VALUE = 50


class _Asked:
    """The file as pymediainfo reads it."""

    mode = "rb"

    def __init__(self, size: int, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._size, self._at = size, 0
        self._requests, self._answers = requests, answers

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + (self._size if whence == os.SEEK_END else 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, length: int) -> bytes:
        self._requests.write(REQUEST.pack(self._at, length))
        self._requests.flush()
        (found,) = ANSWER.unpack(self._answers.read(ANSWER.size))
        data = self._answers.read(found)
        self._at += len(data)
        return data


def told(report: str) -> dict[str, dict[str, str]]:
    """Of libmediainfo's report in JSON, the members TOLD of the first track of each kind."""
    found: dict[str, dict[str, str]] = {}
    tracks: list[dict[str, Any]] = (json.loads(report).get("media") or {}).get("track") or []
    for track in tracks:
        track.update(track.pop("extra", {}))
        kind = str(track.get("@type"))
        if kind in TOLD and kind not in found:
            found[kind] = {
                name: str(track[name])[:LONGEST_VALUE]
                for name in TOLD[kind]
                if track.get(name) not in (None, "")
            }
    return found


def main() -> None:
    """Parse the video of so many bytes that the first argument says."""
    _limit()
    requests = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints must not get between the requests
    from pymediainfo import MediaInfo  # here, because reader.py imports this module for its constants

    if not MediaInfo.can_parse():  # loads the library
        raise SystemExit("libmediainfo cannot be loaded")
    _seal()
    asked = _Asked(int(sys.argv[1]), requests, sys.stdin.buffer)
    # Speed 0: headers are enough. At any other, it reads on through pictures for statistics.
    report = MediaInfo.parse(asked, output="JSON", full=False, parse_speed=0, buffer_size=BLOCK)
    answer = json.dumps(told(report)).encode()
    requests.write(REQUEST.pack(len(answer), 0) + answer)
    requests.flush()


def _limit() -> None:
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _seal() -> None:
    """Allow no further descriptor, of a file or of a connection."""
    lowest = os.dup(2)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, lowest))


if __name__ == "__main__":
    main()
