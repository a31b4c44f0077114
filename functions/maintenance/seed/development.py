"""Development data at a chosen scale, generated inside the database; each run gives the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from ddp.queries import Queries
from functions.maintenance.seed import reference
from functions.maintenance.seed.reference import SEED

# {file in schema/seed/development: its statements}, in the order of their foreign keys.
STEPS: Final = {
    "people": ("users",),
    "catalogue": ("watch_models", "products", "product_variants", "wish_list_items"),
    "files": ("files", "brand_assets", "collections", "collection_files", "file_shares"),
    "campaigns": ("campaigns", "campaign_expenses", "campaign_participants", "templates"),
    "messages": ("email_campaigns", "email_sends", "sms_campaigns", "sms_sends", "send_plans"),
    "social": ("social_accounts", "social_posts", "social_engagement"),
}
PARTITIONED: Final = ("file_actions", "social_engagement", "audit_logs", "daily_analytics")
CHUNK: Final = 50_000  # rows of file_actions per statement, so that progress is visible

# Called with a table, the number of rows just added, and the seconds that took.
Report = Callable[[str, int, float], None]


class SeedError(Exception):
    """The database must not be seeded; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The number of rows of each kind, all derived from the number of file actions."""

    file_actions: int
    until: date
    brands: int
    retailers: int
    admins: int
    models: int
    files: int
    campaigns: int
    participants: int
    templates: int
    email_campaigns: int
    sms_campaigns: int
    recipients: int
    posts: int

    @classmethod
    def of(cls, file_actions: int, until: date) -> Scale:
        """A year that ends at `until` (UTC), with `file_actions` actions in addition to the uploads."""
        brands = _between(5, file_actions // 50_000, 75)
        retailers = _between(20, file_actions // 5_000, 1_000)
        campaigns, participants = brands * 8, min(retailers // 2, 40)
        recipients = 100
        return cls(
            file_actions=file_actions,
            until=until,
            brands=brands,
            retailers=retailers,
            admins=2,
            models=brands * 40,
            files=_between(200, file_actions // 100, 100_000),
            campaigns=campaigns,
            participants=participants,
            templates=brands * 6,
            # E-mails are a tenth of the actions, SMS a twentieth; not every participant sends any.
            email_campaigns=_between(10, file_actions // 10 // recipients, campaigns * participants // 2),
            sms_campaigns=_between(5, file_actions // 20 // recipients, campaigns * participants // 4),
            recipients=recipients,
            posts=_between(100, file_actions // 200, 50_000),
        )

    @property
    def rows(self) -> int:
        """The estimated number of rows, for a progress bar."""
        sends = (self.email_campaigns + self.sms_campaigns) * self.recipients
        return self.file_actions * 23 // 20 + sends + self.files * 3 + self.posts * 17 + self.models * 5


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def seed(connection: psycopg.Connection[Any], scale: Scale, report: Report, *, force: bool = False) -> None:
    """Add all rows in one transaction, so that an interrupted run leaves none. Foreign keys and triggers stay on.

    Raises SeedError if the database has users, unless `force` is set.
    """
    with connection.transaction():
        if not force and _has_users(connection):
            raise SeedError("This database has users. Seed an empty database, or use --force.")
        connection.execute("set local work_mem = '128MB'")
        connection.execute("set local maintenance_work_mem = '256MB'")
        _make_partitions(connection, scale.until)
        for table, rows in reference.load(connection).items():
            report(table, rows, 0.0)
        for table, rows, seconds in _timed(_statements(connection, scale)):
            report(table, rows, seconds)
    connection.execute("vacuum analyze")
    for table, rows, seconds in _timed(_analytics(connection)):
        report(table, rows, seconds)


def _has_users(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute("select from public.users limit 1").fetchone() is not None


def _make_partitions(connection: psycopg.Connection[Any], until: date) -> None:
    for table in PARTITIONED:
        connection.execute(
            "select ddp.ensure_partitions(%s::text::regclass, %s)",
            [f"public.{table}", until - timedelta(days=366)],
        )


def _timed(steps: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int, float]]:
    started = time.monotonic()
    for table, rows in steps:
        yield table, rows, time.monotonic() - started
        started = time.monotonic()


def _statements(connection: psycopg.Connection[Any], scale: Scale) -> Iterator[tuple[str, int]]:
    parameters = asdict(scale)
    connection.execute(_sql("people").helpers)
    for file, tables in STEPS.items():
        for table in tables:
            yield table, connection.execute(getattr(_sql(file), table), parameters).rowcount
            connection.execute(b"analyze public." + table.encode())
    yield from _activity(connection, scale)


def _activity(connection: psycopg.Connection[Any], scale: Scale) -> Iterator[tuple[str, int]]:
    activity = _sql("activity")
    parameters = asdict(scale) | _actors(connection)
    yield "file_actions", connection.execute(activity.uploads, parameters).rowcount
    for first in range(1, scale.file_actions + 1, CHUNK):
        chunk = {"first": first, "last": min(first + CHUNK - 1, scale.file_actions)}
        yield "file_actions", connection.execute(activity.file_actions, parameters | chunk).rowcount
    yield "sessions", connection.execute(activity.sessions, parameters).rowcount


def _analytics(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, int]]:
    """Bring statistics and rollups up to date, a transaction per portion."""
    changes, is_drained = 0, False
    while not is_drained:
        taken, is_drained = connection.execute(
            "select taken, is_drained from ddp.refresh_portion()"
        ).fetchone() or (0, True)
        changes += taken or 0
    yield "changes in analytics", changes
    connection.execute("vacuum analyze")


def _actors(connection: psycopg.Connection[Any]) -> dict[str, object]:
    """Parameters of the activity statements: numbers of files and assets, and the user agents."""
    connection.execute(_sql("activity").actors)
    counts = connection.execute(
        "select (select count(*) from live_files), (select count(*) from live_assets),"
        " array(select user_agent from public.devices where user_agent is not null order by user_agent)"
    ).fetchone()
    return dict(zip(("live_files", "assets", "agents"), counts or (), strict=True))


def _sql(file: str) -> Queries:
    return Queries(SEED / "development" / f"{file}.sql")
