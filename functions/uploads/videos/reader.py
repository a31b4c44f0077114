"""Reads what a video is made of: by ranges of its object, and within limits of time, requests and memory.

A video that cannot be read is no error: its file says why it is not known.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ddp.observability import logger
from functions.uploads.videos import facts, parser

# Seconds until the parser is ended, waiting for S3 included.
SECONDS = 30.0
# Requests of parser.BLOCK bytes each. Most videos take four; one in fragments is read from its beginning to its end.
REQUESTS = 400
# The longest report, in bytes.
REPORT = 16_384

COMMAND = (sys.executable, "-P", "-m", parser.__name__)
# Needed to start Python. Credentials are not: the parser reads what strangers sent.
_INHERITED = ("LD_LIBRARY_PATH", "PATH")

# Returns at most `length` bytes from `position` on.
Read = Callable[[int, int], bytes]
Facts = dict[str, Any]


class _NotReadable(Exception):
    """The parser ended without a report, or asked for too much."""


class NotStarted(Exception):
    """The parser does not start: this says nothing about any video, and everything about the installation."""


def read(size: int, piece: Read) -> Facts:
    """What a video of `size` bytes is made of (facts.py); or `unknown`, the reason why that is not known.

    Raises what `piece` raises, and NotStarted.
    """
    is_over = threading.Event()
    with _started(size) as process:

        def end() -> None:
            is_over.set()
            process.kill()

        watch = threading.Timer(SECONDS, end)
        watch.daemon = True
        watch.start()
        try:
            return facts.of(_report(process, size, piece))
        except facts.NotAVideo:
            reason = "no-video"
        except _NotReadable as error:
            reason = "too-slow" if is_over.is_set() else str(error)
        finally:
            watch.cancel()
            process.kill()
            assert process.stdin is not None  # noqa: S101 - it is a pipe
            # What it did not take any more is written once again here.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
    logger.info("a video could not be read", reason=reason)
    return {"unknown": reason}


def _started(size: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (*COMMAND, str(size)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        cwd="/",
    )


def environment() -> dict[str, str]:
    """What the parser's process inherits."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**inherited, "PYTHONPATH": os.pathsep.join(sys.path)}


def _report(process: subprocess.Popen[bytes], size: int, piece: Read) -> Mapping[str, Mapping[str, str]]:
    """Answer the parser's requests until it reports. Raises _NotReadable."""
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    for count in range(REQUESTS + 1):
        request = process.stdout.read(parser.REQUEST.size)
        if len(request) < parser.REQUEST.size:
            if count == 0:
                raise NotStarted("the parser of videos ended before it read anything")
            raise _NotReadable("unreadable")
        position, length = parser.REQUEST.unpack(request)
        if length == 0:
            return _parsed(process.stdout.read(min(position, REPORT)))
        found = piece(position, min(length, parser.BLOCK)) if position < size else b""
        try:
            process.stdin.write(parser.ANSWER.pack(len(found)) + found)
            process.stdin.flush()
        except BrokenPipeError:
            raise _NotReadable("unreadable") from None
    raise _NotReadable("too-fragmented")


def _parsed(report: bytes) -> Mapping[str, Mapping[str, str]]:
    try:
        found: Mapping[str, Mapping[str, str]] = json.loads(report)
    except ValueError:
        raise _NotReadable("unreadable") from None
    return found
