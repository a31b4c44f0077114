"""A post of a campaign whose brand approves what participants publish waits for the approval of its very content."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from ddp.queries.social import calls, steps
from ddp.queries.social.calls import Call
from ddp.queries.social.steps import StepResult
from tests.database.social.world import LEASE, World, ids, refused

SCHEDULE = "select from schedule_social_posts(%s, now() + interval '1 minute')"
PUBLISH = "select from publish_social_posts(%s)"
CHANGE = "select from change_social_post(%s, (select revision from social_posts where post_id = %s), %s)"


@pytest.fixture
def brand(world: World) -> UUID:
    world.query("delete from approvals")
    return world.user()


@pytest.fixture
def retailer(world: World) -> UUID:
    return world.user("retailer")


def campaign_of(world: World, brand: UUID, retailer: UUID, approval: str = "all") -> UUID:
    campaign = world.campaign(brand)
    world.query("update campaigns set approval = %s where campaign_id = %s", approval, campaign)
    world.query(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)", campaign, retailer
    )
    return campaign


@pytest.fixture
def campaign(world: World, brand: UUID, retailer: UUID) -> UUID:
    return campaign_of(world, brand, retailer)


@pytest.fixture
def shop(world: World, retailer: UUID) -> UUID:
    return world.account(retailer)


def act(world: World, user: UUID, statement: str, *values: object, connection=None) -> bool:
    """Whether it was done; False: refused with 409."""
    try:
        with world.acting(user, connection=connection) as cursor:
            cursor.execute(statement, values)
    except psycopg.Error as error:
        if refused(error)[0] != "PT409":
            raise
        return False
    return True


def change(world: World, user: UUID, post: UUID, changes: dict, connection=None) -> bool:
    return act(world, user, CHANGE, post, post, Jsonb(changes), connection=connection)


def open_request(world: World, post: UUID, state: str = "waiting") -> UUID | None:
    rows = world.query("select approval_id from approvals where post_id = %s and state = %s", post, state)
    return rows[0]["approval_id"] if rows else None


def scheduled(world: World, retailer: UUID, shop: UUID, campaign: UUID) -> UUID:
    post = world.post(shop, status="draft", campaign_id=campaign)
    assert act(world, retailer, PUBLISH, [post])
    return post


def test_a_scheduled_post_waits_is_published_once_approved_and_asks_once(
    world: World, brand: UUID, retailer: UUID, shop: UUID, campaign: UUID
) -> None:
    post = scheduled(world, retailer, shop, campaign)
    assert act(world, retailer, PUBLISH, [post])
    assert world.notices(brand) == {"approval-requested": 1}
    assert (world.status(post), world.row(post)["error_code"]) == ("scheduled", "waits-for-approval")
    world.reconcile()
    assert world.due() == []
    assert world.begin(post) == [], "a message about it changes nothing"
    request = open_request(world, post)
    with world.acting(brand) as cursor:
        (content,) = cursor.execute("select approval_content(%s) as content", [request]).fetchone().values()
    assert (content["post_content"], content["account_id"]) == ("Hello", str(shop))
    assert act(world, brand, "select approve(%s)", request)
    assert world.row(post)["error_code"] is None
    assert world.notices(retailer) == {"approval-given": 1}
    assert ids(world.due()) == {post}
    assert ids(world.begin(post)) == {post}
    world.end(StepResult(post_id=post, outcome="next", step="finalise"))
    assert ids(world.begin(post)) == {post}
    assert [one.verdict for one in world.start(post)] == ["go"]


def test_drafts_and_posts_of_no_campaign_ask_nobody(
    world: World, brand: UUID, retailer: UUID, shop: UUID, campaign: UUID
) -> None:
    draft = world.post(shop, status="draft", campaign_id=campaign)
    assert change(world, retailer, draft, {"content": "Other"})
    free = scheduled(world, retailer, shop, None)
    of_brand = scheduled(world, brand, world.account(brand), campaign)
    assert world.query("select approval_id from approvals") == []
    assert ids(world.due()) == {free, of_brand}


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "Other"},
        {"title": "T"},
        {"first_comment": "C"},
        {"options": {"a": 1}},
        {"media": []},
        "file",
    ],
)
def test_any_change_of_what_people_see_asks_again(
    world: World, brand: UUID, retailer: UUID, shop: UUID, campaign: UUID, changes: object
) -> None:
    post = world.post(shop, status="draft", campaign_id=campaign)
    file = world.file(retailer)
    if changes == {"media": []}:
        assert change(world, retailer, post, {"media": [str(file)]})
    assert act(world, retailer, PUBLISH, [post])
    first = open_request(world, post)
    act(world, brand, "select approve(%s)", first)
    assert change(world, retailer, post, {"media": [str(file)]} if changes == "file" else changes)
    assert world.value("select state from approvals where approval_id = %s", first) == "superseded"
    assert open_request(world, post) not in (None, first)
    assert world.due() == []
    assert not act(world, brand, "select approve(%s)", first)
    assert act(world, retailer, SCHEDULE, [post]), "another time is no other content"
    assert act(world, brand, "select approve(%s)", open_request(world, post))
    assert act(world, retailer, PUBLISH, [post])
    assert ids(world.due()) == {post}


def test_a_refused_post_stays_and_is_missed_with_a_notice(
    world: World, brand: UUID, retailer: UUID, shop: UUID, campaign: UUID
) -> None:
    post = scheduled(world, retailer, shop, campaign)
    assert act(world, brand, "select refuse_approval(%s, 'Too loud.')", open_request(world, post))
    assert world.row(post)["error_reason"] == "The campaign's brand refused it: Too loud."
    world.reconcile()
    assert open_request(world, post) is None
    assert world.due() == []
    assert change(world, retailer, post, {"content": "Quieter"})
    assert (open_request(world, post) is not None, world.row(post)["error_code"]) == (
        True,
        "waits-for-approval",
    )
    world.query("update social_posts set scheduled_at = now() - interval '2 hours' where post_id = %s", post)
    assert world.reconcile()["missed"] == 1
    assert world.status(post) == "missed"
    assert "waits for the approval" in world.row(post)["error_reason"]
    assert world.notices(retailer) == {"approval-refused": 1, "social-post-missed": 1}


@pytest.mark.parametrize("stage", ["claimed", "preparing", "put off", "ready"])
def test_what_is_refused_while_it_is_prepared_can_be_changed_and_is_prepared_anew(
    world: World, brand: UUID, retailer: UUID, shop: UUID, campaign: UUID, stage: str
) -> None:
    post = scheduled(world, retailer, shop, campaign)
    assert act(world, brand, "select approve(%s)", open_request(world, post))
    world.due()
    if stage != "claimed":
        world.begin(post)
    if stage == "put off":
        world.end(StepResult(post_id=post, outcome="retry", after=300))
    if stage == "ready":
        world.end(StepResult(post_id=post, outcome="next", step="finalise"))
    assert act(world, brand, "select refuse_approval(%s, 'No.')", open_request(world, post, "approved"))
    assert world.end(StepResult(post_id=post, outcome="next", step="finalise")) == [], (
        "its worker has it no longer"
    )
    assert (world.status(post), world.work(post)["step"], world.due()) == ("scheduled", "prepare", [])
    assert world.row(post)["error_code"] == "approval-refused"
    assert change(world, retailer, post, {"content": "Quieter"})
    assert act(world, brand, "select approve(%s)", open_request(world, post))
    assert ids(world.due()) == ids(world.begin(post)) == {post}


def test_a_rule_that_comes_later_holds_what_has_not_started(
    world: World, brand: UUID, retailer: UUID, shop: UUID
) -> None:
    campaign = campaign_of(world, brand, retailer, "none")
    waits, ready = (
        scheduled(world, retailer, shop, campaign),
        world.post(shop, status="ready", campaign_id=campaign),
    )
    world.begin(ready)
    assert act(world, brand, "update campaigns set approval = 'all' where campaign_id = %s", campaign)
    assert open_request(world, waits)
    assert open_request(world, ready)
    assert ids(world.due()) == set()
    assert [one.verdict for one in world.start(ready)] == ["not-approved"]
    assert act(world, brand, "select approve(%s)", open_request(world, ready))
    assert [one.verdict for one in world.start(ready)] == ["go"]
    assert act(world, brand, "update campaigns set approval = 'none' where campaign_id = %s", campaign)
    assert open_request(world, waits, "superseded")
    assert ids(world.due()) == {waits}


def test_a_due_post_that_nobody_asked_for_asks(
    world: World, retailer: UUID, shop: UUID, campaign: UUID
) -> None:
    post = world.post(shop, campaign_id=campaign)
    assert world.due() == []
    for _ in range(2):
        world.reconcile()
    assert open_request(world, post)
    assert len(world.query("select approval_id from approvals")) == 1


def test_first_holds_until_one_has_gone_out(world: World, brand: UUID, retailer: UUID, shop: UUID) -> None:
    campaign = campaign_of(world, brand, retailer, "first")
    one, two = (scheduled(world, retailer, shop, campaign) for _ in range(2))
    act(world, brand, "select approve(%s)", open_request(world, one))
    assert ids(world.due()) == {one}
    world.begin(one)
    world.end(StepResult(post_id=one, outcome="next", step="finalise"))
    world.begin(one)
    assert [s.verdict for s in world.start(one)] == ["go"]
    assert open_request(world, two, "superseded")
    assert ids(world.due()) == {two}


def test_a_post_moved_to_another_campaign_is_not_approved_there(
    world: World, brand: UUID, retailer: UUID, shop: UUID, campaign: UUID
) -> None:
    post = scheduled(world, retailer, shop, campaign)
    act(world, brand, "select approve(%s)", open_request(world, post))
    rival = world.user()
    other = campaign_of(world, rival, retailer)
    assert change(world, retailer, post, {"campaign_id": str(other)})
    assert world.due() == []
    with pytest.raises(psycopg.Error) as caught:
        act(world, brand, "select approve(%s)", open_request(world, post))
    assert refused(caught.value)[:2] == ("PT404", "approval-not-found")


@pytest.mark.parametrize("seed", range(3))
def test_no_post_goes_out_with_content_that_was_not_approved(
    world: World, brand: UUID, retailer: UUID, shop: UUID, campaign: UUID, seed: int
) -> None:
    """Eight callers change, schedule, approve, refuse and work, in random order; some workers die."""
    posts = [scheduled(world, retailer, shop, campaign) for _ in range(6)]

    def people(number: int) -> None:
        dice = random.Random(seed * 100 + number)
        connection = world.login("ddp_api")
        for _ in range(40):
            post = dice.choice(posts)
            match dice.randrange(5):
                case 0:
                    change(world, retailer, post, {"content": f"{uuid4()}"}, connection)
                case 1:
                    act(world, retailer, PUBLISH, [post], connection=connection)
                case 2:
                    act(
                        world,
                        retailer,
                        "select from unschedule_social_posts(%s)",
                        [post],
                        connection=connection,
                    )
                case 3 | 4:
                    rows = world_requests(connection, post)
                    for request in rows:
                        verb = "approve(%s)" if dice.random() < 0.95 else "refuse_approval(%s, 'No.')"
                        act(world, brand, f"select {verb}", request, connection=connection)
        connection.close()

    def world_requests(connection, post: UUID) -> list[UUID]:
        with world.acting(brand, connection=connection) as cursor:
            rows = cursor.execute(
                "select approval_id from approvals where post_id = %s and state in ('waiting', 'approved')",
                [post],
            )
            return [row["approval_id"] for row in rows.fetchall()]

    def workers(number: int) -> None:
        dice = random.Random(seed * 100 + 50 + number)
        connection = world.login("ddp_worker")
        for _ in range(40):
            worker = uuid4()
            with world.working(connection) as cursor:
                steps.due(cursor, limit=10)
            with world.working(connection) as cursor:
                lease = LEASE if dice.random() < 0.8 else timedelta(milliseconds=1)
                begun = steps.begin(cursor, posts, worker=worker, lease=lease)
            if dice.random() < 0.2:
                continue  # it dies
            prepared = [
                StepResult(post_id=s.post_id, outcome="next", step="finalise")
                for s in begun
                if s.step == "prepare"
            ]
            with world.working(connection) as cursor:
                steps.end(cursor, prepared, worker=worker)
            with world.working(connection) as cursor:
                calls.start(
                    cursor, [Call(post_id=s.post_id) for s in begun if s.step == "finalise"],
                    worker=worker, lease=LEASE, part_no=0,
                )  # fmt: skip
            with world.working(connection) as cursor:
                steps.reconcile(cursor)
        connection.close()

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            for done in [
                *(pool.submit(people, n) for n in range(5)),
                *(pool.submit(workers, n) for n in range(3)),
            ]:
                done.result()
        out = world.query(
            "select p.post_id, ddp.is_approved(p.campaign_id, p.post_id, ddp.content_of_post(p)) as approved"
            " from social_posts p where p.status in ('publishing', 'published', 'unconfirmed')"
        )
        assert all(row["approved"] for row in out)
        if out:
            return
    pytest.fail("nothing went out: the test says nothing")
