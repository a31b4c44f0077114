"""Planning a CSV file's recipients in a channel; floor: COPY and INSERT … SELECT of the same file into the same table.

DDP_BENCH_RECIPIENTS is their number (default 1,000,000). The planner runs in its own process with the real handler,
psycopg and boto3.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO
from uuid import UUID

from ddp import migrator
from ddp.channels import Channel
from ddp.queries import load_by_channel
from functions.maintenance.seed import reference
from tests.benchmarks.measure import Row
from tests.benchmarks.services import services
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

RECIPIENTS = int(os.environ.get("DDP_BENCH_RECIPIENTS", "1_000_000"))
MEGABYTES = 256
# What spreading may cost, beside planning what is due at once.
SPREAD_TARGET = 1.05

USER = UUID(int=1)
PLAN = {"type": "PlanSend", "send_plan_id": str(USER)}
SQL = load_by_channel(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is planned: a template, and how fast it must be, as a share of the raw statements' speed."""

    what: str
    content: str
    target: float
    # Whether it is also planned spread over six hours.
    is_spread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """The plan stage of a channel. `write` writes the list's lines below its heading; `countries` are those of SMS."""

    channel: Channel
    heading: str
    write: Callable[[TextIO], None]
    plans: tuple[Planned, ...]
    countries: tuple[str, ...] = ()

    def rows(self) -> Iterator[Row]:
        """Seconds of the whole handler, and the peak memory of its process."""
        server = DatabaseServer(DEFAULT)
        with TemporaryDirectory() as directory:
            file = self.list_in(Path(directory))
            try:
                server.start()
                yield from self._measure(server, file)
            finally:
                server.stop()

    def list_in(self, directory: Path) -> Path:
        """The list, as a CSV file in a directory."""
        file = directory / "list.csv"
        with file.open("w", encoding="utf-8") as lines:
            lines.write(f"{self.heading},name,city,order_number\n")
            self.write(lines)
        return file

    def _measure(self, server: DatabaseServer, file: Path) -> Iterator[Row]:
        template = self.template(server)
        for plan in self.plans:
            raw, planned = (server.create(template=template.name) for _ in range(2))
            for database in (raw, planned):
                self.prepare(database, file, plan.content)
            floor = self._by_hand(raw, file)
            measured, megabytes = self.work(planned, file, PLAN)
            for database in (raw, planned):
                self._check(database)
                server.drop(database)
            yield Row(
                what=f"{plan.what} {RECIPIENTS:,} recipients; {RECIPIENTS / measured:,.0f} per second,"
                f" {floor / measured:.2f} of the raw statements",
                measured=measured,
                floor=floor,
                target=round(1 / plan.target, 2),
            )
            yield Row(
                what=f"the same: peak memory {megabytes:.0f} MB (at most {MEGABYTES})",
                measured=measured,
                wrong=megabytes > MEGABYTES,
            )
            if plan.is_spread:
                yield self._spread(server.create(template=template.name), file, plan, measured)

    def _spread(self, database: Database, file: Path, plan: Planned, floor: float) -> Row:
        self.prepare(database, file, plan.content)
        with database.connect() as connection:
            connection.execute(SQL[self.channel.name].spread)
        measured, _ = self.work(database, file, PLAN)
        self._check(database)
        return Row(
            what="the same, spread over six hours; floor: all due at once",
            measured=measured,
            floor=floor,
            target=SPREAD_TARGET,
        )

    @staticmethod
    def template(server: DatabaseServer) -> Database:
        """A database with the schema and its reference data."""
        template = server.create()
        migrator.apply(template.url, SCHEMA)
        server.set_passwords()
        with template.connect() as connection, connection.transaction():
            reference.load(connection)
        template.close()
        return template

    def prepare(self, database: Database, file: Path, content: str) -> None:
        """Add a plan of sending to the file."""
        sha256 = hashlib.sha256(file.read_bytes()).digest()
        values = {
            "user": USER, "size": file.stat().st_size, "sha256": sha256, "content": content,
            "countries": list(self.countries),
        }  # fmt: skip
        sql = SQL[self.channel.name]
        with database.connect() as connection:
            for name in ("people", "campaign", "message", "file", "plan", f"{self.channel.name}_platform"):
                connection.execute(getattr(sql, name), values)
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")

    def _by_hand(self, database: Database, file: Path) -> float:
        sql = SQL[self.channel.name]
        start = time.perf_counter()
        with database.connect() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.execute(sql.staging)
            with cursor.copy(sql.copy) as copy, file.open("rb") as content:
                while piece := content.read(1 << 20):
                    copy.write(piece)
            cursor.execute(sql.insert_all, {"user": USER})
        return time.perf_counter() - start

    def work(self, database: Database, file: Path, message: Mapping[str, str]) -> tuple[float, float]:
        """Let the plan function take a message. Returns seconds and megabytes."""
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.planning.planning_process",
            self.channel.name,
            json.dumps(message),
        ]
        with services(file) as endpoint:
            environment = os.environ | self._environment(database, endpoint)
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        answer = json.loads(done.stdout.splitlines()[-1])
        return answer["seconds"], answer["megabytes"]

    def _environment(self, database: Database, endpoint: str) -> Mapping[str, str]:
        return {
            "DATABASE_URL": database.server.url(database.name, "ddp_worker"),
            "AWS_ENDPOINT_URL": endpoint,
            "DDP_STAGE": "local",
            self.channel.plan_queue_variable: f"{endpoint}/1/plan",
            self.channel.send_queue_variable: f"{endpoint}/1/send",
            "POWERTOOLS_LOG_LEVEL": "WARNING",
        }

    def _check(self, database: Database) -> None:
        with database.connect() as connection:
            count = connection.execute(SQL[self.channel.name].recipients).fetchone()
        if count != (RECIPIENTS,):
            raise RuntimeError(f"{count} recipients instead of {RECIPIENTS}")
