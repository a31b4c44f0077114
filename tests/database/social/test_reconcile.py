"""What was left behind: dead workers, posts that are late, preparations that platforms have forgotten."""

from __future__ import annotations

import time
from uuid import UUID

import pytest

from ddp.queries.social import steps, tokens
from tests.database.social.world import GONE, World, ids


def lose(world: World, post: UUID) -> None:
    assert world.begin(post, lease=GONE)
    time.sleep(0.003)
    world.reconcile()


def test_a_step_that_kills_five_workers_fails(world: World, account: UUID) -> None:
    post = world.post(account)
    for lost in range(1, 5):
        lose(world, post)
        assert world.work(post)["lost"] == lost
    lose(world, post)
    row = world.row(post)
    assert (row["status"], row["error_code"], world.work(post)) == ("failed", "work-crashes", None)
    assert world.notices(world.owner_of(account)) == {"social-post-failed": 1}


def test_a_read_that_kills_five_workers_is_left_to_a_person(world: World, account: UUID) -> None:
    post, _ = world.unconfirmed(account)
    for _ in range(5):
        lose(world, post)
    assert (world.status(post), world.work(post)) == ("unconfirmed", None)
    assert world.notices(world.owner_of(account)) == {"social-post-unconfirmed": 1}


def test_a_live_lease_is_left_alone(world: World, account: UUID) -> None:
    post, ready = world.post(account), world.post(account, status="ready")
    world.begin(post)
    world.calling(ready)
    assert not any(world.reconcile().values())
    assert (world.work(post)["worker"], world.status(ready)) == (world.worker, "publishing")


@pytest.mark.parametrize("status", ["scheduled", "claimed", "preparing", "ready"])
def test_a_post_an_hour_late_is_missed(world: World, account: UUID, status: str) -> None:
    late = world.post(account, status=status, due_in="-61 minutes")
    almost = world.post(account, status=status, due_in="-59 minutes")
    assert world.begin(late) == [], "no late blast"
    assert world.reconcile()["missed"] == 1
    row = world.row(late)
    assert (row["status"], row["error_code"], world.work(late)) == ("missed", "missed", None)
    assert world.status(almost) == status
    assert world.notices(world.owner_of(account)) == {"social-post-missed": 1}


def test_a_post_whose_account_was_not_connected_again_is_missed(world: World) -> None:
    account = world.account(status="reconnect")
    post = world.post(account, due_in="-61 minutes")
    world.reconcile()
    assert "connected again" in world.row(post)["error_reason"]


def test_many_missed_at_once_are_one_notice(world: World, account: UUID) -> None:
    posts = {str(world.post(account, due_in="-2 hours")) for _ in range(25)}
    assert world.reconcile()["missed"] == 25
    (notice,) = world.query("select count, detail from notices")
    assert (notice["count"], len(notice["detail"]["posts"])) == (25, 20)
    assert set(notice["detail"]["posts"]) <= posts


def test_what_has_started_is_never_missed(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    world.calling(post)
    world.owner.execute("update social_posts set scheduled_at = now() - interval '2 hours'")
    assert world.reconcile()["missed"] == 0
    unconfirmed, _ = world.unconfirmed(account)
    world.owner.execute("update social_posts set scheduled_at = now() - interval '2 hours'")
    assert world.reconcile()["missed"] == 0
    assert world.status(unconfirmed) == "unconfirmed"


def test_a_comment_an_hour_late_is_skipped(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    world.comment(post)
    world.record(world.calling(post), "published", external_id="1")
    world.owner.execute("update ddp.social_work set due_at = now() - interval '61 minutes'")
    assert world.reconcile()["comments_missed"] == 1
    assert (world.part(post, 1)["status"], world.status(post)) == ("skipped", "published")


def test_what_was_accepted_and_cannot_be_asked_about_for_a_day_is_unconfirmed(
    world: World, account: UUID
) -> None:
    post = world.post(account, status="ready")
    world.record(world.calling(post), "accepted", after=30)
    world.owner.execute("update social_accounts set status = 'disconnected' where account_id = %s", [account])
    world.owner.execute("update ddp.social_work set due_at = now() - interval '23 hours'")
    world.reconcile()
    assert (world.status(post), world.work(post)["step"]) == ("publishing", "confirm")
    world.owner.execute("update ddp.social_work set due_at = now() - interval '25 hours'")
    world.reconcile()
    row = world.row(post)
    assert (row["status"], row["error_code"]) == ("unconfirmed", "not-confirmed")
    assert world.notices(world.owner_of(account)) == {"social-post-unconfirmed": 1}
    # Connected again within another day, it is still asked about; else it is a person's.
    assert world.work(post)["step"] == "settle"
    world.owner.execute("update ddp.social_work set due_at = now() - interval '25 hours'")
    world.reconcile()
    assert (world.status(post), world.work(post)) == ("unconfirmed", None)


def test_what_the_platform_has_forgotten_is_prepared_again(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    world.begin(post)
    with world.working() as cursor:
        expired = world.value("select now() - interval '1 second'")
        assert steps.save_checkpoint(cursor, post, worker=world.worker, state="container", expires_at=expired)
    assert world.reconcile()["expired"] == 0, "its worker is at it"
    world.owner.execute("update ddp.social_work set leased_until = null, worker = null")
    assert world.reconcile()["expired"] == 1
    assert (world.status(post), world.work(post)["step"]) == ("preparing", "prepare")
    (step,) = world.begin(post)
    assert step.state_encrypted is None


@pytest.mark.parametrize("status", ["scheduled", "claimed", "preparing", "ready"])
def test_a_post_without_a_next_step_gets_one(world: World, account: UUID, status: str) -> None:
    post = world.post(account, status=status)
    world.owner.execute("delete from ddp.social_work")
    assert world.reconcile()["repaired"] == 1
    assert (world.status(post), world.work(post)["step"]) == ("scheduled", "validate")
    assert ids(world.due()) == {post}


def test_a_post_that_was_being_published_without_a_next_step_is_unconfirmed(
    world: World, account: UUID
) -> None:
    post = world.post(account, status="publishing")
    world.reconcile()
    assert (world.status(post), world.work(post)["step"]) == ("unconfirmed", "settle")


def test_two_reconciliations_at_once(world: World, account: UUID) -> None:
    for _ in range(20):
        world.post(account, due_in="-2 hours")
    one, other = world.login("ddp_worker"), world.login("ddp_worker")
    with world.working(one) as first, world.working(other) as second:
        counts = [steps.reconcile(first)["missed"]]
        other.execute("set local lock_timeout = '2s'")
        # The notice of the day is one row: the second waits for the first only if it, too, has something to tell.
        counts.append(steps.reconcile(second)["missed"])
    one.close()
    other.close()
    assert counts == [20, 0]


def test_figures_for_alarms(world: World, account: UUID) -> None:
    world.post(account, due_in="-5 minutes")
    world.owner.execute("update ddp.social_work set due_at = now() - interval '5 minutes'")
    post, _ = world.unconfirmed(account)
    world.owner.execute("delete from ddp.social_work where post_id = %s", [post])
    world.post(world.account(status="reconnect"))
    with world.working() as cursor:
        figures = steps.figures(cursor)
    assert 299 < figures.pop("oldest_due_seconds") < 330
    assert figures == {
        "due": 2,
        "waiting_for_accounts": 1,
        "unconfirmed": 1,
        "unconfirmed_new": 1,
        "left_to_people": 1,
        "reconnect": 1,
        "reconnect_new": 0,
        "budget_used_percent": 0,
    }


def test_the_budget_of_whoever_has_used_most_of_it_is_shown(world: World, account: UUID) -> None:
    brand, other = world.owner_of(account), world.user()
    for user, dollars, period in ((brand, 20, ""), (brand, 200, "1999-01"), (other, 10, "")):
        world.query(
            "insert into ddp.social_budgets (user_id, monthly_budget) values (%s, 20) on conflict do nothing",
            user,
        )
        world.query(
            "insert into ddp.budgets (scope, owner_id, period, cap, reserved, charged) values ('social_month', %s,"
            " coalesce(nullif(%s, ''), ddp.social_month(now())), 25, 1, %s::numeric - 1)",
            user, period, dollars - 2,
        )  # fmt: skip
    assert figure(world, "budget_used_percent") == 90
    world.query("update ddp.social_budgets set monthly_budget = 40")
    assert figure(world, "budget_used_percent") == 45
    world.query("delete from ddp.social_budgets")
    assert figure(world, "budget_used_percent") == 0


def figure(world: World, name: str) -> float:
    with world.working() as cursor:
        return steps.figures(cursor)[name]


def test_a_step_that_somebody_works_on_is_not_late(world: World, account: UUID) -> None:
    post = world.post(account)
    world.owner.execute("update ddp.social_work set due_at = now() - interval '10 minutes'")
    assert figure(world, "oldest_due_seconds") > 599
    assert world.begin(post)
    assert figure(world, "oldest_due_seconds") == 0
    world.owner.execute("update ddp.social_work set leased_until = now() - interval '1 second'")
    assert figure(world, "oldest_due_seconds") > 599


def test_what_became_unconfirmed_is_new_for_fifteen_minutes_or_until_it_is_settled(
    world: World, account: UUID
) -> None:
    old, settled = world.unconfirmed(account), world.unconfirmed(account)
    assert figure(world, "unconfirmed_new") == 2
    world.begin(settled[0])
    world.found(settled[0], "published", external_id="42")
    assert figure(world, "unconfirmed_new") == 1
    world.owner.execute(
        "update ddp.social_calls set ended_at = ended_at - interval '16 minutes' where call_id = %s", [old[1]]
    )
    assert (figure(world, "unconfirmed_new"), figure(world, "unconfirmed")) == (0, 1)
    # Accepted an hour ago, and never confirmed: it became unconfirmed now.
    world.owner.execute(
        "update ddp.social_calls set ended_at = now() - interval '61 minutes', outcome = 'accepted'"
        " where call_id = %s",
        [old[1]],
    )
    assert figure(world, "unconfirmed_new") == 1


def test_accounts_that_lost_their_connection_are_new_for_fifteen_minutes(world: World) -> None:
    accounts = [world.account() for _ in range(3)]
    for account in accounts:
        with world.working() as cursor:
            tokens.expired(cursor, account, reason="revoked")
    assert figure(world, "reconnect_new") == 3
    world.owner.execute("update social_accounts set status = 'active' where account_id = %s", [accounts[0]])
    assert figure(world, "reconnect_new") == 2
    world.owner.execute("update notices set read_at = now() where subject_id = %s", [accounts[1]])
    assert (figure(world, "reconnect_new"), figure(world, "reconnect")) == (1, 2)
    with world.owner.transaction():
        world.owner.execute(
            "set local session_replication_role = replica"
        )  # no trigger: updated_at as it says
        world.owner.execute("update notices set updated_at = now() - interval '16 minutes'")
    assert (figure(world, "reconnect_new"), figure(world, "reconnect")) == (0, 2)
