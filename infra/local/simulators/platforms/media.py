"""The media that platforms get: uploads in pieces, and files that they fetch from an address."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3

from infra.local.simulators.platforms.calls import PIECE, Call

# What is kept of a file, and what its hash is made of; the rest of longer ones is counted only.
KEPT = 32 << 20
# The longest file that is fetched.
LONGEST_FETCHED = 40 << 20
_http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=3, read=10))
_SIGNS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG", "image/png"), (b"GIF8", "image/gif"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address answered: the bytes, or why there are none."""

    body: bytes = b""
    problem: str = ""


class MediaFiles:
    """The files in one directory. A file is known by its id; its facts are in the objects that name it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, body: bytes) -> dict[str, Any]:
        """Keep a whole file; returns its facts."""
        file = new_file()
        self.path(file).write_bytes(body[:KEPT])
        return self.facts(file, len(body))

    def receive(self, file: str, start: int, call: Call) -> int:
        """Write the body of a call from byte `start` on; returns how many bytes came before it ended."""
        return self.write(file, start, call.read)

    def write(self, file: str, start: int, read: Callable[[int], bytes]) -> int:
        """Write what `read` returns, from byte `start` on; returns how many bytes it was."""
        path, got = self.path(file), 0
        path.touch()
        with path.open("r+b") as opened:
            while piece := read(PIECE):
                if (here := start + got) < KEPT:
                    opened.seek(here)
                    opened.write(piece[: KEPT - here])
                got += len(piece)
        return got

    def facts(self, file: str, size: int) -> dict[str, Any]:
        """What is told of a complete file: its id, size, type, and the SHA-256 of its first 32 MiB."""
        digest = hashlib.sha256()
        self.path(file).touch()
        with self.path(file).open("rb") as opened:
            beginning = opened.read(16)
            opened.seek(0)
            while piece := opened.read(PIECE):
                digest.update(piece)
        return {"file": file, "size": size, "type": type_of(beginning), "sha256": digest.hexdigest()}

    def path(self, file: str) -> Path:
        """Where a file is."""
        return self._directory / file


def new_file() -> str:
    """The id of a new file."""
    return secrets.token_hex(12)


def type_of(beginning: bytes) -> str:
    """The media type that a file's first bytes say."""
    for sign, kind in _SIGNS:
        if beginning.startswith(sign):
            return kind
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    return "video/mp4" if beginning[4:8] == b"ftyp" else "application/octet-stream"


def fetch(address: str) -> Fetched:
    """Fetch a file as platforms do: one GET, no redirect, of a limited size."""
    if urlsplit(address).scheme not in {"http", "https"}:
        return Fetched(problem="The address is not http or https.")
    try:
        answer = _http.request(
            "GET",
            address,
            redirect=False,
            preload_content=False,
            headers={"User-Agent": "platform-simulator"},
        )
        body = answer.read(LONGEST_FETCHED + 1)
        answer.release_conn()
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        return Fetched(problem=type(error).__name__)
    if answer.status != 200:
        return Fetched(problem=f"The address answered {answer.status}.")
    return Fetched(body=body) if len(body) <= LONGEST_FETCHED else Fetched(problem="The file is too long.")
