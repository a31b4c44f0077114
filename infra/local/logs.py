"""The logs of parts and functions: old lines, and new lines as they appear."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from infra.local.postgres.database import server
from infra.local.state import StateDirectory


def log_files(directory: StateDirectory) -> dict[str, Path]:
    """{name: log file}: the parts first, then the deployed functions."""
    files = {file.stem: file for file in sorted(directory.logs.glob("*.log"))}
    if (postgres := server(directory).log()) is not None:
        files["postgres"] = postgres
    return files | {file.stem: file for file in sorted(directory.function_logs.glob("*.log"))}


def tail(file: Path, lines: int) -> list[str]:
    """The last lines of a file; empty if it does not exist."""
    return file.read_text(errors="replace").splitlines()[-lines:] if file.exists() else []


def follow(files: dict[str, Path], *, interval: float = 0.3) -> Iterator[tuple[str, str]]:
    """Yield (name, line) for each new line of these files, for ever; looks every `interval` seconds."""
    return _follow(
        files, {name: file.stat().st_size for name, file in files.items() if file.exists()}, interval
    )


def _follow(files: dict[str, Path], positions: dict[str, int], interval: float) -> Iterator[tuple[str, str]]:
    while True:
        for name, file in files.items():
            text, positions[name] = _read_from(file, positions.get(name, 0))
            yield from ((name, line) for line in text.splitlines())
        time.sleep(interval)


def _read_from(file: Path, position: int) -> tuple[str, int]:
    """Whole lines after `position`, and the position of their end; from the start if the file has become shorter."""
    if not file.exists():
        return "", 0
    with file.open("rb") as stream:
        stream.seek(position if position <= file.stat().st_size else 0)
        start = stream.tell()
        content = stream.read()
    whole = content[: content.rfind(b"\n") + 1]
    return whole.decode(errors="replace"), start + len(whole)
