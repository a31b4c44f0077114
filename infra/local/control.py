"""Bring the local stack up and down, and say how it is: what the commands and the tests call."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.local.postgres.database import server
from infra.local.processes import LocalError, ProcessId, end
from infra.local.state import Part, Phase, State, StateDirectory

ALIVE = {Phase.STARTING, Phase.READY, Phase.BROKEN}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the stack is now, whatever the supervisor wrote last."""

    phase: Phase
    explanation: str
    parts: tuple[Part, ...]
    urls: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether every part runs."""
        return self.phase is Phase.READY


def status(directory: StateDirectory) -> Status:
    """Look at the processes themselves: the supervisor may have been killed."""
    state = directory.read()
    if state is None:
        return Status(phase=Phase.STOPPED, explanation="It was never started here.", parts=(), urls={})
    phase, explanation = _judge(state)
    return Status(phase=phase, explanation=explanation, parts=tuple(state.parts.values()), urls=state.urls)


def _judge(state: State) -> tuple[Phase, str]:
    if state.phase not in ALIVE:
        return state.phase, state.step
    if state.supervisor.find() is None:
        return Phase.BROKEN, "The supervisor was killed, and its parts ended with it."
    gone = [part.name for part in state.parts.values() if not part.is_running]
    if gone:
        return Phase.BROKEN, f"Ended by itself: {', '.join(gone)}. Their logs say why."
    return state.phase, state.step


def up(directory: StateDirectory, assembly: Path, say: Say) -> Status:
    """Start the stack unless it is up with this very assembly; returns when it is ready.

    A broken stack, or one that runs other code, is stopped first. `say` is told each step. Raises LocalError
    when the stack does not come up.
    """
    with _lock(directory):
        fingerprint = fingerprint_of(assembly)
        now, state = status(directory), directory.read()
        if now.is_ready and state and state.assembly == fingerprint:
            return now
        if now.phase in ALIVE and now.phase is not Phase.STARTING:
            say(f"stop ({now.explanation})" if now.phase is Phase.BROKEN else "stop (the code changed)")
        _stop(directory)
        return _follow(directory, _start(directory, assembly, fingerprint), say)


def down(directory: StateDirectory, *, delete_data: bool = False) -> None:
    """Stop every process and remove temporary files; with `delete_data` the database and the files too."""
    if not directory.path.exists():
        return
    with _lock(directory):
        _stop(directory)
        if delete_data:
            server(directory).destroy()
            for kept in (directory.emulator, directory.runner, directory.mailbox, directory.logs):
                shutil.rmtree(kept, ignore_errors=True)
            for file in directory.path.glob("*.json"):
                file.unlink()


def fingerprint_of(assembly: Path) -> str:
    """Changes with any template and any asset (their names carry a hash of their content)."""
    digest = hashlib.sha256(str(assembly).encode())
    for file in sorted([*assembly.glob("*.template.json"), *assembly.glob("*.assets.json")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _start(directory: StateDirectory, assembly: Path, fingerprint: str) -> ProcessId:
    """Start the supervisor, which detaches itself and says its number."""
    directory.logs.mkdir(parents=True, exist_ok=True)
    arguments = ["--state", directory.path, "--assembly", assembly, "--fingerprint", fingerprint]
    command = [sys.executable, "-m", "infra.local.supervisor", *map(str, arguments)]
    started = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if started.returncode:
        raise LocalError(f"The supervisor did not start: {started.stderr}")
    try:
        return ProcessId.of(int(started.stdout))
    except psutil.NoSuchProcess:
        raise LocalError(f"The supervisor ended at once; see {directory.log('supervisor')}.") from None


def _follow(directory: StateDirectory, supervisor: ProcessId, say: Say) -> Status:
    """Report each step until the stack is ready; LocalError when it is not going to be."""
    step = ""
    while True:
        ended = supervisor.find() is None  # before reading: its last words must not be missed
        state = directory.read()
        if state and state.supervisor == supervisor:
            if state.phase is Phase.READY:
                return status(directory)
            if state.phase is Phase.STARTING and state.step not in {"", step}:
                say(step := state.step)
            if state.phase in {Phase.FAILED, Phase.BROKEN}:
                raise LocalError(f"The local stack did not come up. {state.step}")
        if ended:
            raise LocalError(f"The supervisor ended; see {directory.log('supervisor')}.")
        time.sleep(0.05)


def _stop(directory: StateDirectory) -> None:
    """The supervisor stops its parts; what a killed one left is ended here."""
    if state := directory.read():
        if supervisor := state.supervisor.find():
            end([supervisor], grace=45)
        end([process for part in state.parts.values() if (process := part.process.find())], grace=30)
        if state.phase in ALIVE:
            state.phase, state.step = Phase.STOPPED, ""
            directory.write(state)
    server(directory).stop()
    for temporary in (directory.emulator / "tmp", directory.runner / "tmp"):
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def _lock(directory: StateDirectory) -> Iterator[None]:
    """One command at a time changes the stack; the others wait."""
    directory.path.mkdir(parents=True, exist_ok=True)
    with (directory.path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
