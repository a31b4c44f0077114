"""Planning a CSV file's recipients; floor: COPY and INSERT … SELECT of the same file into the same table.

DDP_BENCH_RECIPIENTS is their number (default 1,000,000). The planner runs in its own process with the real handler,
psycopg and boto3. A small HTTP server stands in for S3, SQS and Secrets Manager: emulators keep files in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from ddp import migrator
from ddp.queries import load
from tests.benchmarks.measure import Row
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

RECIPIENTS = int(os.environ.get("DDP_BENCH_RECIPIENTS", "1_000_000"))
MEGABYTES = 256
# At least 0.6 times as fast as the raw statements.
TARGET = round(1 / 0.6, 2)

USER = UUID(int=1)
SQL = load(__file__)


def rows() -> Iterator[Row]:
    """Seconds of the whole handler, and the peak memory of its process."""
    server = DatabaseServer(DEFAULT)
    with TemporaryDirectory() as directory:
        file = Path(directory) / "list.csv"
        _write(file)
        try:
            server.start()
            yield from _measure(server, file)
        finally:
            server.stop()


def _measure(server: DatabaseServer, file: Path) -> Iterator[Row]:
    template = server.create()
    migrator.apply(template.url, SCHEMA)
    server.set_passwords()
    raw, planned = (server.create(template=template.name) for _ in range(2))
    for database in (raw, planned):
        _prepare(database, file)
    floor = _by_hand(raw, file)
    measured, megabytes = _planner(planned, file)
    _check(raw)
    _check(planned)
    yield Row(
        what=f"plan {RECIPIENTS:,} recipients; {RECIPIENTS / measured:,.0f} per second", measured=measured, floor=floor,
        target=TARGET,
    )  # fmt: skip
    yield Row(
        what=f"the same: peak memory {megabytes:.0f} MB (at most {MEGABYTES})",
        measured=measured,
        wrong=megabytes > MEGABYTES,
    )


def _write(file: Path) -> None:
    """Write addresses in no particular order, as in real lists."""
    with file.open("w", encoding="utf-8") as lines:
        lines.write("email,name,city,order_number\n")
        for n in range(RECIPIENTS):
            scattered = n * 7_919 % 1_000_003 if RECIPIENTS <= 1_000_003 else n
            lines.write(
                f"person{scattered}.{n % 97}@mail{n % 5000}.example.com,Person {n},Town {n % 300},{n}\n"
            )


def _prepare(database: Database, file: Path) -> None:
    sha256 = hashlib.sha256(file.read_bytes()).digest()
    values = {"user": USER, "size": file.stat().st_size, "sha256": sha256}
    with database.connect() as connection:
        for statement in (SQL.people, SQL.campaign, SQL.message, SQL.file, SQL.plan):
            connection.execute(statement, values)
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def _by_hand(database: Database, file: Path) -> float:
    start = time.perf_counter()
    with database.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL.staging)
        with cursor.copy(SQL.copy) as copy, file.open("rb") as content:
            while piece := content.read(1 << 20):
                copy.write(piece)
        cursor.execute(SQL.insert_all, {"user": USER})
    return time.perf_counter() - start


def _planner(database: Database, file: Path) -> tuple[float, float]:
    """Run the planner. Returns seconds and megabytes."""
    with services(file) as endpoint:
        environment = {
            "DATABASE_URL": database.server.url(database.name, "ddp_worker"),
            "AWS_ENDPOINT_URL": endpoint,
            "DDP_STAGE": "local",
            "DDP_EMAIL_PLAN_QUEUE_URL": f"{endpoint}/1/plan",
            "DDP_EMAIL_SEND_QUEUE_URL": f"{endpoint}/1/send",
            "POWERTOOLS_LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "tests.benchmarks.plan_email_process", str(USER)]
        done = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["seconds"], answer["megabytes"]


def _check(database: Database) -> None:
    with database.connect() as connection:
        count = connection.execute(SQL.recipients).fetchone()
    if count != (RECIPIENTS,):
        raise RuntimeError(f"{count} recipients instead of {RECIPIENTS}")


@contextmanager
def services(file: Path) -> Iterator[str]:
    """The endpoint of services that have this one file, take every message, and know one secret."""
    services = ThreadingHTTPServer(("127.0.0.1", 0), type("Services", (_Services,), {"file": file}))
    thread = threading.Thread(target=services.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{services.server_port}"
    finally:
        services.shutdown()
        services.server_close()


class _Services(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; with Nagle's algorithm the second would wait 40 ms.
    disable_nagle_algorithm = True
    file: Path

    def do_HEAD(self) -> None:
        self._answer(200, b"", length=self.file.stat().st_size)

    def do_GET(self) -> None:
        first, last = map(int, re.findall(r"\d+", self.headers["Range"]))
        with self.file.open("rb") as content:
            content.seek(first)
            self._answer(206, content.read(last - first + 1))

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "SecretId" in request:
            answer = {"SecretString": json.dumps({"key": "k" * 64})}
        else:
            entries = [
                {"Id": e["Id"], "MessageId": e["Id"], "MD5OfMessageBody": ""} for e in request["Entries"]
            ]
            for entry, sent in zip(entries, request["Entries"], strict=True):
                body = sent["MessageBody"].encode()
                entry["MD5OfMessageBody"] = hashlib.md5(body, usedforsecurity=False).hexdigest()
            answer = {"Successful": entries, "Failed": []}
        self._answer(200, json.dumps(answer).encode())

    def _answer(self, status: int, body: bytes, *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
