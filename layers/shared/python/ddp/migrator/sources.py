"""The files of a schema directory as they are read: names, texts and header lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ddp.migrator.errors import InvalidFiles

_HEADER = re.compile(r"--\s*(transaction|requires|statement_timeout|twin)\s*:\s*(.+?)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file as it was read: `functions/require.sql`, at `functions/access/require.sql`."""

    name: str
    path: str
    text: str


def read_sources(directory: Path, kind: str) -> dict[str, Source]:
    """The files of one kind by name, in order of name, from its folder and every folder below. Raises InvalidFiles."""
    sources: dict[str, Source] = {}
    for file in sorted((directory / kind).rglob("*.sql"), key=lambda file: (file.name, file)):
        name, path = f"{kind}/{file.name}", file.relative_to(directory).as_posix()
        if name in sources:
            raise InvalidFiles(
                f"{sources[name].path} and {path} have the same name, and sub-folders do not count: rename one."
            )
        # Universal newlines: a checkout with CRLF has the same checksum.
        sources[name] = Source(name=name, path=path, text=file.read_text(encoding="utf-8"))
    return sources


def headers(text: str) -> dict[str, list[str]]:
    """The values of the header lines, by header: SQL comments above the first statement."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("--"):
            break
        if match := _HEADER.fullmatch(line):
            found.setdefault(match[1], []).append(match[2])
    return found
