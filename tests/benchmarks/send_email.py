"""The send stage with a transport that sends nothing, in one process and in four, and rendering with Liquid."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import median
from typing import Any
from uuid import UUID

import psycopg

from ddp import migrator
from tests.benchmarks import send_email_process
from tests.benchmarks.measure import Row, alternate
from tests.benchmarks.send_email_process import CHUNK, SQL
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

# Rounds are short and many, and each compares its own two sides: what else the machine does changes within seconds.
ROUNDS = 16
# Recipients per process and round, and the least share of the floor's speed, by the number of processes.
RECIPIENTS, TARGETS = {1: 5_000, 4: 2_500}, {1: 0.6, 4: 0.55}
PROCESSOR_SECONDS = 20e-6
MESSAGES, TEMPLATE_BYTES = 300, 30_000


def rows() -> Iterator[Row]:
    """Seconds per message: rendering, and the stage without it (floor: bare SQL)."""
    yield _rendering()
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        yield from _sending(server)
    finally:
        server.stop()


def _sending(server: DatabaseServer) -> Iterator[Row]:
    database = server.create()
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    url = server.url(database.name, "ddp_worker")
    with database.connect() as owner:
        owner.execute(SQL.rate)
        for processes in RECIPIENTS:
            with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
                yield from Race(owner, pool, url, processes).rows()


@dataclass(slots=True)
class Race:
    """The stage against its floor, in as many processes."""

    owner: psycopg.Connection[Any]
    pool: ProcessPoolExecutor
    url: str
    processes: int
    # Seconds of processor time per recipient, one for each round and process.
    processor: list[float] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """The stage's time and its processes' processor time."""
        by_hand, staged = self.seed(ROUNDS), self.seed(ROUNDS)
        self.owner.execute("vacuum analyze public.email_sends")
        raw, stage = alternate(
            [lambda: self._by_hand(next(by_hand)), lambda: self.stage(next(staged))], rounds=ROUNDS
        )
        # The first round connects and warms up. Of the others, the one with the median ratio is shown.
        pairs = sorted(zip(stage[1:], raw[1:], strict=True), key=lambda pair: pair[0] / pair[1])
        measured, floor = (seconds / self.messages for seconds in pairs[len(pairs) // 2])
        yield Row(
            what=f"the stage without rendering, per message, {_times(self.processes)}"
            f" ({1 / measured:,.0f} per second; {floor / measured:.2f} of the floor);"
            f" floor: claim and mark {CHUNK} at a time ({1 / floor:,.0f} per second)",
            measured=measured,
            floor=floor,
            target=round(1 / TARGETS[self.processes], 2),
        )
        yield self._processor_row()

    @property
    def messages(self) -> int:
        """Messages of one round, all processes together."""
        return self.processes * RECIPIENTS[self.processes]

    def _processor_row(self) -> Row:
        seconds = median(self.processor[self.processes :])
        return Row(
            what=f"processor time of the stage's process per recipient, {_times(self.processes)}"
            f" ({seconds * 1e6:.1f} µs); floor: the most that it may take ({PROCESSOR_SECONDS * 1e6:.0f} µs)",
            measured=seconds,
            floor=PROCESSOR_SECONDS,
            target=1,
        )

    def seed(self, rounds: int) -> Iterator[Sequence[Any]]:
        """For each round, one plan per process: the ids of the plan and of its campaign."""
        values = {"recipients": RECIPIENTS[self.processes]}
        return iter(
            [
                [self.owner.execute(SQL.seed, values).fetchone() for _ in range(self.processes)]
                for _ in range(rounds)
            ]
        )

    def _by_hand(self, plans: Sequence[Any]) -> None:
        """Each process claims and marks the recipients of a plan of its own."""
        tasks = [
            self.pool.submit(
                send_email_process.by_hand, self.url, email_campaign_id, RECIPIENTS[self.processes]
            )
            for _, email_campaign_id in plans
        ]
        for task in tasks:
            task.result()

    def stage(self, plans: Sequence[Any]) -> None:
        """The processes send to the recipients of all these plans, as the stage shares them out."""
        send_plan_ids: list[UUID] = [send_plan_id for send_plan_id, _ in plans]
        self.owner.execute(SQL.pause_others, {"send_plan_ids": send_plan_ids})
        tasks = [self.pool.submit(send_email_process.stage, self.url) for _ in plans]
        ended = [task.result() for task in tasks]
        self.processor += [seconds / accepted for accepted, seconds in ended if accepted]
        if sum(accepted for accepted, _ in ended) != self.messages:
            raise RuntimeError(f"{ended}: not all of {self.messages} messages were accepted")


def _times(processes: int) -> str:
    return "one process" if processes == 1 else f"{processes} processes"


def _rendering() -> Row:
    """A template of 30 KB with 20 products of five variables each; styles are inlined once."""
    from ddp.rendering import Renderer, prepare

    cell = "<tr><td class=n>{{ p.name }}</td><td>{{ p.text | truncate: 40 }}</td><td>{{ p.price | round: 2 }}</td></tr>"
    filler = "".join(f"<p class=n>Hello {{{{ name }}}}, {'words ' * 40}{n}</p>" for n in range(100))
    html = (
        "<html><head><style>.n{color:#333} td{padding:4px}</style></head><body>"
        f"<table>{{% for p in products %}}{cell}{{% endfor %}}</table>{filler}</body></html>"
    )
    prepared = prepare(html, None)
    renderer = Renderer("Hello {{ name }}", prepared)
    variables = {
        "name": "Zoë & Co",
        "products": [{"name": f"P<{n}>", "text": "word " * 20, "price": n / 3} for n in range(20)],
        "unsubscribe_url": "https://ddp.example.com/unsubscribe/" + "a" * 108,
    }
    start = time.perf_counter()
    for _ in range(MESSAGES):
        rendered = renderer.render(variables)
    seconds = (time.perf_counter() - start) / MESSAGES
    return Row(
        what=f"render a message of {len(rendered.html) / 1000:,.0f} KB and its text ({1 / seconds:,.0f} per second)"
        f" from a template of {len(prepared.html) / 1000:,.0f} KB",
        measured=seconds,
        wrong=len(prepared.html) < TEMPLATE_BYTES * 0.9,
    )
