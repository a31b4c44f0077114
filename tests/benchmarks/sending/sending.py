"""The send stage of a channel with a transport that sends nothing, in one process and in four; floor: bare SQL."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import median
from typing import Any
from uuid import UUID

import psycopg

from ddp import migrator
from ddp.channels import EMAIL, Channel
from tests.benchmarks.measure import Row, alternate
from tests.benchmarks.sending import sending_process
from tests.benchmarks.sending.sending_process import CHUNK, IN_CALLS, SQL
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

# Rounds are short and many, and each compares its own two sides: what else the machine does changes within seconds.
ROUNDS = int(os.environ.get("DDP_BENCH_ROUNDS", "16"))
# Recipients per process and round, and the least share of the floor's speed, by the number of processes.
RECIPIENTS = {1: 5_000, 4: 2_500}
TARGETS = {"email": {1: 0.6, 4: 0.55}, "sms": {1: 0.3, 4: 0.3}}
PROCESSOR_SECONDS = {"email": 20e-6, "sms": 60e-6}


def rows(channel: Channel) -> Iterator[Row]:
    """Seconds per message and processor time of the stage without rendering."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        url = server.url(database.name, "ddp_worker")
        with database.connect() as owner:
            prepare(owner, channel)
            for processes in RECIPIENTS:
                with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
                    yield from Race(owner, pool, url, processes, channel).rows()
    finally:
        server.stop()


def prepare(owner: psycopg.Connection[Any], channel: Channel) -> None:
    """What the channel needs besides plans, and a rate of its one bucket that holds back nobody."""
    sql = SQL[channel.name]
    owner.execute(getattr(sql, f"{channel.name}_platform"))
    owner.execute(sql.rate, {"bucket": channel.name, "per_second": 1e9, "tokens": 1e9})


def seed(
    owner: psycopg.Connection[Any], channel: Channel, recipients: int, bucket: str | None = None
) -> tuple[UUID, UUID]:
    """Insert a plan of a new tenant. Returns its id and that of its campaign in the channel."""
    values = {"recipients": recipients, "bucket": bucket or channel.name}
    row = owner.execute(SQL[channel.name].seed, values).fetchone()
    assert row is not None
    return row[0], row[1]


@dataclass(slots=True)
class Race:
    """The stage against its floor, in as many processes."""

    owner: psycopg.Connection[Any]
    pool: ProcessPoolExecutor
    url: str
    processes: int
    channel: Channel = EMAIL
    # Seconds of processor time per recipient, one for each round and process.
    processor: list[float] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """The stage's time and its processes' processor time."""
        by_hand, staged = self.seed(ROUNDS), self.seed(ROUNDS)
        self.owner.execute(f"vacuum analyze public.{self.channel.name}_sends".encode())
        raw, stage = alternate(
            [lambda: self._by_hand(next(by_hand)), lambda: self.stage(next(staged))], rounds=ROUNDS
        )
        # The first round connects and warms up. Of the others, the one with the median ratio is shown.
        pairs = sorted(zip(stage[1:], raw[1:], strict=True), key=lambda pair: pair[0] / pair[1])
        measured, floor = (seconds / self.messages for seconds in pairs[len(pairs) // 2])
        yield Row(
            what=f"the stage without rendering, per message, {_times(self.processes)}"
            f" ({1 / measured:,.0f} per second; {floor / measured:.2f} of the floor);"
            f" floor: claim {CHUNK} and mark {IN_CALLS[self.channel.name]} at a time ({1 / floor:,.0f} per second)",
            measured=measured,
            floor=floor,
            target=round(1 / TARGETS[self.channel.name][self.processes], 2),
        )
        yield self._processor_row()

    @property
    def messages(self) -> int:
        """Messages of one round, all processes together."""
        return self.processes * RECIPIENTS[self.processes]

    def _processor_row(self) -> Row:
        seconds, most = median(self.processor[self.processes :]), PROCESSOR_SECONDS[self.channel.name]
        return Row(
            what=f"processor time of the stage's process per recipient, {_times(self.processes)}"
            f" ({seconds * 1e6:.1f} µs); floor: the most that it may take ({most * 1e6:.0f} µs)",
            measured=seconds,
            floor=most,
            target=1,
        )

    def seed(self, rounds: int) -> Iterator[Sequence[Any]]:
        """For each round, one plan per process: the ids of the plan and of its campaign."""
        recipients = RECIPIENTS[self.processes]
        return iter(
            [
                [seed(self.owner, self.channel, recipients) for _ in range(self.processes)]
                for _ in range(rounds)
            ]
        )

    def _by_hand(self, plans: Sequence[Any]) -> None:
        """Each process claims and marks the recipients of a plan of its own."""
        tasks = [
            self.pool.submit(
                sending_process.by_hand,
                self.channel,
                self.url,
                channel_campaign_id,
                RECIPIENTS[self.processes],
            )
            for _, channel_campaign_id in plans
        ]
        for task in tasks:
            task.result()

    def stage(self, plans: Sequence[Any]) -> None:
        """The processes send to the recipients of all these plans, as the stage shares them out."""
        send_plan_ids: list[UUID] = [send_plan_id for send_plan_id, _ in plans]
        self.owner.execute(SQL[self.channel.name].pause_others, {"send_plan_ids": send_plan_ids})
        tasks = [self.pool.submit(sending_process.stage, self.channel, self.url) for _ in plans]
        ended = [task.result() for task in tasks]
        self.processor += [seconds / accepted for accepted, seconds in ended if accepted]
        if sum(accepted for accepted, _ in ended) != self.messages:
            raise RuntimeError(f"{ended}: not all of {self.messages} messages were accepted")


def _times(processes: int) -> str:
    return "one process" if processes == 1 else f"{processes} processes"
