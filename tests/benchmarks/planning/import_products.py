"""Importing a CSV file of products; floor: COPY and one upsert statement of the same file into the same table.

DDP_BENCH_PRODUCTS is their number (default 100,000). The worker runs in its own process with the real handler, psycopg
and boto3; a small HTTP server stands in for S3 and SQS. Both sides pay for the table's indexes, checks and audit trail.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from ddp import migrator
from ddp.queries import load
from tests.benchmarks.measure import Row
from tests.benchmarks.services import services
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

PRODUCTS = int(os.environ.get("DDP_BENCH_PRODUCTS", "100_000"))
MEGABYTES = 256
# At least half as fast as the raw statements.
TARGET = 2

USER = UUID(int=1)
SQL = load(__file__)


def rows() -> Iterator[Row]:
    """Seconds of the whole handler, for new products and for the same again, and the peak memory of its process."""
    server = DatabaseServer(DEFAULT)
    with TemporaryDirectory() as directory:
        file = Path(directory) / "products.csv"
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
    raw, imported = (server.create(template=template.name) for _ in range(2))
    for database in (raw, imported):
        _prepare(database)
    # Without a target the second time: nothing is written, and reading and checking lines takes most of the time.
    for what, target in (("import", TARGET), ("import again", None)):
        floor = _by_hand(raw, file)
        measured, megabytes = _import(imported, file)
        for database in (raw, imported):
            _check(database)
        yield Row(
            what=f"{what} {PRODUCTS:,} products; {PRODUCTS / measured:,.0f} per second",
            measured=measured,
            floor=floor,
            target=target,
        )
        yield Row(
            what=f"the same: peak memory {megabytes:.0f} MB (at most {MEGABYTES})",
            measured=measured,
            wrong=megabytes > MEGABYTES,
        )


def _write(file: Path) -> None:
    """Write products in no particular order, as a shop exports them."""
    with file.open("w", encoding="utf-8") as lines:
        lines.write("external_product_id,title,description,type,vendor,status,tags,published_at\n")
        for n in range(PRODUCTS):
            scattered = n * 7_919 % 1_000_003 if PRODUCTS <= 1_000_003 else n
            lines.write(
                f'gid-{scattered},Watch {n} of the year,"Reference {n}: steel, {n % 40} mm. {"sapphire " * 12}",'
                f'Watch,Maker {n % 100},active,"steel,line {n % 20}",2026-01-01T00:00:00Z\n'
            )


def _prepare(database: Database) -> None:
    with database.connect() as connection:
        for statement in (SQL.person, SQL.file, SQL.product_import):
            connection.execute(statement, {"user": USER})
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def _by_hand(database: Database, file: Path) -> float:
    start = time.perf_counter()
    with database.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL.staging)
        with cursor.copy(SQL.copy) as copy, file.open("rb") as content:
            while piece := content.read(1 << 20):
                copy.write(piece)
        cursor.execute(SQL.upsert_all, {"user": USER})
        cursor.execute("drop table staging")
    return time.perf_counter() - start


def _import(database: Database, file: Path) -> tuple[float, float]:
    """Run the worker. Returns seconds and megabytes."""
    with database.connect() as connection:
        connection.execute(SQL.begin_again)
    with services(file) as endpoint:
        environment = {
            "DATABASE_URL": database.server.url(database.name, "ddp_worker"),
            "AWS_ENDPOINT_URL": endpoint,
            "DDP_STAGE": "local",
            "DDP_CATALOGUE_IMPORT_PRODUCTS_QUEUE_URL": f"{endpoint}/1/import",
            "POWERTOOLS_LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "tests.benchmarks.planning.import_products_process", str(USER)]
        done = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["seconds"], answer["megabytes"]


def _check(database: Database) -> None:
    with database.connect() as connection:
        count = connection.execute(SQL.products).fetchone()
    if count != (PRODUCTS,):
        raise RuntimeError(f"{count} products instead of {PRODUCTS}")
