"""Eight workers of the send stage, whose provider takes a second per call, at eight times the work of one worker.

Nothing but the number of workers differs: on Lambda it is the setting `concurrency` in cdk.json. The provider's answer
is what a worker waits for, as it is in production, so two processors can show eight workers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Any

import psycopg

from ddp import migrator
from ddp.channels import EMAIL
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending, sending_process
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

WORKERS = 8
# Seconds that the provider takes for a call of 50 recipients; a worker makes ten calls at once.
CALL_SECONDS = 1.0
# Recipients for each worker and round: twenty seconds of its work.
RECIPIENTS = int(os.environ.get("DDP_BENCH_WORKERS_RECIPIENTS", "10_000"))
ROUNDS = 3
# Eight workers do at least 6.4 (0.8 of eight) times what one does.
TARGET = round(1 / 0.8, 2)


def rows() -> Iterator[Row]:
    """Seconds of eight workers for eight times the recipients; floor: one worker."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        url = server.url(database.name, "ddp_worker")
        with (
            database.connect() as owner,
            ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool,
        ):
            sending.prepare(owner, EMAIL)
            yield from _compare(owner, pool, url)
    finally:
        server.stop()


def _compare(owner: psycopg.Connection[Any], pool: ProcessPoolExecutor, url: str) -> Iterator[Row]:
    """Rounds alternate; of each kind the median counts. A first round connects and warms up."""
    _send(owner, pool, url, workers=WORKERS, senders=WORKERS, recipients=WORKERS * 500)
    one, many = [], []
    for _ in range(ROUNDS):
        one.append(_send(owner, pool, url, workers=1, senders=1, recipients=RECIPIENTS))
        many.append(
            _send(owner, pool, url, workers=WORKERS, senders=WORKERS, recipients=WORKERS * RECIPIENTS)
        )
    seconds, floor = median(many), median(one)
    yield Row(
        what=f"{WORKERS} workers, {WORKERS * RECIPIENTS:,} recipients of {WORKERS} senders:"
        f" {WORKERS * RECIPIENTS / seconds:,.0f} per second, {WORKERS * floor / seconds:.2f} times one worker;"
        f" floor: one worker, {RECIPIENTS:,} recipients ({RECIPIENTS / floor:,.0f} per second)",
        measured=seconds,
        floor=floor,
        target=TARGET,
    )


def _send(
    owner: psycopg.Connection[Any],
    pool: ProcessPoolExecutor,
    url: str,
    *,
    workers: int,
    senders: int,
    recipients: int,
) -> float:
    """Seconds in which as many workers send to all recipients of new plans. Raises RuntimeError if one is left."""
    plans = [sending.seed(owner, EMAIL, recipients // senders)[0] for _ in range(senders)]
    owner.execute("vacuum analyze public.email_sends")
    owner.execute(sending_process.SQL["email"].pause_others, {"send_plan_ids": plans})
    started = time.perf_counter()
    tasks = [pool.submit(sending_process.stage_until_sent, EMAIL, url, CALL_SECONDS) for _ in range(workers)]
    accepted = sum(task.result() for task in tasks)
    if accepted != recipients:
        raise RuntimeError(f"{accepted:,} of {recipients:,} messages were accepted")
    return time.perf_counter() - started
