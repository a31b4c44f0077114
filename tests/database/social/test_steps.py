"""Steps of posts: found when they are due, leased once, ended by whoever holds them."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ddp.queries.social import steps
from ddp.queries.social.steps import Quota, StepResult
from tests.database.social.world import GONE, World, ids


def test_what_falls_due_soon_is_told_once_with_its_delay(world: World, account: UUID) -> None:
    now = world.post(account)
    soon = world.post(account, due_in="90 seconds", status="ready")
    world.owner.execute(
        "update ddp.social_work set due_at = now() + interval '90 seconds' where post_id = %s", [soon]
    )
    later = world.post(account, due_in="10 minutes", status="ready")
    world.owner.execute(
        "update ddp.social_work set due_at = now() + interval '10 minutes' where post_id = %s", [later]
    )
    first, second = world.due()
    assert (first.post_id, first.step, first.delay) == (now, "prepare", timedelta(0))
    assert (second.post_id, second.step) == (soon, "finalise")
    assert timedelta(seconds=80) < second.delay <= timedelta(seconds=90)
    assert first.owner_id == world.owner_of(account)
    assert (world.status(now), world.status(soon)) == ("claimed", "ready")
    assert world.due() == []


def test_a_lost_message_is_sent_again(world: World, account: UUID) -> None:
    post = world.post(account)
    world.due()
    world.owner.execute("update ddp.social_work set queued_until = now()")
    assert ids(world.due()) == {post}


def test_two_scanners_share_the_work(world: World, account: UUID) -> None:
    posts = {world.post(account) for _ in range(40)}
    one, other = world.login("ddp_worker"), world.login("ddp_worker")
    other.execute("set lock_timeout = '5s'")
    with world.working(one) as first:
        mine = steps.due(first, limit=15)
        with world.working(other) as second:  # while the first has not committed
            others = steps.due(second, limit=100)
    one.close()
    other.close()
    assert (len(mine), len(others)) == (15, 25)
    assert ids(mine) | ids(others) == posts


def test_eight_scanners_at_once_tell_nothing_twice(world: World, account: UUID) -> None:
    posts = {world.post(account) for _ in range(200)}

    def scan(_: int) -> list[UUID]:
        connection = world.login("ddp_worker")
        told: list[UUID] = []
        while True:
            with world.working(connection) as cursor:
                portion = steps.due(cursor, limit=7)
            if not portion:
                connection.close()
                return told
            told += [step.post_id for step in portion]

    with ThreadPoolExecutor(8) as pool:
        told = [post for some in pool.map(scan, range(8)) for post in some]
    # A scanner may pass over what another one holds, and end; what that one let go is told by the next scan.
    told += [step.post_id for step in world.due(limit=1000)]
    assert len(told) == len(posts)
    assert set(told) == posts


def test_posts_of_accounts_that_are_not_active_wait(world: World) -> None:
    for status in ("reconnect", "disconnected"):
        post = world.post(world.account(status=status))
        assert world.due() == []
        assert world.begin(post) == []
        assert world.work(post)["worker"] is None


def test_a_step_is_begun_once(world: World, account: UUID) -> None:
    post = world.post(account)
    (step,) = world.begin(post)
    assert world.begin(post, worker=uuid4()) == []
    assert world.begin(post) == []
    assert (step.step, step.status, world.status(post)) == ("prepare", "preparing", "preparing")


def test_eight_workers_get_one_step(world: World, account: UUID) -> None:
    post = world.post(account)

    def begin(_: int) -> int:
        connection = world.login("ddp_worker")
        with world.working(connection) as cursor:
            begun = steps.begin(cursor, [post], worker=uuid4(), lease=timedelta(seconds=25))
        connection.close()
        return len(begun)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(8))) == 1


def test_a_step_has_all_that_a_worker_needs(world: World) -> None:
    brand = world.user()
    account = world.account(brand, "instagram")
    post = world.post(account, title="Title", options=json.dumps({"privacy": "public"}), post_type="carousel")
    mine, others, gone = world.file(brand), world.file(world.user()), world.file(brand)
    world.owner.execute("update files set deleted_at = now() where file_id = %s", [gone])
    for place, file in enumerate((mine, others, gone)):
        world.owner.execute(
            "insert into social_post_media (post_id, position, file_id, alt_text) values (%s, %s, %s, 'alt')",
            [post, place, file],
        )
    world.comment(post)
    (step,) = world.begin(post)
    assert (step.user_id, step.account_id, step.platform) == (brand, account, "instagram")
    assert (step.title, step.options, step.access_token_encrypted) == (
        "Title",
        {"privacy": "public"},
        "ciphertext",
    )
    assert [(part["part_no"], part["content"]) for part in step.parts] == [(0, None), (1, "First!")]
    assert [(one["file_id"], one["is_available"], one["file_path"]) for one in step.media] == [
        (str(mine), True, "files/x"), (str(others), False, "files/x"), (str(gone), False, "files/x"),
    ]  # fmt: skip
    assert step.state_encrypted is None


def test_a_message_that_comes_early_begins_nothing_and_is_sent_again(world: World, account: UUID) -> None:
    post = world.post(account, status="ready", due_in="60 seconds")
    world.owner.execute("update ddp.social_work set due_at = now() + interval '60 seconds'")
    assert ids(world.due()) == {post}
    assert world.begin(post) == []
    assert ids(world.due()) == {post}


def test_from_validation_to_ready(world: World, account: UUID) -> None:
    post = world.post(account, due_in="1 hour")
    world.owner.execute("update ddp.social_work set step = 'validate', due_at = now()")
    world.begin(post)
    assert world.end(StepResult(post_id=post, outcome="next", step="prepare")) == []
    work = world.work(post)
    assert (work["step"], world.status(post)) == ("prepare", "scheduled")
    assert work["due_at"] == world.row(post)["scheduled_at"] - timedelta(minutes=15)

    world.read_now(post)
    world.begin(post)
    (check,) = world.end(StepResult(post_id=post, outcome="next", step="check", after=30, state="encrypted"))
    assert (check.step, world.status(post)) == ("check", "preparing")
    assert timedelta(seconds=25) < check.delay <= timedelta(seconds=30)
    assert world.due() == []  # its message is on its way

    world.read_now(post)
    (step,) = world.begin(post)
    assert (step.step, step.state_encrypted) == ("check", "encrypted")
    world.end(StepResult(post_id=post, outcome="next", step="finalise"))
    work = world.work(post)
    assert (work["step"], world.status(post)) == ("finalise", "ready")
    assert work["due_at"] == world.row(post)["scheduled_at"]


def test_what_is_put_off_counts_its_attempts(world: World, account: UUID) -> None:
    post = world.post(account)
    for attempt in range(3):
        (step,) = world.begin(post)
        assert step.attempts == attempt
        world.end(StepResult(post_id=post, outcome="retry", after=60))
        assert world.begin(post) == []
        world.read_now(post)


def test_problems_make_it_a_draft_again_with_a_notice(world: World, account: UUID) -> None:
    post = world.post(account)
    world.begin(post)
    problem = {"field": "content", "code": "too-long", "message": "At most 280 characters.", "limit": 280}
    world.end(StepResult(post_id=post, outcome="problems", problems=[problem]))
    row = world.row(post)
    assert (row["status"], row["problems"], row["revision"]) == ("draft", [problem], 2)
    assert row["scheduled_at"] is not None  # what the person wanted
    assert world.work(post) is None
    assert world.notices(world.owner_of(account)) == {"social-post-problems": 1}


def test_what_cannot_be_prepared_fails_with_the_reason(world: World, account: UUID) -> None:
    post = world.post(account)
    world.begin(post)
    world.end(StepResult(post_id=post, outcome="failed", code="file-gone", reason="The file was deleted."))
    row = world.row(post)
    assert (row["status"], row["error_code"], row["error_reason"]) == (
        "failed",
        "file-gone",
        "The file was deleted.",
    )
    assert (world.part(post)["status"], world.work(post)) == ("failed", None)
    assert world.notices(world.owner_of(account)) == {"social-post-failed": 1}


@pytest.mark.parametrize("outcome", ["next", "problems", "failed", "retry"])
def test_whoever_lost_the_lease_ends_nothing(world: World, account: UUID, outcome: str) -> None:
    post = world.post(account)
    world.begin(post, lease=GONE)
    time.sleep(0.005)
    result = StepResult(post_id=post, outcome=outcome, step="finalise", code="x", reason="x", state="stale")
    assert world.end(result) == []
    world.reconcile()
    world.begin(post, worker=uuid4())
    assert world.end(result) == []
    assert world.status(post) == "preparing"
    assert world.query("select from ddp.social_checkpoints") == []


def test_a_checkpoint_is_kept_while_the_lease_lasts(world: World, account: UUID) -> None:
    post = world.post(account)

    def save(worker: UUID) -> bool:
        with world.working() as cursor:
            return steps.save_checkpoint(cursor, post, worker=worker, state="encrypted")

    assert not save(world.worker)
    world.begin(post)
    assert save(world.worker)
    assert not save(uuid4())
    with world.acting(world.owner_of(account)) as cursor:
        cursor.execute("select cancel_social_posts(array[%s])", [post])
    assert not save(world.worker), "a cancelled post stops its worker"


def test_a_heartbeat_renews_only_what_is_still_held(world: World, account: UUID) -> None:
    held, lost = world.post(account), world.post(account)
    world.begin(held, lease=timedelta(seconds=5))
    world.begin(lost, lease=GONE)
    time.sleep(0.005)
    with world.working() as cursor:
        steps.renew(cursor, worker=world.worker, lease=timedelta(minutes=1))
    left = "select leased_until - now() as left from ddp.social_work where post_id = %s"
    assert world.value(left, held) > timedelta(seconds=50)
    assert world.value(left, lost) < timedelta(0)


def test_units_of_a_quota_are_taken_whole(world: World) -> None:
    ends_at = world.value("select now() + interval '1 day'")

    def take(units: int) -> Quota | None:
        quotas = [
            Quota(quota="youtube/2026-11-30", cap=100, ends_at=ends_at, units=units),
            Quota(quota="youtube/2026-11-30", cap=5, ends_at=ends_at, units=units, owner_id=UUID(int=7)),
        ]
        with world.working() as cursor:
            return steps.take_quota(cursor, quotas)

    taken = [take(3), take(3), take(2), take(1)]
    assert [full and full.cap for full in taken] == [None, 5, None, 5]
    assert taken[1] is not None
    assert taken[1].owner_id == UUID(int=7)
    assert {row["charged"] for row in world.query("select charged from ddp.social_quotas")} == {5}


def test_uploads_are_shared_fairly_among_those_who_want_some(world: World) -> None:
    ends_at = world.value("select now() + interval '1 day'")
    alone = world.account(platform="youtube")

    def taken_by(account: UUID, wanted: int) -> int:
        app = Quota(quota="youtube/uploads/1", cap=12, ends_at=ends_at)
        own = replace(app, owner_id=world.owner_of(account), is_share=True)
        for count in range(wanted):
            with world.working() as cursor:
                if steps.take_quota(cursor, [app, own]):
                    return count
        return wanted

    # Nobody takes all: whoever comes later finds something.
    assert taken_by(alone, 12) == 6
    second, third = world.account(platform="youtube"), world.account(platform="youtube")
    world.post(third, due_in="3 hours")  # wants some before there are new ones
    world.post(world.account(platform="facebook"), due_in="3 hours")
    world.post(world.account(platform="youtube"), due_in="2 days")
    assert [taken_by(second, 12), taken_by(third, 12)] == [3, 3]
    assert taken_by(world.account(platform="youtube"), 12) == 0, "all twelve are taken"
    rows = world.query("select owner_id, charged from ddp.social_quotas order by charged")
    assert [row["charged"] for row in rows] == [0, 3, 3, 6, 12]


def test_ten_thousand_that_fall_due_in_one_minute_are_claimed_set_wise(world: World, account: UUID) -> None:
    world.owner.execute(
        "with posts as ("
        "  insert into social_posts (account_id, post_content, status, scheduled_at)"
        "  select %s, 'Hello', 'scheduled', now() + n * interval '6 milliseconds' from generate_series(1, 10000) n"
        "  returning post_id, scheduled_at"
        ") insert into ddp.social_work (post_id, step, due_at) select post_id, 'prepare', scheduled_at from posts",
        [account],
    )
    world.owner.execute(
        "with posts as ("
        "  insert into social_posts (account_id, post_content, status, scheduled_at)"
        "  select %s, 'Hello', 'scheduled', now() + interval '30 days' from generate_series(1, 20000) n"
        "  returning post_id, scheduled_at"
        ") insert into ddp.social_work (post_id, step, due_at) select post_id, 'prepare', scheduled_at from posts",
        [account],
    )
    world.owner.execute("analyze social_posts, ddp.social_work, social_accounts")
    body = world.value("select prosrc from pg_proc where proname = 'due_social_steps'")
    inner = body.replace("p_within", "interval '2 minutes'").replace("p_limit", "1000")
    with world.owner.transaction(force_rollback=True):
        plan = "\n".join(
            next(iter(row.values()))
            for row in world.query(f"explain (analyze, costs off, timing off) {inner}")
        )
    assert "social_work_due_idx" in plan
    assert "Seq Scan on social_posts" not in plan
    told = 0
    while portion := world.due(limit=1000):
        told += len(portion)
    assert told == 10_000
    assert world.value("select count(*) from social_posts where status = 'claimed'") == 10_000
