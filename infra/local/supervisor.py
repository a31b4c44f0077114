"""The process that runs the local stack: starts its parts, watches them, starts them again and stops them.

Whatever it starts ends with it, even after a `kill -9` (child.py). It records the state of the stack in state.json.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import traceback
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

from infra.local.processes import LocalError, ProcessId
from infra.local.stack import LocalStack
from infra.local.state import Part, Phase, State, StateDirectory

# A part that ends is started again this often within WINDOW seconds, unless told otherwise; then the stack is broken.
RESTARTS, WINDOW = 3, 600.0


class Supervisor:
    """Runs the stack of one state directory until SIGTERM. Starts each part again `restarts` times within WINDOW."""

    def __init__(self, directory: StateDirectory, stack: LocalStack, *, restarts: int = RESTARTS) -> None:
        self._directory, self._stack, self._most_restarts = directory, stack, restarts
        self._state = State(phase=Phase.STARTING, supervisor=ProcessId.of(os.getpid()), ports=stack.ports)
        self._to_restart: set[str] = set()
        self._attempts: defaultdict[str, list[float]] = defaultdict(list)  # when each part was started again
        self._failure = ""  # why the last restart failed

    def run(self, assembly: Path, fingerprint: str) -> int:
        """Start the stack and watch it until SIGTERM; returns 1 if it did not start, else 0."""
        signal.signal(signal.SIGTERM, _exit)
        self._state.assembly = fingerprint
        phase = Phase.STOPPED
        try:
            self._state.urls = self._stack.up(assembly, partial(self._say, Phase.STARTING))
            self.set_phase(Phase.READY)
            while True:
                time.sleep(0.2)
                self.look()
        except Exception as error:  # noqa: BLE001 (whatever it is, the waiting user must see it)
            phase = Phase.FAILED
            self._state.step = _sentence(error)
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._stack.down()
            self.set_phase(phase, self._state.step)
        return 1 if phase is Phase.FAILED else 0

    def look(self) -> None:
        """Start parts again that have ended since the last call.

        After too many restarts within WINDOW seconds it gives up and says so. The other parts go on, so that they can
        be examined.
        """
        before = len(self._to_restart)
        self._note_parts()
        if self._state.phase is Phase.BROKEN:
            if len(self._to_restart) > before:
                self._give_up()
        elif any(self._restarts(name) >= self._most_restarts for name in self._to_restart):
            self._give_up()
        elif self._to_restart:
            self._restart()

    def set_phase(self, phase: Phase, step: str = "") -> None:
        """Record the phase of the stack, with its current step or what went wrong."""
        self._state.phase, self._state.step = phase, step
        self._note_parts()
        self._directory.write(self._state)

    def _say(self, phase: Phase, step: str) -> None:
        print(step, flush=True)
        self.set_phase(phase, step)

    def _restart(self) -> None:
        """Start the parts of `_to_restart`. If that fails, the next look tries again."""
        for name in self._to_restart:
            self._attempts[name].append(time.monotonic())
        parts = [self._state.parts[name] for name in sorted(self._to_restart)]
        names = ", ".join(f"{part.name} ({part.ended or 'did not start'})" for part in parts)
        self._say(Phase.RESTARTING, f"Ended unexpectedly and starts again: {names}.")
        try:
            self._stack.restart(self._to_restart, lambda step: print(step, flush=True))
        except Exception as error:  # noqa: BLE001 (the next look tries again, and the user sees the last one)
            self._failure = _sentence(error)
            return
        self._failure = ""
        processes = self._stack.processes.items()
        self._to_restart = {name for name, process in processes if process.poll() is not None}
        if not self._to_restart:
            self.set_phase(Phase.READY)

    def _give_up(self) -> None:
        names = ", ".join(sorted(self._to_restart))
        often = f"{self._most_restarts} restarts within {WINDOW / 60:.0f} minutes did not help"
        self._say(
            Phase.BROKEN, f"Ended unexpectedly: {names}; {often}. See the logs. {self._failure}".rstrip()
        )

    def _restarts(self, name: str) -> int:
        """How often the part was started again within the last WINDOW seconds."""
        since = time.monotonic() - WINDOW
        return sum(at > since for at in self._attempts[name])

    def _note_parts(self) -> None:
        """Update the record of parts, and add those that have ended since the last call to `_to_restart`."""
        for name, process in self._stack.processes.items():
            known, ended = self._state.parts.get(name), _how_it_ended(process)
            if ended is None and (known is None or known.process.pid != process.pid):
                self._state.parts[name] = self._new_part(name, process, known)
            elif known is not None and known.ended is None and ended is not None:
                self._to_restart.add(name)
                self._state.parts[name] = replace(known, ended=ended)

    def _new_part(self, name: str, process: subprocess.Popen[bytes], before: Part | None) -> Part:
        return Part(
            name=name,
            process=ProcessId.of(process.pid),
            log=str(self._directory.log(name)),
            restarts=before.restarts + 1 if before else 0,
        )


def _sentence(error: Exception) -> str:
    """What the user reads about an error; its traceback goes to the log."""
    traceback.print_exception(error)
    return str(error) if isinstance(error, LocalError) else f"{type(error).__name__}: {error}"


def _how_it_ended(process: subprocess.Popen[bytes]) -> str | None:
    status = process.poll()
    if status is None:
        return None
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"


def _exit(*_: object) -> None:
    sys.exit(0)


def detach(log: Path) -> None:
    """Continue as a detached process that writes to `log`, after printing its id for the caller."""
    if child := os.fork():
        print(child, flush=True)
        os._exit(0)
    os.setsid()
    with log.open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())


def main() -> None:
    """Run as the process that `ddp local up` leaves behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--assembly", type=Path, required=True)
    parser.add_argument("--fingerprint", required=True)
    parser.add_argument("--restarts", type=int, default=RESTARTS, help="of one part, within ten minutes")
    arguments = parser.parse_args()
    directory = StateDirectory(arguments.state)
    detach(directory.log("supervisor"))
    before = directory.read()
    stack = LocalStack(directory, before.ports if before else {})
    supervisor = Supervisor(directory, stack, restarts=arguments.restarts)
    sys.exit(supervisor.run(arguments.assembly, arguments.fingerprint))


if __name__ == "__main__":
    main()
