"""The calls that cannot be taken back: each starts once, and proof that something is out is never thrown away."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from ddp.queries.social import calls, tokens
from ddp.queries.social.calls import Call
from tests.database.social.world import GONE, LEASE, World


def verdict(world: World, post: UUID, **members: object) -> str:
    (one,) = world.start(post, **members)
    return one.verdict


def test_a_call_starts_once_with_its_start_committed(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    call = world.calling(post)
    assert verdict(world, post) == "not-ready"
    row = world.query("select * from ddp.social_calls where call_id = %s", call)[0]
    assert (row["attempt"], row["outcome"], row["ended_at"]) == (1, None, None)
    assert row["started_at"] is not None
    assert (world.status(post), world.part(post)["status"]) == ("publishing", "calling")


def test_eight_starters_make_one_call(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    world.begin(post)

    def start(_: int) -> bool:
        connection = world.login("ddp_worker")
        with world.working(connection) as cursor:
            (one,) = calls.start(cursor, [Call(post_id=post)], worker=world.worker, lease=LEASE)
        connection.close()
        return one.call_id is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(start, range(8))) == 1
    assert world.value("select count(*) from ddp.social_calls") == 1


def test_the_last_look(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    assert verdict(world, post) == "lease-ended", "nobody leased it"
    world.begin(post)
    assert verdict(world, post, worker=uuid4()) == "lease-ended"
    world.owner.execute("update social_posts set scheduled_at = now() + interval '1 second'")
    assert verdict(world, post) == "not-due", "never early"
    world.owner.execute("update social_posts set scheduled_at = now() - interval '61 minutes'")
    assert verdict(world, post) == "missed"
    world.owner.execute("update social_posts set scheduled_at = now()")
    with world.working() as cursor:
        assert tokens.expired(cursor, account, reason="The platform refused the token.")
    assert verdict(world, post) == "account-not-active"
    assert world.notices(world.owner_of(account)) == {"social-account-reconnect": 1}
    world.owner.execute("update social_accounts set status = 'active'")
    assert verdict(world, post) == "go"


def test_a_step_that_is_not_prepared_is_not_published(world: World, account: UUID) -> None:
    post = world.post(account)
    world.begin(post)
    assert verdict(world, post) == "lease-ended"


def test_a_lease_that_ended_before_the_start(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    world.begin(post, lease=GONE)
    time.sleep(0.005)
    assert verdict(world, post) == "lease-ended"
    world.reconcile()
    work = world.work(post)
    assert (work["step"], work["lost"], work["worker"], world.status(post)) == ("finalise", 1, None, "ready")


def test_a_lease_that_ended_after_the_start_leaves_it_unconfirmed(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    call = world.calling(post, lease=GONE)
    time.sleep(0.005)
    counts = world.reconcile()
    assert (counts["unconfirmed"], world.status(post), world.part(post)["status"]) == (
        1,
        "unconfirmed",
        "unconfirmed",
    )
    work = world.work(post)
    assert (work["step"], work["worker"]) == ("settle", None)
    # What its worker says now that it is over: only proof that it is out is news.
    for outcome in ("failed", "not_accepted", "unknown"):
        assert world.record(call, outcome, code="late") == "unconfirmed"
    assert world.record(call, "published", external_id="1") == "published"
    assert (world.row(post)["external_post_id"], world.work(post)) == ("1", None)


def test_what_is_published_has_its_address_and_time(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    at = datetime(2026, 11, 30, 1, tzinfo=UTC)
    call = world.calling(post)
    assert (
        world.record(call, "published", external_id="7", permalink="https://x.example/7", published_at=at)
        == "published"
    )
    row, part = world.row(post), world.part(post)
    assert (row["external_post_id"], row["permalink"], row["published_at"]) == (
        "7",
        "https://x.example/7",
        at,
    )
    assert (part["status"], part["external_id"], part["published_at"]) == ("published", "7", at)
    assert world.work(post) is None


def test_the_same_result_twice_changes_nothing(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    call = world.calling(post)
    for external_id in ("7", "7", "8"):
        assert world.record(call, "published", external_id=external_id) == "published"
    assert world.row(post)["external_post_id"] == "7"
    assert world.notices(world.owner_of(account)) == {}


def test_a_refusal_for_good_fails_with_the_reason(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    world.comment(post)
    assert (
        world.record(world.calling(post), "failed", code="duplicate", reason="You said that already.")
        == "failed"
    )
    row = world.row(post)
    assert (row["error_code"], row["error_reason"], world.work(post)) == (
        "duplicate",
        "You said that already.",
        None,
    )
    assert world.part(post, 1)["status"] == "waiting"
    assert world.notices(world.owner_of(account)) == {"social-post-failed": 1}


def test_what_was_certainly_not_accepted_is_ready_again(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    assert world.record(world.calling(post), "not_accepted", code="busy", after=60) == "ready"
    work = world.work(post)
    assert (work["step"], work["attempts"], world.part(post)["status"]) == ("finalise", 1, "waiting")
    assert world.begin(post) == []
    world.read_now(post)
    call = world.calling(post)
    assert world.value("select attempt from ddp.social_calls where call_id = %s", call) == 2
    assert world.record(call, "published", external_id="1") == "published"


def test_two_accepted_attempts_are_told(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    first = world.calling(post)
    world.record(first, "not_accepted", after=0)
    second = world.calling(post)
    assert world.record(first, "published", external_id="1") == "published"
    assert world.record(second, "published", external_id="2") == "published"
    assert world.notices(world.owner_of(account)) == {"social-post-twice": 1}
    assert world.row(post)["external_post_id"] == "1"


def test_late_proof_stops_a_second_attempt(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    first = world.calling(post)
    world.record(first, "not_accepted", after=0)
    world.begin(post)
    world.record(first, "published", external_id="1")
    assert verdict(world, post) == "lease-ended"
    assert world.status(post) == "published"


def test_a_refused_second_attempt_does_not_unpublish(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    first = world.calling(post)
    world.record(first, "not_accepted", after=0)
    second = world.calling(post)
    world.record(first, "published", external_id="1")
    for outcome in ("failed", "unknown", "not_accepted"):
        assert world.record(second, outcome, code="duplicate") == "published"
    assert world.part(post)["status"] == "published"


def test_an_id_that_another_post_has_does_not_hide_that_it_is_out(world: World, account: UUID) -> None:
    other, post = world.post(account, status="ready"), world.post(account, status="ready")
    world.record(world.calling(other), "published", external_id="1")
    assert world.record(world.calling(post), "published", external_id="1") == "published"
    assert (world.row(post)["external_post_id"], world.part(post)["external_id"]) == (None, "1")


def test_several_calls_at_once(world: World, account: UUID) -> None:
    these = [world.post(account, status="ready") for _ in range(10)]
    world.begin(*these)
    going = world.start(*these, uuid4())
    assert [one.verdict for one in going] == ["go"] * 10
    outcomes = ["published", "failed", "unknown", "not_accepted"] * 3
    results = [
        calls.CallResult(call_id=one.call_id, outcome=outcome, external_id=str(one.post_id))
        for one, outcome in zip(going, outcomes, strict=False)
        if one.call_id
    ]
    with world.working() as cursor:
        found = calls.record(cursor, results)
    states = {"published": "published", "failed": "failed", "unknown": "unconfirmed", "not_accepted": "ready"}
    assert [found[one.post_id] for one in going] == [states[outcome] for outcome in outcomes[:10]]


def test_the_first_comment_follows_the_post(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    world.comment(post)
    world.record(world.calling(post), "published", external_id="1")
    (step,) = world.begin(post)
    assert (step.step, step.external_post_id) == ("comment", "1")
    (one,) = world.start(post, part_no=1)
    assert world.record(one.call_id, "published", external_id="2") == "published"
    assert (world.part(post, 1)["external_id"], world.row(post)["external_post_id"]) == ("2", "1")
    assert world.work(post) is None


@pytest.mark.parametrize(
    ("outcome", "status", "step"),
    [
        ("failed", "failed", None),
        ("unknown", "unconfirmed", "settle"),
        ("not_accepted", "waiting", "comment"),
    ],
)
def test_a_comment_has_a_state_of_its_own(
    world: World, account: UUID, outcome: str, status: str, step: str | None
) -> None:
    post = world.post(account, status="ready")
    world.comment(post)
    world.record(world.calling(post), "published", external_id="1")
    world.begin(post)
    (one,) = world.start(post, part_no=1)
    assert world.record(one.call_id, outcome, code="x", reason="y") == "published"
    work = world.work(post)
    assert (world.part(post, 1)["status"], work and work["step"]) == (status, step)
