"""The local runtime's state directory: its paths, and what the supervisor records about the stack."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from infra.local.processes import ProcessId
from infra.state import state_directory


class Phase(StrEnum):
    """The phase of the stack."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"  # a part ended unexpectedly, and starts again
    BROKEN = "broken"  # a part ended unexpectedly, and does not start again
    FAILED = "failed"  # it did not start
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of the stack."""

    name: str
    process: ProcessId
    log: str
    ended: str | None = None  # how it ended, if the supervisor saw it end
    restarts: int = 0  # how often the supervisor has started it again

    @property
    def is_running(self) -> bool:
        """Whether the process runs now, whatever the supervisor recorded."""
        return self.ended is None and self.process.find() is not None


@dataclass(slots=True, kw_only=True)
class State:
    """The supervisor's record of the stack; only the supervisor writes it while it runs."""

    phase: Phase
    supervisor: ProcessId
    step: str = ""  # the current step, or what went wrong
    assembly: str = ""  # fingerprint of the deployed assembly
    parts: dict[str, Part] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)


class StateDirectory:
    """`.ddp/` at the root of the repository, or DDP_STATE_DIR."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path.resolve() if path else state_directory()
        self.logs = self.path / "logs"
        self.function_logs = self.logs / "functions"
        self.postgres = self.path / "postgres"
        self.emulator = self.path / "emulator"
        self.objects = self.emulator / "s3"
        self.runner = self.path / "runner"
        self.functions = self.path / "functions.json"
        self.issuer_key = self.path / "issuer.pem"
        self.passwords = self.path / "passwords.json"
        self.mailbox = self.path / "mailbox"
        self.phones = self.path / "phones"
        self.platforms = self.path / "platforms"
        self.demo = self.path / "demo"
        self.demo_report = self.demo / "report.html"
        self.message_key = self.path / "message_key.json"
        self.buckets = self.path / "buckets.json"

    def read(self) -> State | None:
        """The last record; None before the first start."""
        if not self._file.exists():
            return None
        raw = json.loads(self._file.read_text())
        raw["phase"] = Phase(raw["phase"])
        raw["supervisor"] = ProcessId(**raw["supervisor"])
        raw["parts"] = {
            name: Part(**{**part, "process": ProcessId(**part["process"])})
            for name, part in raw["parts"].items()
        }
        return State(**raw)

    def write(self, state: State) -> None:
        """Replace the record atomically. The file is private, because it has the database's password."""
        self.path.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(state), indent=1))
        new.replace(self._file)

    def log(self, part: str) -> Path:
        """The log file of a part."""
        return self.logs / f"{part}.log"

    @property
    def _file(self) -> Path:
        return self.path / "state.json"
