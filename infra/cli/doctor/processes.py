"""The local stack's state and its processes: also those that an earlier stack left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from infra.cli.doctor.findings import Finding, good, wrong
from infra.cli.typed import typed

if TYPE_CHECKING:
    from infra.local.state import StateDirectory


def findings() -> Iterator[Finding]:
    """The state of this clone's stack, then processes that work in its state directory and do not belong to it."""
    # Imported here as by every command: only those about the local stack load it.
    from infra.local import control
    from infra.local.state import Phase, StateDirectory

    directory = StateDirectory()
    status = control.status(directory)
    if status.phase in {Phase.BROKEN, Phase.FAILED}:
        yield wrong(
            f"The local stack is {status.phase}. {status.explanation}",
            f"{typed('local', 'logs')} says why; {typed('local', 'up')} starts it again.",
        )
    else:
        yield good(f"The local stack is {status.phase}.")
    known = _of_stack(directory) if status.phase in control.ALIVE else set()
    yield from _left_over(left_behind(directory.path, known), directory.path)


def _of_stack(directory: StateDirectory) -> set[int]:
    """The supervisor and its parts; also PostgreSQL, which detaches itself."""
    from infra.local.postgres.database import server

    state = directory.read()
    parts = [state.supervisor, *(part.process for part in state.parts.values())] if state else []
    return {each.pid for each in parts} | {server(directory).pid() or 0}


def _left_over(processes: Sequence[psutil.Process], directory: Path) -> Iterator[Finding]:
    if not processes:
        return
    told = ", ".join(f"{process.pid} ({process.name()})" for process in processes)
    pids = " ".join(str(process.pid) for process in processes)
    yield wrong(
        f"Processes of an earlier stack in {directory} still run: {told}.",
        f"{typed('local', 'down')} ends what it knows; end the others: kill {pids}",
    )


def left_behind(directory: Path, known: set[int], own: int | None = None) -> list[psutil.Process]:
    """Processes that were started with a path in this directory, without `known` ones and what these started.

    Nor this process, or the one named by `own`, and what it started.
    """
    found = [process for process in psutil.process_iter(["cmdline"]) if _works_in(process, directory)]
    return [each for each in found if not (known | {own or os.getpid()}) & _ancestry(each)]


def _works_in(process: psutil.Process, directory: Path) -> bool:
    arguments: list[str] = process.info["cmdline"] or []
    return any(f"{each}/".startswith(f"{directory}/") for each in arguments)


def _ancestry(process: psutil.Process) -> set[int]:
    """The process and its ancestors."""
    try:
        return {process.pid, *(parent.pid for parent in process.parents())}
    except psutil.Error:
        return {process.pid}
