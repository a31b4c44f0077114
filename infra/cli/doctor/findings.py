"""What `ddp doctor` found: sentences for people, each with what to do."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Level(Enum):
    """How much a finding matters; the value is the mark in front of it."""

    GOOD = "✓"
    NOTE = "·"  # nothing stops working because of it
    WRONG = "✗"  # missing, or in the way


class Finding(NamedTuple):
    """What was looked at and what was seen, as a sentence; what to do about it, empty if nothing."""

    level: Level
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        """Two lines at most."""
        line = f"  {self.level.value} {self.seen}"
        return f"{line}\n      {self.remedy}" if self.remedy else line


def good(seen: str) -> Finding:
    """All is well."""
    return Finding(Level.GOOD, seen)


def note(seen: str, remedy: str = "") -> Finding:
    """Worth knowing."""
    return Finding(Level.NOTE, seen, remedy)


def wrong(seen: str, remedy: str) -> Finding:
    """Missing, or in the way: the exit status becomes 1."""
    return Finding(Level.WRONG, seen, remedy)
