"""Starts, recognises and stops processes of the local runtime."""

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

# free_port picks from these.
PORTS = range(20_000, 32_000)


class LocalError(Exception):
    """The local runtime cannot go on; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """The identity of a process, which no later process with the same number has."""

    pid: int
    created: float  # seconds since the epoch, from psutil

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """The identity of a running process. Raises psutil.NoSuchProcess."""
        return cls(pid=pid, created=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The running process; None if it has ended (a zombie has)."""
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
    """Start a process that ends with the calling *thread* (see child.py), and append its output to a log file.

    `environment` is its whole environment; None means this process's own.
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
            start_new_session=True,  # so that Ctrl-C in a terminal does not reach it
        )


def stop(process: subprocess.Popen[bytes], *, grace: float = 5.0) -> None:
    """Send SIGTERM, and SIGKILL after `grace` seconds; returns when the process has ended."""
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end(processes: Sequence[psutil.Process], *, grace: float = 3.0) -> None:
    """Do the same with processes that are not children of this one."""
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                ask(process)
        if not psutil.wait_procs(processes, timeout=grace)[1]:
            return


def free_port(preferred: int | None = None) -> int:
    """A free TCP port of 127.0.0.1, the preferred one if possible.

    The ports are below Linux's range for outgoing connections (from 32768 by default), one of which could otherwise
    take the port before a server listens on it.
    """
    for port in (preferred, *random.sample(PORTS, 100)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port is not None:
                probe.bind(("127.0.0.1", port))
                return port
    raise LocalError("There is no free TCP port on 127.0.0.1.")


def wait_until(ready: Callable[[], bool], *, what: str, seconds: float, interval: float = 0.05) -> None:
    """Poll until `ready()`. Raises LocalError, which says that `what` did not happen, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise LocalError(f"{what} did not happen within {seconds:g} s.")
        time.sleep(interval)
