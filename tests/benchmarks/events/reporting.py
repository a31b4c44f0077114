"""Events of a provider through the channel's handler (parse, apply, commit); floor: a bare UPDATE of as many rows."""

from __future__ import annotations

import importlib
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg

from ddp import migrator
from ddp.channels import Channel
from ddp.queries import load_by_channel
from ddp.queries.arrays import array, uuids
from tests import lambdas
from tests.benchmarks.measure import Row, alternate
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

# As many messages as a large campaign has: a table that fits into the processor's cache flatters the bare UPDATE.
EVENTS = int(os.environ.get("DDP_BENCH_EVENTS", "400_000"))
BATCH = 5_000
# At most twice the bare statement; the rest is parsing, storing the events, locks and sums.
TARGET = 2.0
SQL = load_by_channel(__file__)

Step = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of event, and what the bare UPDATE writes for one: the status and a time, of delivery or `later_at`."""

    name: str
    status: str
    at: str
    is_delivery: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """A channel's events. Each message gets one of each kind, in this order, in different batches.

    `batch` makes an SQS batch of (kind, message), `parse` the module that parses one body.
    """

    channel: Channel
    kinds: Sequence[Kind]
    batch: Callable[[Sequence[tuple[str, str]]], dict[str, Any]]
    parser: str

    def rows(self) -> Iterator[Row]:
        """Both sides alternate, batch by batch."""
        server = DatabaseServer(DEFAULT)
        try:
            server.start()
            database = server.create()
            migrator.apply(database.url, SCHEMA)
            server.set_passwords()
            yield from self._measure(database)
        finally:
            server.stop()

    def _measure(self, database: Database) -> Iterator[Row]:
        from ddp.observability import logger

        parse = importlib.import_module(self.parser).parse
        logger.setLevel("WARNING")
        handled, bare = (self.batches(self.ledger(database)) for _ in range(2))
        with database.connect() as connection:
            connection.execute(f"vacuum analyze public.{self.channel.name}_sends".encode())
        seconds = [0.0, 0.0, 0.0]
        for events, update in zip(handled, self._bare(database, bare), strict=True):
            batch = self.batch(events)
            bodies = [record["body"] for record in batch["Records"]]
            calls = (
                self._handle(database, batch),
                update,
                lambda bodies=bodies: [parse(body) for body in bodies],
            )
            for side, (taken,) in enumerate(alternate(calls, rounds=1)):
                seconds[side] += taken
        measured, floor, parsed = seconds
        what = (
            f"{EVENTS:,} events in batches of {BATCH:,}: {EVENTS / measured:,.0f} per second,"
            f" {floor / measured:.2f} of the bare UPDATE"
        )
        yield Row(what=what, measured=measured, floor=floor, target=TARGET, wrong=not self._is_done(database))
        yield Row(what="parsing alone", measured=parsed)

    def ledger(self, database: Database) -> list[str]:
        """Insert messages of a new sender, half as many as there will be events. Returns their ids."""
        parameters = {"owner": uuid4(), "count": EVENTS // len(self.kinds)}
        name, sql = self.channel.name, SQL[self.channel.name]
        with database.connect() as connection:
            for statement in ("platform", "campaign", f"{name}_campaign", f"{name}_plan"):
                connection.execute(getattr(sql, statement), parameters)
            return [row[0] for row in connection.execute(sql.sends, parameters)]

    def batches(self, sends: Sequence[str]) -> list[list[tuple[str, str]]]:
        """Names of events and their messages: all of each kind, in different random orders."""
        chance = random.Random(1)
        events = [(kind.name, send) for kind in self.kinds for send in chance.sample(sends, len(sends))]
        return [events[start : start + BATCH] for start in range(0, len(events), BATCH)]

    def _handle(self, database: Database, batch: dict[str, Any]) -> Step:
        events = importlib.import_module(f"functions.{self.channel.name}.events")
        os.environ["DATABASE_URL"] = database.server.url(database.name, "ddp_worker")

        def call() -> None:
            answer = events.handler(batch, lambdas.Context())
            if answer["batchItemFailures"]:
                raise RuntimeError("events were not applied")

        return call

    def _bare(self, database: Database, batches: Sequence[Sequence[tuple[str, str]]]) -> Iterator[Step]:
        """One UPDATE per batch by the owner, to whom no policy applies; its arrays are made beforehand."""
        connection = psycopg.connect(database.url, autocommit=True, prepare_threshold=None)
        connection.execute(
            "set enable_hashjoin = off; set enable_mergejoin = off"
        )  # look rows up by key, as the function does
        statement = getattr(SQL[self.channel.name], f"{self.channel.name}_bare")
        kinds: Mapping[str, Kind] = {kind.name: kind for kind in self.kinds}
        for batch in batches:
            (name,) = {name for name, _ in batch}
            at, nothing = array([kinds[name].at] * len(batch)), array([None] * len(batch))
            parameters = {
                "sends": uuids([send for _, send in batch]),
                "statuses": array([kinds[name].status] * len(batch)),
                "delivered_at": at if kinds[name].is_delivery else nothing,
                "later_at": nothing if kinds[name].is_delivery else at,
            }
            yield partial(connection.execute, statement, parameters)
        connection.close()

    def _is_done(self, database: Database) -> bool:
        """Whether both sides led to the same ledger, and every event of the handler is stored."""
        count = EVENTS // len(self.kinds)
        with database.connect() as connection:
            rows = connection.execute(
                getattr(SQL[self.channel.name], f"{self.channel.name}_result")
            ).fetchall()
        return rows == [(count, count, EVENTS)] * 2
