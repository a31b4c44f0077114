"""What the send stage is compared with: another project's worker that sends to the same recipients.

A rival does less: a claim and a mark, without rate, fairness, suppressions or calls that are committed before they are
made. Its tasks are queued beforehand, its workers' start is not counted, and no server waits for a disk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending
from tests.database.servers import SCHEMA, DatabaseServer

ROUNDS = 6
PROCESSES = 4
# The plans of a round that a rival sends to, by recipients per task: one, as most projects do it, and what one provider
# call takes. Fewer for the slower one, so that no round takes minutes.
PLANS = {1: 1, 50: PROCESSES}
ENVIRONMENT = ROOT / ".venv-bench"
INSTALL_SECONDS = ROUND_SECONDS = 300
SQL = load(__file__)


def install() -> None:
    """Install the rivals in their own virtual environment. Raises LocalError if that is not possible here."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another project's workers. `name` as the table shows it; `tasks`: the module of its task, a program that queues.

    `worker`: the command of one worker, of which `workers` are started; `environment`: variables of both programs.
    """

    name: str
    tasks: str
    worker: Sequence[str | Path]
    workers: int
    environment: dict[str, str]
    log: Path
    size: int

    def send(self, owner: psycopg.Connection[Any], plans: Sequence[Any]) -> float:
        """Send to the recipients of these plans. Returns seconds per recipient, from the first message to the last."""
        campaigns = [channel_campaign_id for _, channel_campaign_id in plans]
        self._queue(owner, campaigns)
        # SIGKILL: otherwise it might wait for its broker, which ends at the same time. Its processes end with it.
        started = [
            processes.start(
                self.worker, log=self.log, environment=self.variables(), on_parent_death="SIGKILL"
            )
            for _ in range(self.workers)
        ]
        try:
            return self._wait(owner, started, campaigns)
        finally:
            for worker in started:
                processes.stop(worker, grace=30)

    def _queue(self, owner: psycopg.Connection[Any], campaigns: Sequence[Any]) -> None:
        ids = [send for (send,) in owner.execute(SQL.recipients, {"email_campaign_ids": campaigns})]
        tasks = json.dumps([ids[first : first + self.size] for first in range(0, len(ids), self.size)])
        command = [str(ENVIRONMENT / "bin" / "python"), "-m", self.tasks]
        subprocess.run(command, input=tasks, text=True, env=self.variables(), cwd=ROOT, check=True)

    def _wait(
        self,
        owner: psycopg.Connection[Any],
        workers: Sequence[subprocess.Popen[bytes]],
        campaigns: Sequence[Any],
    ) -> float:
        """Wait until all are sent. Raises LocalError if a worker ends before, or fails to send one of them."""
        deadline = time.monotonic() + ROUND_SECONDS
        while all(worker.poll() is None for worker in workers) and time.monotonic() < deadline:
            row = owner.execute(SQL.progress, {"email_campaign_ids": campaigns}).fetchone()
            if row and row[0]:
                return float(row[1])
            time.sleep(0.2)
        raise LocalError(f"{self.name} did not send all; its log ends:\n{self.log.read_text()[-2000:]}")

    def variables(self) -> dict[str, str]:
        """The environment of the rival's programs."""
        path = os.pathsep.join(map(str, (ROOT, ROOT / "layers" / "shared" / "python")))
        return {**os.environ, "PYTHONPATH": path, **self.environment}


@contextmanager
def arena(server: DatabaseServer) -> Iterator[sending.Race]:
    """A database with the schema, and the send stage's processes. `server` has to run."""
    database = server.create()
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    url = server.url(database.name, "ddp_worker")
    with (
        database.connect() as owner,
        ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool,
    ):
        sending.prepare(owner, EMAIL)
        yield sending.Race(owner, pool, url, PROCESSES)


def row(race: sending.Race, rival: Rival) -> Row:
    """The round with the median ratio. The first, which warms up, does not count."""
    rounds = list(zip(race.seed(ROUNDS), race.seed(ROUNDS), strict=True))
    race.owner.execute("vacuum analyze public.email_sends")
    pairs = [
        (_stage(race, ours), rival.send(race.owner, theirs[: PLANS[rival.size]])) for ours, theirs in rounds
    ]
    measured, floor = sorted(pairs[1:], key=lambda pair: pair[0] / pair[1])[(ROUNDS - 1) // 2]
    return Row(
        what=f"the send stage without rendering, per recipient, {PROCESSES} processes ({1 / measured:,.0f} per second);"
        f" floor: {rival.name}, {PROCESSES} processes, {rival.size} per task ({1 / floor:,.0f} per second)",
        measured=measured,
        floor=floor,
        # Without one for whole calls per task: that is the rival with part of this stage written again.
        target=1 if rival.size == 1 else None,
    )


def _stage(race: sending.Race, plans: Sequence[Any]) -> float:
    """Seconds per recipient of the stage."""
    start = time.perf_counter()
    race.stage(plans)
    return (time.perf_counter() - start) / race.messages
