"""A group of lock files, and what an advisory database says of their packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


class Unreachable(Exception):
    """No advisory database answered, so nothing is known; the message says what the tool said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """An advisory about a locked package; `fixed_in` is empty if there is no release without it."""

    package: str
    version: str
    advisory: str
    fixed_in: str = ""

    def __str__(self) -> str:
        remedy = (
            f"fixed in {self.fixed_in}: raise it in pyproject.toml or package.json"
            if self.fixed_in
            else "no fix yet"
        )
        return f"{self.package} {self.version}, {self.advisory}; {remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Lock files, and the function that asks about them, which raises Unreachable."""

    name: str
    locks: Sequence[Path]
    ask: Callable[[Sequence[Path]], Sequence[Vulnerability]]

    def vulnerabilities(self) -> Sequence[Vulnerability]:
        """What is known of the packages in the lock files. Raises Unreachable."""
        return self.ask(self.locks)
