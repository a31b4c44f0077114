"""Files that are generated from the code or the schema, and checked in: write them, or find the stale ones."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from infra.state import ROOT


def write(contents: Mapping[Path, str]) -> None:
    """Write the files that differ from these contents, and print their paths."""
    for path in stale(contents):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contents[path], encoding="utf-8")
        print(f"{shown(path)} written")


def check(contents: Mapping[Path, str]) -> int:
    """Name the stale files on standard error; returns the exit status: 1 if there are any, else 0."""
    found = stale(contents)
    for path in found:
        print(f"{shown(path)} is stale: run `ddp generate` and commit the result", file=sys.stderr)
    return 1 if found else 0


def stale(contents: Mapping[Path, str]) -> list[Path]:
    """The paths whose file is missing or has another content."""
    return [path for path, text in contents.items() if not path.exists() or path.read_text("utf-8") != text]


def shown(path: Path) -> str:
    """The path relative to the repository, if it is inside."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
