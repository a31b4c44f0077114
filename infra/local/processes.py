"""Start, recognise and stop processes of the local runtime."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

CHILD = Path(__file__).with_name("child.py")

# From which a free one is picked; see free_port.
PORTS = range(20_000, 32_000)


class LocalError(Exception):
    """The local runtime cannot go on; the message is a sentence for the person at the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    created: float  # seconds since the epoch, as psutil gives them

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """The identity of a running process; psutil.NoSuchProcess when there is none."""
        return cls(pid=pid, created=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The running process, or None when it ended (a zombie has ended)."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    on_parent_death: str = "SIGTERM",
) -> subprocess.Popen[bytes]:
    """Start a process that ends with the calling *thread*, its output appended to a log file.

    `environment` is the whole environment (None: this process's own).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-S", "-E", str(CHILD), str(os.getpid()), on_parent_death, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(os.environ if environment is None else environment),
            cwd=directory,
            start_new_session=True,  # Ctrl-C in a terminal is for the supervisor alone
        )


def stop(process: subprocess.Popen[bytes], *, grace: float = 5.0) -> None:
    """SIGTERM, then SIGKILL after `grace` seconds; returns when it is gone."""
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end(processes: Sequence[psutil.Process], *, grace: float = 3.0) -> None:
    """The same for processes that are not children of this one."""
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                ask(process)
        if not psutil.wait_procs(processes, timeout=grace)[1]:
            return


def free_port(preferred: int | None = None) -> int:
    """A free TCP port of 127.0.0.1: the preferred one when it is free, or any.

    Below the range from which Linux serves outgoing connections (32768 by default): a port from there can be
    taken by one of them before the part that it was picked for listens.
    """
    for port in (preferred, *random.sample(PORTS, 100)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port is not None:
                probe.bind(("127.0.0.1", port))
                return port
    raise LocalError("No free TCP port on 127.0.0.1.")


def wait_until(ready: Callable[[], bool], *, what: str, seconds: float, interval: float = 0.05) -> None:
    """Poll until `ready()`; a LocalError that says `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise LocalError(f"{what} did not happen within {seconds:g} s.")
        time.sleep(interval)
