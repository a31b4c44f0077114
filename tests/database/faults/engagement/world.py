"""The real workers of engagement on a real database, the platforms' audiences, and seeded faults between them."""

from __future__ import annotations

import traceback
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from ddp.queries.engagement import polls
from infra.local.simulators.faults import FaultKind
from tests.database.faults import commits
from tests.database.faults.chaos import Chaos, Killed
from tests.database.faults.engagement import stages
from tests.database.faults.engagement.audience import (
    AGREED,
    KINDS,
    RETIRED,
    TYPES,
    WEBHOOKS,
    Audience,
    delivering,
)
from tests.database.faults.queues import Queues
from tests.database.faults.social.kms import Kms
from tests.database.faults.social.logs import Log
from tests.database.faults.social.network import KINDS as FAULTS
from tests.database.faults.social.network import Network
from tests.database.faults.social.platforms import URN
from tests.database.social.world import World as Ledger

# So much time passes: everything is so much earlier. Without triggers, because nobody changed anything. Days are those
# of the platforms' clock: what was paid or read on a day was so on the same day as before.
TIME_PASSES = """
begin;
set local session_replication_role = replica;
update social_posts
set published_at = published_at - {d}, deleted_on_platform_at = deleted_on_platform_at - {d};
update social_engagement set recorded_at = recorded_at - {d};
update ddp.social_polls p
set due_at = due_at - {d}, claimed_until = claimed_until - {d}, gone_since = gone_since - {d},
    nudged_at = nudged_at - {d}, paid_on = paid_on - {days},
    -- What was read before or after a post was missed, by any kind of reading, still was.
    measured_at = greatest(
        least(measured_at - {days} * interval '1 day', (
            select min(o.gone_since) - {d} from ddp.social_polls o
            where o.post_id = p.post_id and o.gone_since >= p.measured_at
        )), (
            select max(o.gone_since) - {d} + interval '1 microsecond' from ddp.social_polls o
            where o.post_id = p.post_id and o.gone_since < p.measured_at
        )
    );
update ddp.social_events set received_at = received_at - {d};
update ddp.social_quotas set ends_at = ends_at - {d};
update ddp.social_subscriptions set checked_at = checked_at - {d};
commit
"""
MOMENTS = (10, 61, 121, 300, 900, 3_600, 3_700, 10_800, 86_400)
CHECK = '{"type": "CheckSubscriptions"}'
POLL = '{"type": "PollPosts"}'
# Passes until nothing is due: an hour of what is gone, in which accounts are connected again.
PASSES = 40


END = polls.end


class Moment(datetime):
    """A time that a worker has noted, and how much had passed by then."""

    passed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post on its platform. `post_id` None: we do not have its id yet."""

    platform: str
    external_id: str
    post_id: UUID


@dataclass(slots=True)
class World:
    """One schedule: a seed, its faults, and its posts. `broken`: what did not hold, and when."""

    ledger: Ledger
    audience: Audience
    chaos: Chaos
    monkeypatch: pytest.MonkeyPatch
    log: Log
    kms: Kms = field(init=False)
    queues: Queues = field(init=False)
    handlers: dict[str, stages.Handler] = field(init=False)
    user_id: UUID = field(init=False)
    accounts: dict[str, UUID] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    steps: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    # When each stretch of the platforms' time began, by our clock with all that has passed, and what they say it is.
    begun: list[float] = field(default_factory=list)
    ended: dict[float, int] = field(default_factory=dict)
    told: list[float] = field(default_factory=list)
    passed: float = 0.0
    is_nested: bool = False
    spare: Any = None
    event_url: str = ""
    poll_url: str = ""

    def __post_init__(self) -> None:
        self.kms, self.queues = Kms(self._kms_fault), Queues(self.chaos)
        self.handlers = stages.handlers()
        self.event_url, self.poll_url = self.handlers
        self._connect()
        self._note_time()
        self.log.note = self._note_error
        self.user_id = self.ledger.user()

    def _connect(self) -> None:
        """Replace what the functions use: commits, queues, keys, platforms, threads, time."""
        from ddp import queues
        from ddp.providers import kms
        from ddp.providers.social import http

        url = self.ledger.database.server.url(self.ledger.database.name, "ddp_worker")
        self.monkeypatch.setenv("DATABASE_URL", url)
        self._interrupt()
        commits.patch(self.monkeypatch, self.chaos, lambda: None)
        stages.patch(self.monkeypatch, self.chaos.random, self.audience.clock)
        network = Network(
            self.chaos, self.audience.world, lambda: None, self.note, kinds=[*FAULTS, FaultKind.PARTIAL]
        )
        self.monkeypatch.setattr(queues, "client", lambda: self.queues)
        self.monkeypatch.setattr(kms, "encrypt", self.kms.encrypt)
        self.monkeypatch.setattr(kms, "decrypt", self.kms.decrypt)
        self.monkeypatch.setattr(http, "_pool", lambda: network)

    def _interrupt(self) -> None:
        """Before a transaction begins, others may do something, and time may pass: between a reading and its record."""
        from ddp import db
        from functions.engagement import readings

        connect = db._connect

        def interrupted() -> Any:
            if not self.is_nested and self.chaos.happens("others acted between two transactions"):
                self._others_act()
            return connect()

        self.monkeypatch.setattr(db, "_connect", interrupted)
        self.monkeypatch.setattr(readings, "datetime", SimpleNamespace(now=self._moment))
        self.monkeypatch.setattr(polls, "end", self._ended)

    def _moment(self, zone: Any) -> Moment:
        moment = Moment.now(zone)
        moment.passed = self.passed
        return moment

    def _ended(self, cursor: Any, results: Any, *, counts: Any, worker: Any) -> int:
        """What a worker has in its memory becomes earlier as well."""
        for read in counts:
            self.ended[read.read_at.timestamp() + read.read_at.passed] = len(self.told)
        earlier = [
            replace(read, read_at=read.read_at - timedelta(seconds=self.passed - read.read_at.passed))
            for read in counts
        ]
        return END(cursor, results, counts=earlier, worker=worker)

    def _others_act(self) -> None:
        from ddp import db

        self.is_nested = True
        mine, db._connection = db._connection, self.spare
        try:
            for _ in range(self.chaos.random.randint(1, 2)):
                if self.chaos.random.random() < 0.5:
                    self.pass_time(self.chaos.random.choice([5, 400]))
                else:
                    self.act()
        except Exception:  # noqa: BLE001 - the worker must not see it
            self.note(f"the world raised: {traceback.format_exc()}")
        finally:
            self.spare, db._connection = db._connection, mine
            self.is_nested = False

    def note(self, what: str) -> None:
        """Note what did not hold. Whoever finds it may be inside of a handler, which catches errors."""
        self.broken.append(f"{list(self.steps)[-3:]}: {what}")

    def _note_error(self, line: str) -> None:
        """Without an accident, no function logs an error, but that a metric was retired."""
        if not self.chaos.met and "metric retired" not in line:
            self.note(f"logged: {line}")

    def _kms_fault(self) -> None:
        from ddp.errors import Transient

        if self.chaos.happens("KMS did not answer", self.chaos.rate / 3):
            raise Transient("KMS did not answer")

    # Time.

    def _note_time(self) -> None:
        self.begun.append(self._now())
        self.told.append(self.audience.clock.now)

    def _now(self) -> float:
        return datetime.now(UTC).timestamp() + self.passed

    def pass_time(self, seconds: float) -> None:
        """So many seconds pass, for everybody."""
        interval = sql.Literal(f"{seconds:.3f} seconds") + sql.SQL("::interval")
        days = sql.Literal(self.audience.midnights(seconds))
        self.ledger._shared("superuser").execute(sql.SQL(TIME_PASSES).format(d=interval, days=days))
        self.audience.clock.now += seconds
        self.passed += seconds
        self._note_time()

    def platform_times(self, recorded_at: datetime) -> list[float]:
        """What the platforms' clock said from a call's beginning, which is stored, until what it read was recorded."""
        at = recorded_at.timestamp() + self.passed
        # Time passes by whole milliseconds in the database.
        began = min(self.ended, key=lambda each: abs(each - at))
        return self.told[bisect_right(self.begun, began) - 1 : self.ended[began]]

    # What there is.

    def connect(self, platform: str) -> None:
        """Connect an account, or connect it again."""
        from ddp.providers.social import rules
        from ddp.queries.social import accounts
        from ddp.queries.social.accounts import Connected

        there = self.audience.account(platform)
        account_id = self.accounts.setdefault(
            platform, UUID(int=self.chaos.random.getrandbits(128), version=4)
        )
        measuring = rules.of(platform)["measuring"]
        kinds = measuring.get("accounts", {}).get(KINDS[platform], measuring)
        scopes = list(rules.of(platform)["access"]["scopes"])
        scopes += [
            scope for kind in kinds.values() if isinstance(kind, dict) for scope in kind.get("scopes", ())
        ]
        given = self.audience.tokens(platform, list(dict.fromkeys(scopes)))
        connected = Connected(
            account_id=account_id,
            external_account_id=URN.get(KINDS[platform], "{}").format(there.id),
            account_kind=KINDS[platform],
            account_handle=there.body["handle"],
            account_name=there.body["name"],
            access_token_encrypted=self.kms.sealed(given["access_token"], account_id, "access"),
            access_expires_at=datetime.now(UTC) + timedelta(days=60),
            refresh_token_encrypted=None,
            refresh_expires_at=None,
            scopes=scopes,
        )
        with self.ledger.working() as cursor:
            accounts.connect(cursor, platform, [connected], user_id=self.user_id)

    def publish(self, platform: str) -> tuple[str, str]:
        """A post becomes public. We may learn its id later."""
        made = (platform, self.audience.publish(platform, 1_000 + len(self.posts) + len(self.unknown)))
        self.unknown.append(made)
        return made

    def learn(self) -> None:
        """The id of a published post is stored: from here on it is measured."""
        platform, external_id = self.unknown.pop()
        post_id = UUID(int=self.chaos.random.getrandbits(128), version=4)
        ago = self.audience.clock.now - self.audience.published_at(platform, external_id)
        self.ledger.query(
            "insert into social_posts (post_id, account_id, post_content, post_type, status, external_post_id,"
            " published_at) values (%s, %s, 'Spring', %s, 'published', %s, now() - %s * interval '1 second')",
            post_id, self.accounts[platform], TYPES.get(platform, "text"), external_id, ago,
        )  # fmt: skip
        self.posts.append(Post(platform=platform, external_id=external_id, post_id=post_id))

    def hook(self) -> None:
        """The platforms know where to send webhooks."""
        from infra.local.simulators.platforms.webhooks import hooks

        with delivering(self.monkeypatch, stages.webhook):
            for platform in WEBHOOKS.keys() & self.accounts:
                url = f"https://ddp.example.com/webhooks/{WEBHOOKS[platform]}"
                hooks.keep(self.audience.world, {"platform": platform, "url": url, "verify_token": AGREED})

    # What happens.

    def act(self) -> None:
        """Let one thing happen."""
        random = self.chaos.random
        what, act = random.choices(
            [
                ("poll", lambda: self.run(self.poll_url, POLL)),
                ("events", lambda: self.deliver(self.event_url)),
                ("time", lambda: self.pass_time(random.choice(MOMENTS))),
                ("webhooks", self.tell),
                ("people", self.people_act),
                ("subscriptions", lambda: self.run(self.poll_url, CHECK)),
                ("analytics", self.refresh),
            ],
            [30, 15, 25, 15, 20, 3, 2],
        )[0]
        self.steps.append(what)
        act()

    def run(self, url: str, body: str) -> None:
        """A schedule's message comes."""
        self.queues.put(url, body)
        self.deliver(url)

    def deliver(self, url: str) -> None:
        """Deliver messages of a queue, in a process that may die."""
        accidents = self.chaos.met.total()
        try:
            failed = self.queues.deliver(url, self.handlers[url], size=self.chaos.random.choice([1, 5, 50]))
        except Killed:
            commits.end_process(self.chaos)
        except Exception:  # noqa: BLE001 - the invocation failed, and Lambda retries it
            if self.chaos.met.total() == accidents:
                self.note(f"a handler raised: {traceback.format_exc()}")
            commits.end_process(self.chaos)
        else:
            if failed and self.chaos.met.total() == accidents:
                self.note(f"messages failed without an accident: {failed}")

    def tell(self) -> None:
        """The platforms tell what has changed; the process that takes it may die, and they try again."""

        def handle(event: dict[str, Any]) -> dict[str, Any]:
            try:
                return stages.webhook(event)
            except Killed:
                self.chaos.restart()
                return {"statusCode": 502, "body": ""}

        with delivering(self.monkeypatch, handle):
            self.audience.tell()

    def refresh(self) -> None:
        """Statistics are brought up to date."""
        self.ledger.query("select ddp.refresh_analytics()")

    def people_act(self) -> None:
        """Somebody does something with a post or an account, here or there."""
        random = self.chaos.random
        platform = random.choice(list(self.accounts))
        roll = random.random()
        if roll < 0.25:
            self.publish(platform)
        elif roll < 0.45 and self.unknown:
            self.learn()
        elif roll < 0.5:
            self.audience.world.change(
                {"retired_metrics": {name: [metric] for name, metric in RETIRED.items()}}
            )
        elif roll < 0.6:
            self.turn_private(platform, is_private=platform not in self.private)
        elif roll < 0.7:
            self.connect(platform)
        elif self.posts:
            self._post_changes(random.choice(self.posts), roll)

    def _post_changes(self, post: Post, roll: float) -> None:
        if roll < 0.75:
            self.remove(post)
        elif roll < 0.8:
            self.ask(post)
        elif post.external_id not in self.removed:
            kind = self.chaos.random.choice(["like", "comment", "share", "view"])
            # The platforms' time stands still otherwise: what was read before would be asked about as it is afterwards.
            self.pass_time(1)
            self.audience.adjust(post.platform, post.external_id, kind, self.chaos.random.choice([-3, 1, 40]))

    def ask(self, post: Post) -> None:
        """Its owner wants to know how it does now; that may be refused."""
        with suppress(psycopg.Error), self.ledger.acting(self.user_id) as cursor:
            cursor.execute("select measure_social_post(%s)", [post.post_id])

    def remove(self, post: Post) -> None:
        """Somebody deletes a post on its platform."""
        if post.external_id not in self.removed:
            self.audience.remove(post.platform, post.external_id)
            self.removed.add(post.external_id)

    def turn_private(self, platform: str, *, is_private: bool) -> None:
        """An account shows its posts to nobody, or to everybody again."""
        self.audience.make_private(platform, is_private=is_private)
        (self.private.add if is_private else self.private.discard)(platform)

    # The end.

    def settle(self) -> None:
        """Stop the faults: what is known is read until nothing is due; then all of it once more."""
        self.chaos.stop()
        self.queues.lose(self.poll_url)
        for platform in list(self.private):
            self.turn_private(platform, is_private=False)
        while self.unknown:
            self.learn()
        self.require_rest()
        self.ledger.query("update ddp.social_polls set due_at = now() where due_at is not null")
        # At one time: who is read again later would be compared with what others were told before.
        self.run(self.poll_url, POLL)

    def require_rest(self) -> None:
        """Let schedules alone do what is due within two hours."""
        for _ in range(PASSES):
            for platform in self.accounts:
                self.connect(platform)
            while self.queues.waiting[self.event_url]:
                self.deliver(self.event_url)
            self.run(self.poll_url, POLL)
            wait = self.ledger.value(
                "select extract(epoch from min(greatest(w.due_at, coalesce(w.claimed_until, '-infinity')))"
                " - clock_timestamp()) from ddp.social_polls w where w.due_at is not null"
            )
            if wait is None or wait > 7_200:
                return
            self.pass_time(max(float(wait) + 0.1, 0.1))
        raise AssertionError(f"does not come to rest: {self.ledger.query('select * from ddp.social_polls')}")

    def close(self) -> None:
        """Undo the patches."""
        self.log.note = lambda _: None
        if self.spare is not None:
            self.spare.close()
        self.monkeypatch.undo()


Make = Callable[[int, float], World]
