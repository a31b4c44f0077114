"""An innocent sender beside one whose content is slow, with several workers; floor: the innocent sender alone.

Two hostile campaigns: one whose messages stay just below what one message may take, so that it goes on, and one whose
messages take too long, so that it is set aside.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import quantiles
from typing import Any
from uuid import UUID

import psycopg

from ddp import migrator
from ddp.channels import EMAIL
from tests.benchmarks.fairness import email_hostile_process
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

WORKERS, SECONDS = 3, 30
# An innocent sender, each time a new one, sends to so many, so often.
RECIPIENTS, EVERY = 20, 1.0
HOSTILE = 5_000
# What the innocent sender's messages may be later than alone.
LATER_SECONDS = 3.0

# 45 ms of processor time, just below what one message may take; and a long list, searched far too often.
SLOW = "{% for i in (1..2800) %}{{ forloop.index | append: '<' | escape | upcase }}{% endfor %}"
TOO_SLOW = "{% assign a = '" + "x," * 1_500 + "' | split: ',' %}" + "{% assign c = a | where: 'x','y' %}" * 60

WAITED = """
select extract(epoch from s.sent_at - s.not_before)::double precision
from public.email_sends s
where s.email_campaign_id = any (%s) and s.status = 'sent'
"""
# A claim's transaction begins a moment before it holds the sender.
TOGETHER = """
select count(*)
from ddp.send_calls a
join ddp.send_calls b on b.send_plan_id = a.send_plan_id and b.worker < a.worker
    and b.created_at < a.ended_at - interval '0.1 seconds' and a.created_at < b.ended_at - interval '0.1 seconds'
where a.send_plan_id = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a run went: the innocent sender's waits in seconds, and what became of the hostile campaign.

    `together`: pairs of its calls that two workers held at the same time.
    """

    waits: list[float]
    expected: int
    together: int = 0
    hostile_sent: int = 0
    failure: str | None = None

    @property
    def p95(self) -> float:
        """The 95th percentile of the waits."""
        return quantiles(self.waits, n=20)[-1]


def rows() -> Iterator[Row]:
    """The 95th percentile of the innocent sender's waits, against what it may be."""
    courses = run({"slow": SLOW, "too slow": TOO_SLOW})
    alone = courses["alone"]
    for name in ("slow", "too slow"):
        course = courses[name]
        yield Row(
            what=f"p95 of an innocent sender's waits beside a campaign that is {name} ({WORKERS} workers;"
            f" {course.hostile_sent:,} of its {HOSTILE:,} messages went out meanwhile, failure: {course.failure});"
            f" floor: alone ({alone.p95:.2f} s) and {LATER_SECONDS:g} s",
            measured=course.p95,
            floor=alone.p95 + LATER_SECONDS,
            target=1,
            wrong=course.together > 0 or len(course.waits) < course.expected,
        )


def run(hostile: dict[str, str]) -> dict[str, Course]:
    """A course of the innocent sender alone, and one beside each of these contents."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        url = server.url(database.name, "ddp_worker")
        with database.connect() as owner:
            sending.prepare(owner, EMAIL)
            courses = {"alone": _course(owner, url, None)}
            for name, content in hostile.items():
                courses[name] = _course(owner, url, content)
        return courses
    finally:
        server.stop()


def _course(owner: psycopg.Connection[Any], url: str, content: str | None) -> Course:
    owner.execute("update public.send_plans set completed_at = now() where completed_at is null")
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        # Imports first.
        for warm in [pool.submit(email_hostile_process.work, url, time.time() + 2) for _ in range(WORKERS)]:
            warm.result()
        hostile = _seed(owner, HOSTILE, content) if content is not None else None
        until = time.time() + SECONDS
        working = [pool.submit(email_hostile_process.work, url, until) for _ in range(WORKERS)]
        innocent = []
        while time.time() < until - 6:
            innocent.append(_seed(owner, RECIPIENTS, "<p>Hello {{ name }}</p>"))
            time.sleep(EVERY)
        for worker in working:
            worker.result()
    waits = [row[0] for row in owner.execute(WAITED, [[message for _, message in innocent]])]
    return Course(waits=waits, expected=RECIPIENTS * len(innocent), **_fate(owner, hostile))


def _fate(owner: psycopg.Connection[Any], hostile: tuple[UUID, UUID] | None) -> dict[str, Any]:
    if hostile is None:
        return {}
    plan, message = hostile
    sent = "select count(*) from public.email_sends where email_campaign_id = %s and status = 'sent'"
    failure = "select failure_code from public.send_plans where send_plan_id = %s"
    return {
        "together": _value(owner, TOGETHER, plan),
        "hostile_sent": _value(owner, sent, message),
        "failure": _value(owner, failure, plan),
    }


def _seed(owner: psycopg.Connection[Any], recipients: int, content: str) -> tuple[UUID, UUID]:
    """Insert a new tenant's campaign with this content. Returns the ids of its plan and its e-mail."""
    with owner.transaction():
        plan, message = sending.seed(owner, EMAIL, recipients)
        owner.execute(
            "update public.send_plans set prepared_html = %s where send_plan_id = %s", [content, plan]
        )
    return plan, message


def _value(owner: psycopg.Connection[Any], statement: str, *values: object) -> Any:
    row = owner.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row[0]
