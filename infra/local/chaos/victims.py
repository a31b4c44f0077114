"""The processes of a local stack that can be killed: execution environments of functions, and the parts."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from random import Random

import psutil

from infra.local import control
from infra.local.postgres.database import server
from infra.local.processes import LocalError, wait_until
from infra.local.state import StateDirectory

# The web part is the portal and the token issuer, not a part of the platform.
PARTS = ("runner", "emulator", "mailbox", "phones", "platforms", "postgres")
RUNTIME = ["-m", "awslambdaric"]
# A new emulator deploys all stacks again: a minute, on a machine with other work three.
RESTART_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An execution environment of a function."""

    process: psutil.Process
    function: str  # its name, such as ddp-local-email-send
    handler: str

    def kill(self) -> bool:
        """`kill -9`; returns whether it was still there."""
        return _kill(self.process)


def environments(directory: StateDirectory, handler: str | None = None) -> list[Environment]:
    """The execution environments of the stack of this directory, of all functions or of one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            command = process.cmdline()
            if command[-3:-1] != RUNTIME or handler not in {None, command[-1]}:
                continue
            variables = process.environ()
            if variables.get("TMPDIR", "").startswith(f"{directory.runner}/"):
                name = variables["AWS_LAMBDA_FUNCTION_NAME"]
                found.append(Environment(process=process, function=name, handler=command[-1]))
    return found


def kill_function(directory: StateDirectory, handler: str) -> int:
    """`kill -9` for all environments of a function; returns how many there were."""
    return sum(each.kill() for each in environments(directory, handler))


def kill_part(directory: StateDirectory, part: str) -> None:
    """`kill -9` for a part, and wait until the supervisor has another one ready. Raises LocalError if it has none."""
    watched = _pid(directory, part)
    # PostgreSQL's part watches the server, which would outlive it.
    victim = server(directory).pid() if part == "postgres" else watched
    if victim is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            _kill(psutil.Process(victim))
    wait_until(
        lambda: _pid(directory, part) != watched and control.status(directory).is_ready,
        what=f"A new {part}",
        seconds=RESTART_SECONDS,
    )


def kill_backend(directory: StateDirectory, random: Random) -> bool:
    """`kill -9` for a process of PostgreSQL's: the server ends all connections and recovers by itself."""
    pid = server(directory).pid()
    with contextlib.suppress(psutil.NoSuchProcess):
        backends = psutil.Process(pid).children() if pid is not None else []
        return bool(backends) and _kill(random.choice(backends))
    return False


def _pid(directory: StateDirectory, part: str) -> int:
    state = directory.read()
    if state is None:
        raise LocalError(f"There is no stack in {directory.path}.")
    return state.parts[part].process.pid


def _kill(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()  # psutil makes sure that the number is still this process's
        return True
    return False
