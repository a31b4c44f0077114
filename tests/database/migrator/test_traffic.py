"""Every repeatable file is applied to a full database while people use it: nobody waits over a second.

DDP_TEST_FILE_ACTIONS: rows of the largest table (default 1 million; creating 10 million takes some minutes).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from ddp import migrator
from tests.database.conftest import DEFAULT, SCHEMA
from tests.database.servers import Database, DatabaseServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FILE_ACTIONS = int(os.environ.get("DDP_TEST_FILE_ACTIONS", "1_000_000"))
FILES, PRODUCTS = 10_000, 100_000
LONGEST_WAIT = 1.0
FILE, BRAND = UUID(int=1), UUID(int=1)

FILL = """
    set session_replication_role = replica;
    insert into users (user_id, user_email, user_name, user_type, is_active)
    select lpad(to_hex(n), 32, '0')::uuid, n || '@example.com', 'Brand ' || n, 'brand', true
    from generate_series(1, 100) n;
    insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, content_type)
    select lpad(to_hex(n), 32, '0')::uuid, n || '.pdf', 'pdf', n, 'files/' || n,
        lpad(to_hex(1 + n %% 100), 32, '0')::uuid, 'application/pdf'
    from generate_series(1, %(files)s) n;
    update files set created_by_user_id = lpad('1', 32, '0')::uuid where file_id = lpad('1', 32, '0')::uuid;
    insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id)
    select file_name, 'image', file_id, created_by_user_id from files limit 1000;
    insert into products (product_title, external_product_id, created_by_user_id)
    select 'Watch ' || n, n, lpad('1', 32, '0')::uuid from generate_series(1, %(products)s) n;
    insert into file_actions (file_id, user_id, action_type, action_timestamp)
    select lpad(to_hex(1 + n %% %(files)s), 32, '0')::uuid, lpad('1', 32, '0')::uuid, 'VIEW',
        now() - n * interval '1 year' / %(actions)s
    from generate_series(1, %(actions)s) n;
    reset session_replication_role;
    analyze
"""

READS = {
    "files": "select file_name from files where deleted_at is null order by created_at desc limit 20",
    "actions": "select * from file_actions where file_id = %(file)s order by action_timestamp desc limit 20",
    "analytics": "select view_count from file_analytics where file_id = %(file)s",
    "products": "select product_title from products limit 20",
    "assets": "select * from top_downloaded_assets",
    "campaigns": "select campaign_name, email_open_rate from campaign_analytics limit 20",
    "sends": "select status, sent_at from email_sends where email_campaign_id = %(file)s",
}
WRITES = {
    "action": "select record_file_action(%(file)s, 'VIEW')",
    "file": "update files set file_name = 'again.pdf' where file_id = %(file)s",
    "watch": "update watch_models set model_name = model_name where created_by_user_id = %(user)s",
    "collection": "insert into collections (collection_name, created_by_user_id) values ('New', %(user)s)",
}


@dataclass(slots=True)
class Traffic:
    """Requests of a signed-in brand, each in its own transaction, and the longest time that one took."""

    database: Database
    longest: dict[str, float] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def flowing(self) -> Iterator[None]:
        threads = [
            threading.Thread(target=self._use, args=(uses,)) for uses in (READS, READS, WRITES, WRITES)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            for thread in threads:
                thread.join()

    def _use(self, statements: dict[str, str]) -> None:
        claims = json.dumps({"sub": str(BRAND)})
        with psycopg.connect(
            self.database.server.url(self.database.name, "ddp_api"), autocommit=True
        ) as connection:
            while not self.stopped.is_set():
                for name, statement in statements.items():
                    started = time.monotonic()
                    try:
                        with connection.transaction():
                            connection.execute(
                                "select set_config('role', 'authenticated', true),"
                                " set_config('request.jwt.claims', %s, true)",
                                [claims],
                            )
                            connection.execute(statement, {"file": FILE, "user": BRAND})
                    except psycopg.Error as error:
                        self.errors.append(f"{name}: {error}")
                    self.longest[name] = max(self.longest.get(name, 0), time.monotonic() - started)
                    self.done[name] = self.done.get(name, 0) + 1
                    time.sleep(0.005)


@pytest.fixture(scope="module")
def full() -> Iterator[Database]:
    """A database with the schema and many rows, inserted without triggers."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        numbers = {"actions": FILE_ACTIONS, "files": FILES, "products": PRODUCTS}
        with psycopg.ClientCursor(database.connect("superuser")) as cursor:
            cursor.execute(FILL, numbers)
        yield database
        database.close()
    finally:
        server.stop()


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[], Path]:
    """Makes a copy of the schema in which the text of every repeatable file is new."""
    copies = []

    def change() -> Path:
        copy = tmp_path / f"schema-{len(copies)}"
        shutil.copytree(SCHEMA, copy)
        copies.append(copy)
        for folder in ("functions", "triggers", "views", "policies"):
            for file in (copy / folder).rglob("*.sql"):
                file.write_text(f"{file.read_text()}\n-- {time.time_ns()}\n")
        return copy

    return change


def applied_in_traffic(database: Database, schema: Path) -> tuple[Traffic, migrator.Applied, list[str]]:
    traffic, lines = Traffic(database), []
    with traffic.flowing():
        time.sleep(1)
        applied = migrator.apply(database.url, schema, lines.append)
        time.sleep(0.5)
    print(
        f"\n{FILE_ACTIONS:,} rows:", {name: f"{s:.3f} s" for name, s in traffic.longest.items()}, traffic.done
    )
    print(*(line for line in lines if "attempt" in line), sep="\n")
    return traffic, applied, lines


def every_repeatable() -> set[str]:
    return {file.name for file in migrator.read_schema(SCHEMA).repeatables}


def assert_nobody_waited(traffic: Traffic) -> None:
    assert traffic.errors == []
    assert set(traffic.done) == set(READS) | set(WRITES)
    assert max(traffic.longest.values()) < LONGEST_WAIT, traffic.longest


def test_all_repeatables_again_while_people_work(full, changed):
    traffic, applied, _ = applied_in_traffic(full, changed())
    assert set(applied.repeatables) == every_repeatable()
    assert_nobody_waited(traffic)


@pytest.mark.parametrize("seconds", [20])
def test_nobody_waits_behind_an_apply_that_waits_for_a_long_reader(full, changed, seconds):
    """A request for an exclusive lock waits for the reader, and everyone else waits for it: it must give up soon."""
    reader = full.connect("superuser", autocommit=False)
    reader.execute("select from files, file_actions limit 1")
    ends = threading.Timer(seconds, reader.rollback)
    ends.start()
    try:
        traffic, applied, lines = applied_in_traffic(full, changed())
    finally:
        ends.join()
    assert set(applied.repeatables) == every_repeatable()
    assert any("waits for a lock" in line for line in lines)
    assert_nobody_waited(traffic)
