"""Rows read for each row of a post's history and of an account's days, as its owner, among a million measurements."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import psycopg

from tests.benchmarks.engagement.measured_posts import SQL, Tenant, migrated, seed
from tests.benchmarks.measure import Row
from tests.database.servers import Database

ACCOUNTS, POSTS, DAYS, KINDS = 7, 98, 365, 4
MEASUREMENTS = ACCOUNTS * POSTS * DAYS * KINDS
# Rows read for each one that is returned.
MOST = 10


def rows() -> Iterator[Row]:
    """Three months, which are the default, and a year."""
    with migrated() as database:
        with database.connect() as owner:
            tenants = seed(owner, accounts=ACCOUNTS, posts=POSTS, years=1.0)
            _measure(owner)
        yield from _read(database, tenants[0])


def _measure(owner: psycopg.Connection[Any]) -> None:
    today = datetime.now(UTC).date()
    owner.execute(
        "select ddp.ensure_partitions('social_engagement', %s, %s)", [today - timedelta(days=370), today]
    )
    # What triggers note is recomputed as a whole.
    owner.execute("set session_replication_role = replica")
    owner.execute(SQL.measurements, {"days": DAYS})
    owner.execute("reset session_replication_role")
    owner.execute("select ddp.recompute_analytics()")
    owner.execute("vacuum analyze")


def _read(database: Database, tenant: Tenant) -> Iterator[Row]:
    from ddp.queries.engagement import figures
    from functions.engagement.models import Metric
    from functions.engagement.routes.figures import MOST as LIMIT

    until = datetime.now(UTC)
    for days in (90, DAYS):
        since = until - timedelta(days=days)
        asked: dict[str, object] = {"metrics": list(get_args(Metric)), "since": since, "until": until}
        with database.connect("ddp_api") as api, api.transaction():
            _act(api, tenant)
            row = api.execute("select post_id from social_posts order by post_id limit 1").fetchone()
            assert row is not None
            asked |= {"post_id": row[0], "limit": LIMIT + 1}
            for interval, unit in (("reading", "day"), ("day", "day")):
                values = asked | {"interval": interval, "unit": unit}
                yield _row(api, f"a post's history by {interval}, {days} days", figures.SQL.history, values)
            dates: dict[str, object] = {"since": since.date(), "until": date.today() + timedelta(days=1)}  # noqa: DTZ011
            values = asked | dates | {"account_id": tenant.account_id}
            yield _row(api, f"an account's days, {days} days", figures.SQL.days, values)


def _act(api: psycopg.Connection[Any], tenant: Tenant) -> None:
    claims = json.dumps({"sub": str(tenant.user_id), "role": "authenticated"})
    api.execute("select set_config('request.jwt.claims', %s, true)", [claims])
    api.execute("set local role authenticated")


def _row(api: psycopg.Connection[Any], what: str, statement: bytes, values: Mapping[str, object]) -> Row:
    began = time.perf_counter()
    returned = len(api.execute(statement, values).fetchall())
    seconds = time.perf_counter() - began
    explained = api.execute(b"explain (analyze, buffers, format json) " + statement, values).fetchone()
    assert explained is not None
    plan = explained[0][0]["Plan"]
    read, buffers = _rows_read(plan), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return Row(
        what=f"{what}, among {MEASUREMENTS:,} measurements: {returned:,} rows, for which {read:,} rows in"
        f" {buffers:,} pages were read ({read / max(returned, 1):.1f} for each; target {MOST})",
        measured=seconds,
        wrong=not returned or read > MOST * returned,
    )


def _rows_read(plan: Mapping[str, Any]) -> int:
    """Rows of tables that the plan's scans have read, those that filters removed included."""
    own = 0
    if "Scan" in plan["Node Type"] and "Relation Name" in plan:
        removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        own = round((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    return own + sum(_rows_read(below) for below in plan.get("Plans", ()))
