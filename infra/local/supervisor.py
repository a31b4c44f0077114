"""The process that runs the local stack: starts its parts, watches them and stops them.

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
from pathlib import Path

from infra.local.processes import LocalError, ProcessId
from infra.local.stack import LocalStack
from infra.local.state import Part, Phase, State, StateDirectory


class Supervisor:
    """Runs the stack of one state directory until SIGTERM."""

    def __init__(self, directory: StateDirectory) -> None:
        self._directory = directory
        before = directory.read()
        self._stack = LocalStack(directory, before.ports if before else {})
        self._state = State(
            phase=Phase.STARTING, supervisor=ProcessId.of(os.getpid()), ports=self._stack.ports
        )

    def run(self, assembly: Path, fingerprint: str) -> int:
        """Start the stack and watch it until SIGTERM; returns 1 if it did not start, else 0."""
        signal.signal(signal.SIGTERM, _exit)
        self._state.assembly = fingerprint
        phase = Phase.STOPPED
        try:
            self._state.urls = self._stack.up(assembly, self._say)
            self._set(Phase.READY, "")
            self._watch()
        except Exception as error:  # noqa: BLE001 (whatever it is, the waiting user must see it)
            traceback.print_exc()
            phase = Phase.FAILED
            self._state.step = (
                str(error) if isinstance(error, LocalError) else f"{type(error).__name__}: {error}"
            )
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._stack.down()
            self._set(phase, self._state.step)
        return 1 if phase is Phase.FAILED else 0

    def _say(self, step: str) -> None:
        print(step, flush=True)
        self._set(Phase.STARTING, step)

    def _set(self, phase: Phase, step: str) -> None:
        self._state.phase, self._state.step = phase, step
        self._note_parts()
        self._directory.write(self._state)

    def _watch(self) -> None:
        """Record parts that end unexpectedly. The others go on, so that they can be examined."""
        while True:
            time.sleep(0.2)
            if self._note_parts():
                ended = [part.name for part in self._state.parts.values() if part.ended]
                self._set(Phase.BROKEN, f"Ended unexpectedly: {', '.join(ended)}.")

    def _note_parts(self) -> bool:
        """Update the record of parts; returns whether one has ended since the last call."""
        has_ended = False
        for name, process in self._stack.processes.items():
            known, ended = self._state.parts.get(name), _how_it_ended(process)
            if known is None and ended is None:
                log = str(self._directory.log(name))
                self._state.parts[name] = Part(name=name, process=ProcessId.of(process.pid), log=log)
            elif known is not None and known.ended is None and ended is not None:
                has_ended = True
                self._state.parts[name] = Part(name=name, process=known.process, log=known.log, ended=ended)
        return has_ended


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
    arguments = parser.parse_args()
    directory = StateDirectory(arguments.state)
    detach(directory.log("supervisor"))
    supervisor = Supervisor(directory)
    sys.exit(supervisor.run(arguments.assembly, arguments.fingerprint))


if __name__ == "__main__":
    main()
