"""Starts and stops the local stack, and reports its status: called by the commands and the tests."""

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

ALIVE = {Phase.STARTING, Phase.READY, Phase.RESTARTING, Phase.BROKEN}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The status of the stack."""

    phase: Phase
    explanation: str
    parts: tuple[Part, ...]
    urls: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether every part is running."""
        return self.phase is Phase.READY


def status(directory: StateDirectory) -> Status:
    """Read the state and check the processes themselves, because the supervisor may have been killed."""
    state = directory.read()
    if state is None:
        return Status(phase=Phase.STOPPED, explanation="It has not been started here.", parts=(), urls={})
    phase, explanation = _judge(state)
    return Status(phase=phase, explanation=explanation, parts=tuple(state.parts.values()), urls=state.urls)


def _judge(state: State) -> tuple[Phase, str]:
    if state.phase not in ALIVE:
        return state.phase, state.step
    if state.supervisor.find() is None:
        return Phase.BROKEN, "The supervisor was killed, and the parts ended with it."
    if state.phase in {Phase.RESTARTING, Phase.BROKEN}:
        return state.phase, state.step
    gone = [part.name for part in state.parts.values() if not part.is_running]
    if gone:
        return Phase.BROKEN, f"Ended unexpectedly: {', '.join(gone)}. See the logs."
    return state.phase, state.step


def up(directory: StateDirectory, assembly: Path, say: Say, *, restarts: int | None = None) -> Status:
    """Start the stack unless it runs this assembly already; returns when it is ready.

    Stops a broken stack, or one that runs other code, first. Calls `say` with each step. `restarts`: how often the
    supervisor starts a part again that is killed on purpose. Raises LocalError if the stack does not start.
    """
    with _lock(directory):
        fingerprint = fingerprint_of(assembly)
        now, state = status(directory), directory.read()
        if now.is_ready and state and state.assembly == fingerprint:
            return now
        if now.phase in ALIVE and now.phase is not Phase.STARTING:
            say("stop (the code changed)" if now.is_ready else f"stop ({now.explanation})")
        _stop(directory)
        return _follow(directory, _start(directory, assembly, fingerprint, restarts), say)


def down(directory: StateDirectory, *, delete_data: bool = False) -> None:
    """Stop every process and delete temporary files; with `delete_data`, also the database and the files."""
    if not directory.path.exists():
        return
    with _lock(directory):
        _stop(directory)
        if delete_data:
            server(directory).destroy()
            for kept in (
                directory.emulator,
                directory.runner,
                directory.mailbox,
                directory.phones,
                directory.platforms,
                directory.demo,
                directory.logs,
            ):
                shutil.rmtree(kept, ignore_errors=True)
            for file in directory.path.glob("*.json"):
                file.unlink()


def fingerprint_of(assembly: Path) -> str:
    """A hash of the templates and assets; the names of assets have a hash of their content."""
    digest = hashlib.sha256(str(assembly).encode())
    for file in sorted([*assembly.glob("*.template.json"), *assembly.glob("*.assets.json")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _start(directory: StateDirectory, assembly: Path, fingerprint: str, restarts: int | None) -> ProcessId:
    """Start the supervisor, which detaches itself and prints its process id."""
    directory.logs.mkdir(parents=True, exist_ok=True)
    arguments: list[object] = [
        "--state",
        directory.path,
        "--assembly",
        assembly,
        "--fingerprint",
        fingerprint,
    ]
    arguments += [] if restarts is None else ["--restarts", restarts]
    command = [sys.executable, "-m", "infra.local.supervisor", *map(str, arguments)]
    started = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if started.returncode:
        raise LocalError(f"The supervisor did not start: {started.stderr}")
    try:
        return ProcessId.of(int(started.stdout))
    except psutil.NoSuchProcess:
        raise LocalError(f"The supervisor ended at once; see {directory.log('supervisor')}.") from None


def _follow(directory: StateDirectory, supervisor: ProcessId, say: Say) -> Status:
    """Report each step until the stack is ready. Raises LocalError if it fails."""
    step = ""
    while True:
        # Looked at before the state is read, so that the last state is not missed.
        ended = supervisor.find() is None
        state = directory.read()
        if state and state.supervisor == supervisor:
            if state.phase is Phase.READY:
                return status(directory)
            if state.phase is Phase.STARTING and state.step not in {"", step}:
                say(step := state.step)
            if state.phase in {Phase.FAILED, Phase.BROKEN}:
                raise LocalError(f"The local stack did not start. {state.step}")
        if ended:
            raise LocalError(f"The supervisor ended; see {directory.log('supervisor')}.")
        time.sleep(0.05)


def _stop(directory: StateDirectory) -> None:
    """End the supervisor, which stops its parts; end the parts that a killed supervisor left."""
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
    """Hold the lock with which one command at a time changes the stack."""
    directory.path.mkdir(parents=True, exist_ok=True)
    with (directory.path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
