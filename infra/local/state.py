"""The state directory: what the supervisor says about the running stack, and where everything lies."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from infra.local.processes import ProcessId

REPOSITORY = Path(__file__).parents[2]


class Phase(StrEnum):
    """Where the stack is on its way."""

    STARTING = "starting"
    READY = "ready"
    BROKEN = "broken"  # a part ended by itself
    FAILED = "failed"  # it did not come up
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of the stack."""

    name: str
    process: ProcessId
    log: str
    ended: str | None = None  # how it ended, if it did

    @property
    def is_running(self) -> bool:
        """Whether it is there now, whatever the supervisor last wrote."""
        return self.ended is None and self.process.find() is not None


@dataclass(slots=True, kw_only=True)
class State:
    """What the supervisor knows; it alone writes it."""

    phase: Phase
    supervisor: ProcessId
    step: str = ""  # what is being done, or what went wrong
    assembly: str = ""  # fingerprint of what is deployed
    parts: dict[str, Part] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)


class StateDirectory:
    """`.ddp/` at the root of the repository, or DDP_STATE_DIR."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or Path(os.environ.get("DDP_STATE_DIR") or REPOSITORY / ".ddp")).resolve()
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
        self.message_key = self.path / "message_key.json"
        self.buckets = self.path / "buckets.json"

    def read(self) -> State | None:
        """What was last written; None before the first start."""
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
        """Replace it in one step: a reader sees the old or the new text. It has the database's password in it."""
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
