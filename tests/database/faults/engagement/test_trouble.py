"""Single troubles: outages and private accounts delete nothing, a deletion is noticed once, a retired metric is alone.

Calls are few, and ten workers at once keep to a budget.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import inf
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from ddp.providers.social.measures import Kind
from tests.database.faults.engagement import checks
from tests.database.faults.engagement.audience import KINDS, RETIRED
from tests.database.faults.engagement.world import POLL, Make, World
from tests.database.faults.social.network import Network

MINUTE = 60.0
BROKEN = SimpleNamespace(status=500, headers={}, content=lambda: b"<html>Something went wrong</html>")
# TikTok does not say whether a video is gone or private.
TELL_DELETIONS = sorted(KINDS.keys() - {"tiktok"})


@pytest.fixture
def calm(world: Make) -> Iterator[World]:
    """A world without accidents."""
    made = world(0, 0)
    yield made
    made.close()


def posts(world: World, platform: str, count: int = 1) -> None:
    """Posts of an account, whose ids are known; two days ago."""
    if platform not in world.accounts:
        world.connect(platform)
    for _ in range(count):
        world.publish(platform)
        world.learn()


def poll(world: World) -> None:
    """Everything is due, and read; tokens are new."""
    for platform in world.accounts:
        world.connect(platform)
    world.ledger.query("update ddp.social_polls set due_at = now() where due_at is not null")
    world.run(world.poll_url, POLL)
    checks.require_what_always_holds(world)


def reasons(world: World) -> set[str | None]:
    rows = world.ledger.query("select distinct reason from ddp.social_polls where kind = 'counters'")
    return {row["reason"] for row in rows}


@pytest.mark.parametrize("platform", sorted(KINDS))
def test_ten_minutes_of_outage_delete_nothing(
    calm: World, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(calm)
    posts(calm, platform)
    calm.pass_time(600)
    with monkeypatch.context() as out:
        out.setattr(Network, "_answer", lambda *_: BROKEN)
        for _ in range(10):
            poll(calm)
            calm.pass_time(MINUTE)
        assert reasons(calm) == {"unreachable"}
        calm.pass_time(3_700)
        poll(calm)
    checks.require_deletions(calm)
    assert not calm.ledger.value("select count(*) from ddp.social_polls where gone_since is not null")
    poll(calm)
    assert reasons(calm) == {None}


@pytest.mark.parametrize("platform", sorted(KINDS))
def test_a_private_account_deletes_nothing(calm: World, platform: str) -> None:
    pay(calm)
    posts(calm, platform, 2)
    calm.pass_time(600)
    calm.turn_private(platform, is_private=True)
    for _ in range(3):
        poll(calm)
        calm.pass_time(3_700)
    checks.require_deletions(calm)
    calm.turn_private(platform, is_private=False)
    calm.connect(platform)
    poll(calm)
    assert checks.require_truth(calm)


@pytest.mark.parametrize("platform", TELL_DELETIONS)
def test_a_deletion_is_noticed_once_and_numbers_are_kept(calm: World, platform: str) -> None:
    pay(calm)
    posts(calm, platform, 3)
    calm.pass_time(86_400)
    poll(calm)
    before = checks.newest(calm, calm.posts[0])
    assert before
    calm.remove(calm.posts[0])
    for minutes in (1, 30, 31, 61, 61, 61):
        calm.run(calm.poll_url, POLL)
        calm.pass_time(minutes * MINUTE)
        poll(calm)
    (deleted,) = calm.ledger.query(
        "select post_id from social_posts where deleted_on_platform_at is not null"
    )
    assert deleted["post_id"] == calm.posts[0].post_id
    checks.require_deletions(calm)
    assert {k: v[0] for k, v in checks.newest(calm, calm.posts[0]).items()} == {
        k: v[0] for k, v in before.items()
    }


def pay(world: World, budget: str = "100") -> None:
    world.ledger.query("insert into ddp.social_read_budgets values (%s, %s)", world.user_id, budget)


@pytest.mark.parametrize("platform", sorted(RETIRED))
def test_a_retired_metric_takes_no_other_with_it(calm: World, platform: str) -> None:
    posts(calm, platform)
    calm.pass_time(3 * 86_400)
    calm.audience.world.change({"retired_metrics": {platform: [RETIRED[platform]]}})
    poll(calm)
    rows = calm.ledger.query("select platform::text, metric from ddp.social_retired_metrics")
    assert rows == [{"platform": platform, "metric": RETIRED[platform]}]
    told = calm.audience.told(platform, calm.posts[0].external_id, calm.audience.clock.now)
    lost = {"post_clicks": "click", "saved": "save"}[RETIRED[platform]]
    assert set(checks.newest(calm, calm.posts[0])) == told.keys() - {lost}


@pytest.mark.parametrize(("platform", "calls"), [("twitter", 10), ("youtube", 20)])
def test_a_thousand_posts_take_few_calls(calm: World, platform: str, calls: int) -> None:
    pay(calm)
    posts(calm, platform, 1_000)
    calm.ledger.query("delete from ddp.social_polls where kind = 'insights'")
    calm.pass_time(3_600)
    calm.audience.world.calls.clear()
    poll(calm)
    reads = Counter(
        {name: count for name, count in calm.audience.world.calls.items() if name.startswith(platform)}
    )
    assert reads.total() == calls, reads
    assert calm.ledger.value("select count(distinct post_id) from social_engagement") == 1_000


@contextmanager
def threads_of_their_own(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each thread has a connection of its own, as each process has."""
    from functions.engagement import readings

    own = threading.local()
    made = []
    url = world.ledger.database.server.url(world.ledger.database.name, "ddp_worker")

    @contextmanager
    def transaction(**_: object) -> Iterator[Any]:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
            made.append(own.connection)
        with own.connection.transaction(), own.connection.cursor() as cursor:
            cursor.execute("set local role service_role")
            yield cursor

    with monkeypatch.context() as patched:
        patched.setattr(readings, "db", SimpleNamespace(transaction=transaction))
        yield
    for connection in made:
        connection.close()


def work(world: World) -> Callable[[int], None]:
    """What one of several workers does: claims, and reads, until nothing is due."""
    from ddp.queries.engagement import polls
    from functions.engagement import readings
    from functions.engagement.readings import Readings, grouped

    def working(_: int) -> None:
        while True:
            worker = uuid4()
            with readings.db.transaction() as cursor:
                claimed = polls.claim(cursor, limit=7, worker=worker, lease=timedelta(minutes=2))
            for group in grouped(claimed):
                Readings(
                    worker=worker, kind=Kind(group[0].kind), polls=group, without=(), deadline=inf
                ).read()
            if not claimed:
                return

    return working


def test_ten_workers_at_once_keep_to_the_budget(calm: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of the answers get lost after X has charged; others are refused before."""
    pay(calm, "0.6")  # 120 posts
    posts(calm, "twitter", 200)
    calm.pass_time(3 * 86_400)
    calm.connect("twitter")
    calm.ledger.query("update ddp.social_polls set due_at = now()")
    answer, chance, one_at_a_time = Network._answer, Random(7), threading.Lock()

    def sometimes(network: Network, *of: Any) -> Any:
        with one_at_a_time:
            given, luck = answer(network, *of), chance.random()
            return BROKEN if luck < 0.3 else given

    monkeypatch.setattr(Network, "_answer", sometimes)
    with threads_of_their_own(calm, monkeypatch):
        threads = [threading.Thread(target=work(calm), args=(n,)) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    checks.require_what_always_holds(calm)
    assert calm.audience.charged() == 600, "all that it allows is read"
    (money,) = calm.ledger.query(checks.SPENT)
    assert float(money["charged"]) == 0.6
