"""What is unconfirmed is settled by proof, by reading or by a person; never by silence."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from ddp.queries.social import posts
from tests.database.social.world import World, refused


def test_reads_come_after_1_5_15_and_60_minutes_then_a_person(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    call = world.calling(post)
    world.record(call, "unknown", code="time-out", reason="No answer.")
    ended_at = world.value("select ended_at from ddp.social_calls where call_id = %s", call)
    for read, minutes in enumerate((1, 5, 15, 60)):
        work = world.work(post)
        assert work["attempts"] == read
        assert abs(work["due_at"] - ended_at - timedelta(minutes=minutes)) < timedelta(seconds=2)
        world.read_now(post)
        (step,) = world.begin(post)
        assert (step.step, step.status, step.attempts) == ("settle", "unconfirmed", read)
        assert world.found(post, "unsure") == "unconfirmed"
    assert (world.work(post), world.status(post)) == (None, "unconfirmed")
    assert world.notices(world.owner_of(account)) == {"social-post-unconfirmed": 1}


def test_what_the_account_kept_from_being_read_is_no_read(world: World, account: UUID) -> None:
    post, _ = world.unconfirmed(account)
    for _ in range(5):
        (step,) = world.begin(post)
        assert step.attempts == 0
        # The platform refuses its token: it has to be connected again.
        world.query("update social_accounts set status = 'reconnect' where account_id = %s", account)
        assert world.found(post, "unsure") == "unconfirmed"
        assert world.begin(post) == []
        world.query("update social_accounts set status = 'active' where account_id = %s", account)
    assert world.notices(world.owner_of(account)).get("social-post-unconfirmed") is None
    world.begin(post)
    assert world.found(post, "published", external_id="1") == "published"


def test_reads_that_are_late_do_not_come_at_once(world: World, account: UUID) -> None:
    post, call = world.unconfirmed(account)
    world.query("update ddp.social_calls set ended_at = now() - interval '3 hours' where call_id = %s", call)
    world.begin(post)
    world.found(post, "unsure")
    wait = world.value("select due_at - now() from ddp.social_work where post_id = %s", post)
    assert timedelta(seconds=50) < wait <= timedelta(minutes=1)


def test_a_read_that_finds_it_settles_it(world: World, account: UUID) -> None:
    post, call = world.unconfirmed(account)
    world.begin(post)
    assert world.found(post, "published", external_id="1", permalink="https://x.example/1") == "published"
    row = world.row(post)
    assert (row["external_post_id"], row["permalink"], row["error_code"]) == (
        "1",
        "https://x.example/1",
        None,
    )
    assert world.value("select outcome from ddp.social_calls where call_id = %s", call) == "published"


def test_what_is_found_counts_whoever_holds_the_lease(world: World, account: UUID) -> None:
    post, _ = world.unconfirmed(account)
    assert world.found(post, "published", external_id="1") == "published"


def test_proof_of_absence_is_fenced_and_retries_or_fails(world: World, account: UUID) -> None:
    post, _ = world.unconfirmed(account)
    assert world.found(post, "absent", is_retried=True) == "unconfirmed", "nobody holds it"
    world.begin(post)
    assert world.found(post, "absent", is_retried=True) == "ready"
    assert world.work(post)["step"] == "finalise"
    other, _ = world.unconfirmed(account)
    world.begin(other)
    assert world.found(other, "absent", code="not-there", reason="It is not there.") == "failed"


def test_absence_an_hour_late_fails(world: World, account: UUID) -> None:
    post, _ = world.unconfirmed(account)
    world.owner.execute(
        "update social_posts set scheduled_at = now() - interval '61 minutes' where post_id = %s", [post]
    )
    world.begin(post)
    assert world.found(post, "absent", is_retried=True) == "failed"


def test_a_person_settles_it(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    first, second = world.unconfirmed(account)[0], world.unconfirmed(account)[0]
    with world.acting(brand) as cursor:
        assert posts.settle(cursor, first, is_published=True, external_id="1")["status"] == "published"
        assert posts.settle(cursor, second, is_published=False)["status"] == "failed"
        assert posts.retry(cursor, [second])[0]["status"] == "scheduled"
    rows = world.query(
        "select new_values, changed_by from audit_logs where record_id = %s and new_values ? 'external_id'",
        first,
    )
    assert rows == [
        {"new_values": {"part_no": 0, "status": "published", "external_id": "1"}, "changed_by": brand}
    ]


@pytest.mark.parametrize("status", ["draft", "scheduled", "ready", "publishing", "published", "failed"])
def test_only_what_is_unconfirmed_is_settled(world: World, account: UUID, status: str) -> None:
    post = world.post(account, status=status)
    with pytest.raises(psycopg.Error) as caught, world.acting(world.owner_of(account)) as cursor:
        posts.settle(cursor, post, is_published=True)
    assert refused(caught.value)[:2] == ("PT409", "wrong-status")


def test_proof_after_a_person_was_wrong(world: World, account: UUID) -> None:
    post, call = world.unconfirmed(account)
    with world.acting(world.owner_of(account)) as cursor:
        posts.settle(cursor, post, is_published=False)
    assert world.record(call, "published", external_id="1") == "published"


def test_an_unconfirmed_comment_is_settled(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    world.comment(post)
    world.record(world.calling(post), "published", external_id="1")
    world.begin(post)
    (one,) = world.start(post, part_no=1)
    world.record(one.call_id, "unknown")
    world.read_now(post)
    world.begin(post)
    assert world.found(post, "published", part_no=1, external_id="2") == "published"
    assert (world.part(post, 1)["external_id"], world.work(post)) == ("2", None)


def test_another_post_that_says_the_same_is_no_proof(world: World, account: UUID) -> None:
    """Platforms whose posts are found by their text show the other one."""
    post, _ = world.unconfirmed(account)
    world.post(account, status="published", external_post_id="1")
    assert world.found(post, "published", external_id="1") == "unconfirmed", "nobody holds it"
    world.begin(post)
    assert world.found(post, "published", external_id="1") == "unconfirmed"
    assert world.work(post)["attempts"] == 1
    world.begin(post)
    world.read_now(post)
    world.begin(post)
    assert world.found(post, "published", external_id="2") == "published"


@pytest.mark.parametrize(("platform", "status"), [("twitter", "unconfirmed"), ("facebook", "published")])
def test_a_call_of_the_same_text_whose_end_is_not_known_makes_a_find_by_text_no_proof(
    world: World, platform: str, status: str
) -> None:
    account = world.account(platform=platform)
    post, _ = world.unconfirmed(account)
    other, _ = world.unconfirmed(account)
    world.begin(post)
    assert world.found(post, "published", external_id="1") == status
    with world.acting(world.owner_of(account)) as cursor:
        posts.settle(cursor, other, is_published=False)
    world.read_now(post) if status == "unconfirmed" else None
    world.begin(post)
    assert world.found(post, "published", external_id="1") == "published"


def test_what_was_prepared_tells_what_became_of_a_call_even_when_it_has_expired(
    world: World, account: UUID
) -> None:
    post, _ = world.unconfirmed(account)
    world.owner.execute(
        "insert into ddp.social_checkpoints (post_id, part_no, state_encrypted, expires_at)"
        " values (%s, 0, 'state', now() - interval '1 minute')",
        [post],
    )
    (step,) = world.begin(post)
    assert (step.step, step.state_encrypted) == ("settle", "state")
