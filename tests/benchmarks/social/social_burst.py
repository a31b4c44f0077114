"""Prepared posts that are due in the same second: how soon all are out, and none early; floor: their calls."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import psycopg

from ddp import migrator
from ddp.queries import load
from infra.local.simulators.serving import Server
from tests.benchmarks.measure import Row
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

POSTS, BATCH, ROUNDS, ACCOUNTS = 300, 10, 5, 30
# Seconds in which the platform answers, and how many times what its calls take alone all of it may take. Real platforms
# take longer to answer; one that answers in no time shows what the ledger itself takes.
ANSWERS = {0.05: 5.0, 0.0: None}
# A message comes up to two seconds before its post is due.
AHEAD = timedelta(seconds=1)

SQL = load(str(Path(__file__).with_name("social.sql")))


@dataclass(slots=True)
class Platform:
    """A platform that publishes at once, and answers after `seconds`. `at`: when, by the id of what was prepared."""

    url: str = ""
    seconds: float = 0.0
    at: dict[str, float] = field(default_factory=dict)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; with Nagle's algorithm the second would wait 40 ms.
    disable_nagle_algorithm = True

    def __init__(self, platform: Platform, *arguments: Any) -> None:
        self._platform = platform
        super().__init__(*arguments)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._platform.at[self.path.rpartition("/")[2]] = time.time()
        time.sleep(self._platform.seconds)
        body = json.dumps({"success": True}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def platform() -> Iterator[Platform]:
    """A running platform."""
    made = Platform()
    server = Server(("127.0.0.1", 0), partial(_Answers, made))
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def rows() -> Iterator[Row]:
    """Seconds from the due time until the last of 300 posts is out, by one worker that takes ten at a time."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        os.environ["DATABASE_URL"] = server.url(database.name, "ddp_worker")
        with database.connect() as owner, platform() as facebook:
            _connect(facebook)
            for seconds, target in ANSWERS.items():
                facebook.seconds = seconds
                yield _compared(Burst(owner, facebook), target)
    finally:
        from ddp import db

        db.close()
        server.stop()


def _connect(facebook: Platform) -> None:
    """KMS and the queue are elsewhere: what they take is measured by nobody here."""
    from ddp.providers import kms
    from ddp.providers.social import http
    from functions.social import hints

    http.GATEWAY = facebook.url
    kms.decrypt = lambda ciphertext, **_: ciphertext
    hints.tell = lambda due: None


@dataclass(slots=True)
class Burst:
    """Posts of thirty accounts, all due at once."""

    owner: psycopg.Connection[Any]
    platform: Platform
    early: int = 0

    def seed(self) -> list[UUID]:
        """Posts that are prepared."""
        ids: list[UUID] = []
        for _ in range(ACCOUNTS):
            row = self.owner.execute(SQL.account, {"external_id": str(uuid4()), "token": "t"}).fetchone()
            assert row is not None
            values = {"account_id": row[0], "posts": POSTS // ACCOUNTS, "status": "ready", "step": "finalise"}
            due = {"due_in": timedelta(hours=1), "apart": timedelta(0)}
            ids += [post for (post,) in self.owner.execute(SQL.posts, values | due).fetchall()]
        states = [json.dumps({"id": str(post_id)}) for post_id in ids]
        self.owner.execute(SQL.keep, {"post_ids": ids, "states": states})
        return ids

    def published(self) -> float:
        """Seconds from the due time until the platform has the last post."""
        from functions.social import publish

        ids = self.seed()
        due = self.owner.execute(SQL.due_at, {"post_ids": ids, "due_in": AHEAD}).fetchall()
        due_at = max(float(at) for (at,) in due)
        for batch in _batches(ids):
            publish.work_on(batch)
        row = self.owner.execute(SQL.published, {"post_ids": ids}).fetchone()
        if row != (POSTS,):
            raise RuntimeError(f"{row} of {POSTS} posts are out")
        times = [self.platform.at[str(post_id)] for post_id in ids]
        self.early += sum(at < min(float(at) for (at,) in due) for at in times)
        return max(times) - due_at

    def called(self) -> float:
        """Seconds of the same calls, as many at once, with nothing else to do."""
        call = _calls()
        batches = _batches([uuid4() for _ in range(POSTS)])
        start = time.perf_counter()
        for batch in batches:
            with ThreadPoolExecutor(len(batch)) as threads:
                list(threads.map(call, batch))
        return time.perf_counter() - start


def _compared(burst: Burst, target: float | None) -> Row:
    burst.called(), burst.published()
    measured, floors = [], []
    for _ in range(ROUNDS):
        floors.append(burst.called())
        measured.append(burst.published())
    took, floor, answered = median(measured), median(floors), burst.platform.seconds * 1000
    return Row(
        what=f"{POSTS} prepared posts due in the same second are out, by one worker that takes {BATCH} at a time"
        f" ({POSTS / took:,.0f} per second; {burst.early} early); floor: the same calls, {BATCH} at once,"
        f" answered in {answered:.0f} ms",
        measured=took,
        floor=floor,
        target=target,
        wrong=burst.early > 0,
    )


def _calls() -> Callable[[UUID], object]:
    """The adapter's call that publishes what was prepared."""
    from ddp.providers.social import publishing
    from ddp.providers.social.base import Account, Post, PostType

    adapter = publishing.of("facebook")
    account = Account(external_account_id="1", kind="page", handle="shop", access_token="t")

    def call(post_id: UUID) -> object:
        post = Post(post_id=post_id, type=PostType.TEXT, text="A new watch")
        return adapter.finalise(account, post, {"id": str(post_id)})

    return call


def _batches(ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
