"""The story that the demo tells: who takes part, what each step showed, and what did not happen as told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console

from infra.cli.api_client import Client, FileToUpload
from infra.local.processes import LocalError


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file, what became of it, and why."""

    file: FileToUpload
    outcome: str
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Story:
    """One run of the demo. `clients` has a client for each local user and one for `anyone`."""

    clients: dict[str, Client]
    console: Console
    run: str  # in names and contents, so that each run's files differ
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    uploads: list[Upload] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        """Print a heading."""
        self.console.print(f"\n[bold]{title}[/]")

    def check(self, told: str, holds: bool, seen: object = "") -> None:  # noqa: FBT001
        """Print a step; if it did not happen as told, print what was seen, note it, and go on."""
        line = f"  [green]✓[/] {told}" if holds else f"  [red]✗ {told}[/] {seen}"
        self.console.print(line, soft_wrap=True)
        if not holds:
            self.surprises.append(told)

    def file_id(self, file: FileToUpload) -> str:
        """The id of the brand's file with this content. Raises LocalError if there is none."""
        files = self.clients["brand"].call("GET", "/files").body.get("items", ())
        found = [item["file_id"] for item in files if item["sha256"] == file.sha256]
        if not found:
            raise LocalError(f"The demo cannot go on: {file.name} is not among the brand's files.")
        return str(found[0])
