"""The real workers of social publishing on a real database, with seeded faults in everything around them."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from psycopg import sql

from tests.database.faults import commits
from tests.database.faults.chaos import Chaos, Killed
from tests.database.faults.queues import Queues
from tests.database.faults.social import stages
from tests.database.faults.social.approving import Brand
from tests.database.faults.social.checks import Checks
from tests.database.faults.social.kms import Kms
from tests.database.faults.social.logs import Log
from tests.database.faults.social.network import Network
from tests.database.faults.social.platforms import Platforms
from tests.database.faults.social.stages import DUE, RECONCILE, TOKENS, Bucket, Heartbeats
from tests.database.faults.social.tenants import Post, Tenants
from tests.database.social.world import World as Ledger

# So much time passes: everything is so much earlier. Without triggers, because nobody changed anything.
TIME_PASSES = """
begin;
set local session_replication_role = replica;
update social_posts set scheduled_at = scheduled_at - {d}, published_at = published_at - {d};
update social_post_parts set published_at = published_at - {d} where published_at is not null;
update ddp.social_work
set due_at = due_at - {d}, queued_until = queued_until - {d}, leased_until = leased_until - {d};
update ddp.social_calls
set leased_until = leased_until - {d}, started_at = started_at - {d}, ended_at = ended_at - {d};
update ddp.social_checkpoints set expires_at = expires_at - {d}, updated_at = updated_at - {d};
update social_accounts set token_expires_at = token_expires_at - {d}, reconnect_by = reconnect_by - {d};
update ddp.social_tokens
set access_expires_at = access_expires_at - {d}, refresh_expires_at = refresh_expires_at - {d},
    obtained_at = obtained_at - {d}, refresh_due_at = refresh_due_at - {d},
    refresh_claimed_until = refresh_claimed_until - {d}, refresh_started_at = refresh_started_at - {d},
    refused_at = refused_at - {d};
commit
"""
# Seconds until the next thing is due, of accounts through which posts go out; null: nothing is.
NEXT = """
select extract(epoch from min(greatest(
    w.due_at, coalesce(w.queued_until, '-infinity'), coalesce(w.leased_until, '-infinity')
)) - clock_timestamp())
from ddp.social_work w
join social_posts p on p.post_id = w.post_id
join social_accounts a on a.account_id = p.account_id and a.status = 'active'
"""
MOMENTS = [5, 26, 26, 60, 60, 120, 600, 900, 3_000]
# Passes until all is at rest: an hour of retries that grow to five minutes apart, and what leads there.
PASSES = 60


@dataclass(slots=True)
class World:
    """One schedule: a seed, its faults, and its posts. `broken`: what did not hold, and when."""

    ledger: Ledger
    platforms: Platforms
    chaos: Chaos
    monkeypatch: pytest.MonkeyPatch
    files: dict[str, bytes]
    log: Log
    seed: int = 0
    # If there is one, it approves what the others publish.
    brand: Brand | None = None
    kms: Kms = field(init=False)
    bucket: Bucket = field(init=False)
    beats: Heartbeats = field(default_factory=Heartbeats)
    queues: Queues = field(init=False)
    network: Network = field(init=False)
    tenants: Tenants = field(init=False)
    checks: Checks = field(init=False)
    handlers: dict[str, stages.Handler] = field(init=False)
    broken: list[str] = field(default_factory=list)
    steps: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    step: int = 0
    is_nested: bool = False
    spare: Any = None
    publish_url: str = ""

    def __post_init__(self) -> None:
        from functions.social import hints

        self.publish_url = hints.QUEUE_URL
        self.kms, self.bucket = Kms(self._kms_fault), Bucket(self.chaos)
        self.queues = Queues(self.chaos)
        self.network = Network(self.chaos, self.platforms.simulator, self._meanwhile, self.note)
        self._connect()
        self.tenants = Tenants(
            self.ledger, self.platforms, self.kms, self.chaos.random, self.seed, self.files, self._put
        )
        self.checks = Checks(self.ledger, self.platforms, self.tenants, self.note)
        self.platforms.published = self._published
        self.log.note = self._note_error
        self.handlers = stages.handlers()

    def note(self, what: str) -> None:
        """Note what did not hold. Whoever finds it may be inside of a handler, which catches errors."""
        found = f"step {self.step} ({self.steps[-1] if self.steps else 'begin'}): {what}"
        if found not in self.broken:
            self.broken.append(found)

    def _note_error(self, line: str) -> None:
        """Without an accident, no function logs an error."""
        if not self.chaos.met:
            self.note(f"logged: {line}")

    def _published(self, mark: str, kind: str, text: str) -> None:
        self.checks.published_now(mark, kind)
        if self.brand and kind == "post":
            self.brand.published_now(mark, text)
        self.network.accepted()

    def _put(self, key: str, content: bytes) -> None:
        self.bucket.objects[key] = content

    def _kms_fault(self) -> None:
        from ddp.errors import Transient

        if self.chaos.happens("KMS did not answer", self.chaos.rate / 3):
            raise Transient("KMS did not answer")

    def _connect(self) -> None:
        """Replace what the functions use: commits, queues, keys, files, platforms, threads, time."""
        from ddp import queues
        from ddp.providers import kms
        from ddp.providers.social import http

        url = self.ledger.database.server.url(self.ledger.database.name, "ddp_worker")
        self.monkeypatch.setenv("DATABASE_URL", url)
        commits.patch(self.monkeypatch, self.chaos, self._committed)
        stages.patch(self.monkeypatch, self.chaos, self.bucket, self.beats, self.pass_time)
        self.monkeypatch.setattr(queues, "client", lambda: self.queues)
        self.monkeypatch.setattr(kms, "encrypt", self.kms.encrypt)
        self.monkeypatch.setattr(kms, "decrypt", self.kms.decrypt)
        self.monkeypatch.setattr(http, "_pool", lambda: self.network)

    # Time.

    def pass_time(self, seconds: float) -> None:
        """So many seconds pass, for everybody; negative: the clock is put back."""
        if not seconds:
            return
        interval = sql.Literal(f"{seconds:.3f} seconds") + sql.SQL("::interval")
        connection = self.ledger._shared("superuser")
        connection.execute(sql.SQL(TIME_PASSES).format(d=interval))
        self.platforms.pass_time(seconds)
        self.kms.pass_time(seconds)

    # What happens.

    def act(self) -> None:
        """Let one thing happen."""
        random = self.chaos.random
        roll = random.random()
        if roll < 0.45:
            self.deliver_any()
        elif roll < 0.58:
            self.run(DUE)
        elif roll < 0.66:
            self.run(RECONCILE)
        elif roll < 0.70:
            self.run(TOKENS)
        elif roll < 0.84:
            self.steps.append("time")
            self.pass_time(random.choice(MOMENTS))
        elif roll < 0.85:
            self.steps.append("the clock is put back")
            self.pass_time(-20)
        elif roll < 0.95:
            self.person_acts()
        else:
            self.accident()

    def run(self, url: str) -> None:
        """A schedule's message comes."""
        self.queues.put(url, "{}")
        self.deliver(url)

    def deliver_any(self) -> None:
        """Deliver messages of one queue."""
        urls = [url for url, waiting in self.queues.waiting.items() if waiting]
        if urls:
            self.deliver(self.chaos.random.choice(urls))

    def deliver(self, url: str) -> None:
        """Deliver up to ten messages, in a process that may die."""
        self.steps.append(url.rsplit("/", 1)[-1])
        accidents = self.chaos.met.total()
        for message in self.queues.waiting[url]:
            self.checks.require_no_secret(message.body, "a message")
        try:
            failed = self.queues.deliver(url, self.handlers[url], size=self.chaos.random.choice([1, 3, 10]))
        except Killed:
            commits.end_process(self.chaos)
        except Exception:  # noqa: BLE001 - the invocation failed, and Lambda retries it
            if self.chaos.met.total() == accidents:
                self.note(f"a handler raised: {traceback.format_exc()}")
            commits.end_process(self.chaos)
        else:
            if failed and self.chaos.met.total() == accidents:
                self.note(f"messages failed without an accident: {failed}")

    def _committed(self) -> None:
        """A worker has committed: sometimes a moment passes, or a person acts, before it goes on."""
        if self.is_nested or not self.chaos.happens("something happened after a commit", self.chaos.rate / 2):
            return
        try:
            if self.chaos.random.random() < 0.3:
                self.pass_time(26)
            else:
                self.person_acts()
        except Exception:  # noqa: BLE001 - the worker must not see it
            self.note(f"the world raised: {traceback.format_exc()}")

    def _meanwhile(self) -> None:
        """During a call: its lease may end while its owner still runs, tokens may die, others act."""
        if self.is_nested:
            return
        self.is_nested = True
        mine = self._swap_connection()
        try:
            for _ in range(self.chaos.random.randint(1, 3)):
                self._others_act()
        except Exception:  # noqa: BLE001 - the worker must not see it
            self.note(f"the world raised: {traceback.format_exc()}")
        finally:
            self._swap_connection(mine)
            self.is_nested = False

    def _others_act(self) -> None:
        """Not for a minute: the platform has an answer, or the connection is broken, before it is asked again."""
        roll = self.chaos.random.random()
        if roll < 0.25:
            self.pass_time(13 if self.network.in_flight else 26)
        elif roll < 0.45:
            self.run(RECONCILE)
        elif roll < 0.6:
            self.interfere()
        elif roll < 0.65:
            self.person_acts()
        elif roll < 0.75:
            self.accident()
        elif roll < 0.8:
            self.beats.beat()
        else:
            self.deliver_any()

    def _swap_connection(self, mine: Any = None) -> Any:
        """Another process has a connection of its own."""
        from ddp import db

        if mine is None:
            mine, db._connection = db._connection or "none", self.spare
            return mine
        self.spare, db._connection = db._connection, None if mine == "none" else mine
        return None

    def accident(self) -> None:
        """Something is lost that nobody can hold on to."""
        account = self.chaos.random.choice(self.tenants.accounts)
        owner = self.platforms.account(account.platform, account.kind, account.person)
        what = self.chaos.random.choice(["token", "token", "tokens", "containers", "key", "image", "state"])
        self.steps.append(f"lost: {what}")
        self.chaos.met[f"lost: {what}"] += 1
        match what:
            case "token":
                self.platforms.expire(account.platform, "access", account.person)
            case "tokens":
                for kind in ("access", "refresh"):
                    self.platforms.expire(account.platform, kind, account.person)
            case "containers":
                self.platforms.expire("instagram", "container", None)
                self.platforms.expire(account.platform, "upload", owner.id)
            case "key":
                self.kms.forget(account.account_id)
            case "image":
                self._forget_image()
            case _:
                post = self.chaos.random.choice(self.tenants.posts)
                self.kms.forget(post.post_id)
                self.checks.unprovable.add(post.post_id)

    def _forget_image(self) -> None:
        images = [key for key in self.bucket.objects if key.startswith("social/")]
        if images:
            gone = self.chaos.random.choice(images)
            del self.bucket.objects[gone]
            self.checks.unprovable |= {
                post.post_id for post in self.tenants.posts if str(post.post_id) in gone
            }

    # People.

    def person_acts(self) -> None:
        """Somebody does something with a post or an account; it may be refused."""
        random = self.chaos.random
        if self.brand and random.random() < 0.6:
            self.steps.append(self.brand.acts())
            return
        post = random.choice(self.tenants.posts)
        roll = random.random()
        if roll < 0.3:
            what = "schedule"
            self.tenants.schedule(post, random.choice([1, 3, 16, 40]), browser=random.random() < 0.3)
        elif roll < 0.75:
            what = random.choice(
                ["publish", "publish", "publish", "retry", "retry", "retry", "cancel", "unschedule"]
            )
            self.tenants.acts(what, post)
        elif roll < 0.85:
            what = "settle"
            if not self.network.in_flight:
                self.settle_by_person(post)
        elif roll < 0.9:
            what = "disconnect"
            self.tenants.disconnect(post.account, random.choice(["hold", "cancel"]))
        else:
            what = "connect"
            self.tenants.connect(post.account)
        self.steps.append(what)

    def interfere(self) -> None:
        """Somebody wants to stop, or to repeat, a post whose call is under way."""
        random = self.chaos.random
        called = {
            row["post_id"]
            for row in self.ledger.query("select post_id from social_posts where status = 'publishing'")
        }
        for post in self.tenants.posts:
            if post.post_id in called:
                what = random.choice(["cancel", "unschedule", "publish", "retry", "disconnect"])
                self.steps.append(f"{what} in the middle")
                if what == "disconnect":
                    self.tenants.disconnect(post.account, random.choice(["hold", "cancel"]))
                else:
                    self.tenants.acts(what, post)

    def settle_by_person(self, post: Post) -> None:
        """A person looks at the platform, and says the truth."""
        for part_no, kind in enumerate(("post", "comment")):
            is_there = self.checks.is_there(post, kind)
            self.tenants.settle(post, part_no, is_there)

    # The end.

    def settle(self) -> None:
        """Stop the faults and lose all hints: schedules alone must set everything in motion."""
        self.chaos.stop()
        self.queues.lose(*self.queues.waiting)
        reconnects = self.chaos.random.random() < 0.7
        self.checks.begin_calm()
        for _ in range(PASSES):
            self.step += 1
            if reconnects:
                self._connect_again()
            if self.brand:
                self.brand.finishes()
            for url in (DUE, RECONCILE, DUE, TOKENS):
                self.run(url)
                self._empty_queues()
            self.require_what_always_holds()
            if not self.ledger.value("select count(*) from ddp.social_work"):
                return
            self.steps.append("time")
            self._until_the_next()
        rows = self.ledger.query("select * from ddp.social_work join social_posts using (post_id)")
        raise AssertionError(f"does not come to rest: {rows}")

    def _empty_queues(self) -> None:
        while not self.queues.is_empty():
            self.deliver_any()
            # A platform may ask to be looked at again in a second, which else would not be over.
            if self.chaos.random.random() < 0.2:
                self.pass_time(5)

    def _connect_again(self) -> None:
        for row in self.ledger.query("select account_id from social_accounts where status <> 'active'"):
            for account in self.tenants.accounts:
                if account.account_id == row["account_id"]:
                    self.tenants.connect(account)

    def _until_the_next(self) -> None:
        """Wait until something is due; if nothing is, for what waits for accounts: an hour, and a day."""
        wait = self.ledger.value(NEXT)
        # Messages come up to two seconds early.
        early = self.chaos.random.choice([1.0, -0.1, -0.1])
        self.pass_time(3_700 if wait is None else max(float(wait) - early, 0.1))
        if wait is None:
            self.pass_time(90_000 if self.step % 2 else 0)

    def run_steps(self, steps: int) -> None:
        """Let things happen; after each, check what must always hold."""
        for self.step in range(1, steps + 1):
            self.act()
            self.require_what_always_holds()

    def require_what_always_holds(self) -> None:
        """Nothing was noted, and the ledger says what the platforms say."""
        self.checks.require_truth()
        self.checks.require_money()
        assert self.broken == [], "\n".join(self.broken[:3])

    def close(self) -> None:
        """Undo the patches."""
        self.log.note = lambda _: None
        if self.spare is not None:
            self.spare.close()
        self.monkeypatch.undo()


def begin(world: World) -> None:
    """People schedule most posts; the others stay drafts until somebody acts."""
    random = world.chaos.random
    for post in world.tenants.posts:
        roll = random.random()
        if roll < 0.6:
            world.tenants.schedule(post, random.choice([1, 2, 14, 16, 20]), browser=random.random() < 0.3)
        elif roll < 0.98:
            world.tenants.acts("publish", post)


Make = Callable[[int, float], World]
