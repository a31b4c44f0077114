"""The send stage beside procrastinate, whose queue is a table: the same recipients, ledger, transport and processes."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.local.processes import LocalError
from infra.state import ROOT
from tests.benchmarks.measure import Row
from tests.benchmarks.rivals import rivals
from tests.benchmarks.rivals.rivals import PLANS, PROCESSES, Rival
from tests.database.servers import DEFAULT, DatabaseServer

TASKS = "tests.benchmarks.rivals.procrastinate_send_tasks"
COMMAND = [str(rivals.ENVIRONMENT / "bin" / "procrastinate"), "--app", f"{TASKS}.app"]


def rows() -> Iterator[Row]:
    """Seconds per recipient of the stage (floor: procrastinate), or one row that says why it is left out."""
    try:
        rivals.install()
    except LocalError as reason:
        yield Row(what=f"procrastinate is left out: {reason}", measured=0)
        return
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        with tempfile.TemporaryDirectory(prefix="ddp-bench-") as directory, rivals.arena(server) as race:
            jobs = server.create().url
            for size in PLANS:
                rival = _procrastinate(race.url, jobs, Path(directory), size)
                if size == min(PLANS):
                    _make_tables(rival)
                yield rivals.row(race, rival)
    finally:
        server.stop()


def _procrastinate(url: str, jobs: str, directory: Path, size: int) -> Rival:
    """One worker per process, with `size` recipients per task; its jobs are in a database of their own."""
    return Rival(
        name="procrastinate",
        tasks=TASKS,
        worker=[*COMMAND, "worker", "--concurrency", "1"],
        workers=PROCESSES,
        environment={"BENCH_JOBS": jobs, "DATABASE_URL": url},
        log=directory / "worker.log",
        size=size,
    )


def _make_tables(rival: Rival) -> None:
    subprocess.run([*COMMAND, "schema", "--apply"], env=rival.variables(), cwd=ROOT, check=True)
