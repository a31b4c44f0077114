"""A world to publish in: tenants with accounts and posts, workers, and queries about them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row

from ddp.queries.social import calls, steps
from ddp.queries.social.calls import Call, CallResult, Found, Verdict
from ddp.queries.social.steps import DueStep, Step, StepResult
from tests.database.servers import Database

LEASE = timedelta(seconds=25)
GONE = timedelta(milliseconds=1)
WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)
Cursor = psycopg.Cursor[dict[str, Any]]


@dataclass(slots=True)
class World:
    """The database, as its owner, workers and tenants see it."""

    database: Database
    owner: psycopg.Connection[dict[str, Any]] = field(init=False)
    connections: dict[str, psycopg.Connection[dict[str, Any]]] = field(default_factory=dict)
    worker: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.owner = psycopg.connect(self.database.url, autocommit=True, row_factory=dict_row)

    def close(self) -> None:
        for connection in (self.owner, *self.connections.values()):
            connection.close()

    def empty(self) -> None:
        """Remove what earlier tests left."""
        for table in (
            "social_engagement", "social_posts", "social_accounts", "notices", "ddp.social_events",
            "ddp.social_connections", "ddp.social_budgets", "ddp.social_read_budgets",
            "ddp.social_quotas", "ddp.budgets", "ddp.social_retired_metrics", "campaign_items",
        ):  # fmt: skip
            self.owner.execute(f"delete from {table}")

    def query(self, statement: str, *values: object) -> list[dict[str, Any]]:
        cursor = self.owner.execute(statement, values)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: object) -> Any:
        """The first column of the first row."""
        return next(iter(self.query(statement, *values)[0].values()))

    def login(self, name: str) -> psycopg.Connection[dict[str, Any]]:
        """A new connection; the caller closes it."""
        url = self.database.server.url(self.database.name, name)
        return psycopg.connect(url, autocommit=True, row_factory=dict_row, prepare_threshold=None)

    def _shared(self, name: str) -> psycopg.Connection[dict[str, Any]]:
        if name not in self.connections:
            self.connections[name] = self.login(name)
        return self.connections[name]

    @contextmanager
    def working(self, connection: psycopg.Connection[Any] | None = None) -> Iterator[Cursor]:
        """A transaction as service_role."""
        connection = connection or self._shared("ddp_worker")
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("set local role service_role")
            yield cursor

    @contextmanager
    def acting(
        self, user_id: UUID, *, browser: bool = False, connection: psycopg.Connection[Any] | None = None
    ) -> Iterator[Cursor]:
        """A transaction of a signed-in user, through the HTTP functions or (`browser`) through PostgREST."""
        connection = connection or self._shared("superuser" if browser else "ddp_api")
        with connection.transaction(), connection.cursor() as cursor:
            claims = json.dumps({"sub": str(user_id), "role": "authenticated"})
            cursor.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            cursor.execute("set local role authenticated")
            yield cursor

    # Who and what there is.

    def user(self, user_type: str = "brand") -> UUID:
        return self.value(
            "insert into users (user_email, user_name, user_type, is_active)"
            " values (gen_random_uuid() || '@x', 'X', %s, true) returning user_id",
            user_type,
        )

    def account(
        self, user_id: UUID | None = None, platform: str = "facebook", status: str = "active"
    ) -> UUID:
        account_id = self.value(
            "insert into social_accounts"
            " (user_id, platform, account_handle, external_account_id, status, access_token_encrypted)"
            " values (%s, %s, 'shop', gen_random_uuid(), %s, 'ciphertext') returning account_id",
            user_id or self.user(), platform, status,
        )  # fmt: skip
        self.owner.execute(
            "insert into ddp.social_tokens (account_id, refresh_token_encrypted, access_expires_at)"
            " values (%s, 'refresh', now() + interval '1 hour')",
            [account_id],
        )
        return account_id

    def file(self, user_id: UUID) -> UUID:
        return self.value(
            "insert into files (file_name, file_type, file_size, file_path, created_by_user_id)"
            " values ('x.png', 'image', 1, 'files/x', %s) returning file_id",
            user_id,
        )

    def campaign(self, user_id: UUID, budget: int = 0) -> UUID:
        return self.value(
            "insert into campaigns (campaign_name, campaign_status, created_by_user_id, budget_allocated)"
            " values ('Spring', 'active', %s, %s) returning campaign_id",
            user_id, budget,
        )  # fmt: skip

    def owner_of(self, account_id: UUID) -> UUID:
        return self.value("select user_id from social_accounts where account_id = %s", account_id)

    def post(self, account_id: UUID, *, due_in: str = "0", status: str = "scheduled", **columns: Any) -> UUID:
        """A post in this state, with the step that follows from it."""
        names = "".join(f", {name}" for name in columns)
        places = ", %s" * len(columns)
        post_id = self.value(
            f"insert into social_posts (account_id, post_content, status, scheduled_at, published_at{names})"
            " values (%s, 'Hello', %s, now() + %s::interval, case when %s = 'published' then now() end"
            f"{places}) returning post_id",
            account_id, status, due_in, status, *columns.values(),
        )  # fmt: skip
        step = {
            "scheduled": "prepare",
            "claimed": "prepare",
            "preparing": "prepare",
            "ready": "finalise",
        }.get(status)
        if step:
            self.owner.execute(
                "insert into ddp.social_work (post_id, step, due_at)"
                " values (%s, %s, least(now(), now() + %s::interval))",
                [post_id, step, due_in],
            )
        return post_id

    def comment(self, post_id: UUID) -> None:
        self.owner.execute(
            "insert into social_post_parts (post_id, part_no, content) values (%s, 1, 'First!')", [post_id]
        )

    def status(self, post_id: UUID) -> str:
        return self.value("select status from social_posts where post_id = %s", post_id)

    def row(self, post_id: UUID) -> dict[str, Any]:
        return self.query("select * from social_posts where post_id = %s", post_id)[0]

    def part(self, post_id: UUID, part_no: int = 0) -> dict[str, Any]:
        return self.query(
            "select * from social_post_parts where post_id = %s and part_no = %s", post_id, part_no
        )[0]

    def work(self, post_id: UUID) -> dict[str, Any] | None:
        return next(iter(self.query("select * from ddp.social_work where post_id = %s", post_id)), None)

    def notices(self, user_id: UUID) -> dict[str, int]:
        rows = self.query("select cause, count from notices where user_id = %s", user_id)
        return {row["cause"]: row["count"] for row in rows}

    # What workers do.

    def due(self, *, limit: int = 100) -> list[DueStep]:
        with self.working() as cursor:
            return steps.due(cursor, limit=limit)

    def begin(self, *post_ids: UUID, worker: UUID | None = None, lease: timedelta = LEASE) -> list[Step]:
        with self.working() as cursor:
            return steps.begin(cursor, post_ids, worker=worker or self.worker, lease=lease)

    def end(self, *results: StepResult, worker: UUID | None = None) -> list[DueStep]:
        with self.working() as cursor:
            return steps.end(cursor, results, worker=worker or self.worker)

    def start(
        self, *given: UUID | Call, worker: UUID | None = None, lease: timedelta = LEASE, part_no: int = 0
    ) -> list[Verdict]:
        these = [one if isinstance(one, Call) else Call(post_id=one) for one in given]
        with self.working() as cursor:
            return calls.start(cursor, these, worker=worker or self.worker, lease=lease, part_no=part_no)

    def record(self, call_id: UUID | None, outcome: str, **members: Any) -> str:
        assert call_id
        with self.working() as cursor:
            (status,) = calls.record(
                cursor, [CallResult(call_id=call_id, outcome=outcome, **members)]
            ).values()
        return status

    def found(self, post_id: UUID, outcome: str, **members: Any) -> str:
        with self.working() as cursor:
            result = Found(post_id=post_id, outcome=outcome, **members)
            return calls.found(cursor, [result], worker=self.worker)[post_id]

    def reconcile(self) -> dict[str, int]:
        with self.working() as cursor:
            return steps.reconcile(cursor)

    def calling(self, post_id: UUID, *, lease: timedelta = LEASE) -> UUID:
        """The call of a ready post, started."""
        assert self.begin(post_id)
        (verdict,) = self.start(post_id, lease=lease)
        assert verdict.call_id, verdict
        return verdict.call_id

    def unconfirmed(self, account_id: UUID, **columns: Any) -> tuple[UUID, UUID]:
        """A post whose call ended unknown, whose first read is due, and its call."""
        post_id = self.post(account_id, status="ready", **columns)
        call_id = self.calling(post_id)
        self.record(call_id, "unknown", code="time-out", reason="No answer.")
        self.read_now(post_id)
        return post_id, call_id

    def read_now(self, post_id: UUID) -> None:
        self.owner.execute("update ddp.social_work set due_at = now() where post_id = %s", [post_id])

    def wait_for_waiting(self, count: int) -> None:
        """Wait until so many sessions wait for a lock."""
        until = time.monotonic() + 10
        while self.value(WAITING) < count:
            assert time.monotonic() < until
            time.sleep(0.01)


def refused(caught: psycopg.Error) -> tuple[str, str, str]:
    """SQLSTATE, code and sentence of a refusal."""
    detail = json.loads(caught.diag.message_detail or "{}")
    return caught.sqlstate or "", detail.get("code", ""), caught.diag.message_primary or ""


def ids(rows: Sequence[Any]) -> set[UUID]:
    """The posts of steps, or of rows."""
    return {row["post_id"] if isinstance(row, dict) else row.post_id for row in rows}
