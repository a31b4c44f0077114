"""Engagement on the local stack: what platforms tell brings readings forward, and numbers equal the platforms' own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import urllib3
from psycopg.rows import dict_row

from ddp.providers.social.base import Platform
from infra.cli.api_client import Client
from infra.local.identity.users import USERS
from infra.local.postgres.database import connection_urls
from infra.local.schedules import reconcile_now
from infra.local.simulators.platforms.client import PlatformsClient

from .queue_worker import QueueWorker, emulator_of
from .social_posts import Publishing, six

BRAND = USERS["brand"]
# An audience that comes at once, and platforms that are never late.
AT_ONCE = {"audience": {"speed": 1e6, "stops_at": 0.0}}
NOT_LATE = {
    "lateness_seconds": {platform: {"counters": 0.0, "insights": 0.0} for platform in Platform},
}
SETTINGS = ("audience", "lateness_seconds")
# As if an hour had passed since a post was missed first, and its reading had fallen due again.
AN_HOUR_PASSES = (
    "update ddp.social_polls set due_at = case when due_at is not null then now() end,"
    " gone_since = gone_since - interval '61 minutes', measured_at = measured_at - interval '61 minutes'"
    " where post_id = %s"
)


@pytest.fixture(scope="module")
def publishing(stack, brand) -> Iterator[Publishing]:
    emulator, simulator = emulator_of(stack), PlatformsClient(url=stack.urls["Platforms"])
    before = {name: simulator.settings()[name] for name in SETTINGS}
    simulator.change(**AT_ONCE, **NOT_LATE)
    with psycopg.connect(stack.database_url, autocommit=True, row_factory=dict_row) as connection:
        yield Publishing(
            database=connection,
            api_url=connection_urls(stack.directory)["api"],
            brand=brand,
            simulator=simulator,
            sqs=emulator.client("sqs"),
            kms=emulator.client("kms"),
        )
    simulator.change(**before)
    simulator.clear_faults()


@pytest.fixture(scope="module")
def posts(stack, publishing) -> dict[str, dict[str, Any]]:
    """A post on each platform, whose audience has stopped growing."""
    publishing.connect(*Platform)
    publishing.allow_spending()
    money = {"user_id": str(BRAND.user_id), "monthly_budget": "5.00"}
    assert stack.client("admin").call("PUT", "/social-read-budget", money).status == 200
    published = publishing.wait_for_end(publishing.create({"when": "now"}, six(publishing)))
    assert {post["status"] for post in published} == {"published"}, published
    publishing.simulator.stop_growing()
    return {post["platform"]: post for post in published}


def until(publishing: Publishing, ask: Callable[[], Any], what: str, *, seconds: float = 60) -> Any:
    """What `ask` finds, once it finds something. Triggers what each minute brings instead of waiting for it."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        reconcile_now(publishing.sqs)
        time.sleep(0.5)
    return found


def engagement(client: Client, post: dict[str, Any]) -> dict[str, Any]:
    answer = client.call("GET", f"/social-posts/{post['post_id']}/engagement")
    assert answer.status == 200, answer.body
    return answer.body


def readings(client: Client, post: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in engagement(client, post)["readings"]}


def numbers(client: Client, post: dict[str, Any]) -> dict[str, int]:
    """The newest number of each kind."""
    return {item["metric"]: item["count"] for item in engagement(client, post)["measurements"]}


def query(publishing: Publishing, statement: str, *values: Any) -> Any:
    """The first column of the first row."""
    row = publishing.database.execute(statement, values).fetchone()
    return next(iter(row.values())) if row else None


def events(publishing: Publishing) -> int:
    return int(query(publishing, "select count(*) from ddp.social_events"))


@pytest.fixture(scope="module")
def subscribed(publishing, posts, stack) -> None:
    """The accounts' platforms tell about them: what the daily schedule sees to."""
    QueueWorker.of(stack, "ddp-local-social-poll").post(json.dumps({"type": "CheckSubscriptions"}))
    account_ids = [publishing.account_ids[each] for each in (Platform.FACEBOOK, Platform.INSTAGRAM)]
    until(
        publishing,
        lambda: query(
            publishing,
            "select count(*) = 2 from ddp.social_subscriptions where status = 'active' and account_id = any (%s)",
            account_ids,
        ),
        "the subscription",
    )


def test_a_webhook_brings_the_reading_forward(publishing, posts, subscribed, brand):
    post, other = posts["instagram"], posts["youtube"]
    assert readings(brand, post)["counters"]["measured_at"] is None, "it is not due for five minutes"
    publishing.simulator.adjust("instagram", post["external_post_id"], "comment", 3)

    def told() -> bool:
        publishing.simulator.send_webhooks()
        return bool(readings(brand, post)["counters"]["measured_at"])

    until(publishing, told, "the reading after the webhook")
    truth = publishing.simulator.truth("instagram", post["external_post_id"])
    assert truth["comment"] >= 3
    assert numbers(brand, post)["comment"] == truth["comment"]
    # Nobody told anything about this one.
    assert readings(brand, other)["counters"]["measured_at"] is None


def test_a_replay_is_stored_once_and_what_nobody_signed_is_refused(publishing, posts, subscribed, stack):
    publishing.simulator.adjust("instagram", posts["instagram"]["external_post_id"], "comment", 1)
    publishing.simulator.send_webhooks()
    sent = [each for each in publishing.simulator.webhooks("instagram") if each["status"] == "200"]
    worker = QueueWorker.of(stack, "ddp-local-social-event")
    worker.wait_until_empty(60)
    before = events(publishing)
    assert before
    assert publishing.simulator.send_again(sent[0]["number"]) == 200
    worker.wait_until_empty(60)
    assert events(publishing) == before
    for path, body in (("meta", b"{}"), ("tiktok", b"{}"), ("meta/deletion", b"signed_request=a.b")):
        forged = {"X-Hub-Signature-256": "sha256=" + "0" * 64, "Content-Type": "application/json"}
        answer = urllib3.request("POST", f"{stack.urls['API']}/webhooks/{path}", body=body, headers=forged)
        assert answer.status == 401, path
    assert urllib3.request("POST", f"{stack.urls['API']}/webhooks/myspace", body=b"{}").status == 404
    assert (worker.messages(), events(publishing)) == (0, before)


def test_measured_numbers_are_the_platforms(publishing, posts, brand):
    for post in posts.values():
        asked = brand.call("POST", f"/social-posts/{post['post_id']}/measure")
        assert asked.status == 200 or asked.body["code"] == "measured-lately", asked.body

    def all_read() -> bool:
        # What was asked about a moment ago, or failed on a busy machine, is due by its own time: let it come.
        publishing.database.execute(
            """
            update ddp.social_polls set due_at = now()
            where due_at > now() and measured_at is null and claimed_by is null and post_id = any (%s)
            """,
            [[post["post_id"] for post in posts.values()]],
        )
        return all(
            each["measured_at"] or each["reason"] in {"not_offered", "not_said"}
            for post in posts.values()
            for each in readings(brand, post).values()
        )

    until(publishing, all_read, "all readings", seconds=180)
    # The one on TikTok is for its owner only: the platform says nothing of it, and that is missing, not 0.
    assert numbers(brand, posts["tiktok"]) == {}
    for platform, post in posts.items():
        if platform == "tiktok":
            continue
        told = publishing.simulator.told(platform, post["external_post_id"])
        assert sum(told.values()) > 0, platform
        assert numbers(brand, post) == told, platform


def test_a_post_is_measured_on_request_once_in_five_minutes(posts, brand):
    again = brand.call("POST", f"/social-posts/{posts['twitter']['post_id']}/measure")
    assert (again.status, again.body["code"]) == (429, "measured-lately")
    assert "UTC" in again.problem


def test_an_accounts_days_are_the_sums_of_its_posts(publishing, posts, brand):
    post, account_id = posts["youtube"], publishing.account_ids[Platform.YOUTUBE]
    counts = numbers(brand, post)
    assert counts["view"] > 0

    def days() -> dict[str, int]:
        body = brand.call("GET", f"/social-accounts/{account_id}/engagement").body
        sums: dict[str, int] = {}
        for each in body["days"]:
            sums[each["metric"]] = sums.get(each["metric"], 0) + each["gained"]
        assert not sums or body["top_posts"][0]["post_id"] == str(post["post_id"])
        return sums

    until(publishing, lambda: days() == counts, f"days with {counts}")


def test_best_times_say_that_there_are_too_few_posts(publishing, posts, brand):
    account_id = publishing.account_ids[Platform.YOUTUBE]
    best = brand.call("GET", f"/social-accounts/{account_id}/best-times").body
    assert best["is_default"] is True
    assert best["note"]
    slots = brand.call("PUT", f"/social-accounts/{account_id}/slots", {"slots": best["slots"]})
    assert slots.status == 200, slots.body


def test_a_deleted_post_is_noticed_after_an_hour_and_once(publishing, posts, brand):
    post = posts["youtube"]
    post_id, before = post["post_id"], numbers(brand, post)
    publishing.simulator.remove("youtube", post["external_post_id"])

    def gone_since() -> Any:
        statement = "select max(gone_since) from ddp.social_polls where post_id = %s"
        return query(publishing, statement, post_id)

    publishing.database.execute(
        "update ddp.social_polls set due_at = now() where post_id = %s and due_at is not null", [post_id]
    )
    until(publishing, gone_since, "a reading that misses the post")
    assert engagement(brand, post)["deleted_on_platform_at"] is None, "one reading is no proof"
    publishing.database.execute(AN_HOUR_PASSES, [post_id])
    until(publishing, lambda: engagement(brand, post)["deleted_on_platform_at"], "the second proof")
    assert numbers(brand, post) == before, "the last numbers are kept"
    assert {each["due_at"] for each in readings(brand, post).values()} == {None}
    told = [
        notice
        for notice in brand.call("GET", "/notices?limit=100").body["items"]
        if notice["cause"] == "social-post-deleted" and str(post_id) in json.dumps(notice)
    ]
    assert [notice["count"] for notice in told] == [1]
    assert brand.call("POST", f"/social-posts/{post_id}/measure").status == 409


@pytest.mark.parametrize("platform", [Platform.TIKTOK, Platform.FACEBOOK])
def test_access_that_was_taken_back_makes_the_account_reconnect(publishing, posts, brand, platform):
    """TikTok names the account. Meta names a person, not their pages: the next reading finds that the token ended."""
    post_id = posts[platform]["post_id"]
    publishing.simulator.revoke(platform, publishing.person)
    if platform is Platform.FACEBOOK:
        publishing.database.execute(
            "update ddp.social_polls set due_at = now() where post_id = %s and due_at is not null", [post_id]
        )

    def is_off() -> bool:
        publishing.simulator.send_webhooks()
        account_id = publishing.account_ids[platform]
        statement = "select status::text = 'reconnect' from social_accounts where account_id = %s"
        return bool(query(publishing, statement, account_id))

    until(publishing, is_off, "what the platform says about the account")
    reasons = {each["reason"] for each in readings(brand, posts[platform]).values() if not each["due_at"]}
    assert "account" in reasons


def test_a_person_who_asks_to_be_forgotten_gets_a_page(publishing, posts, stack):
    answer = publishing.simulator.forget("facebook", publishing.person)
    assert answer["status"] == 200, answer
    page = json.loads(answer["body"])
    code = page["confirmation_code"]
    assert page["url"] == f"{stack.urls['API']}/social-deletions/{code}"
    anonymous = Client(api_url=stack.urls["API"])

    def done() -> Any:
        body = anonymous.call("GET", f"/social-deletions/{code}")
        return body.status == 200 and body.body["done_at"]

    until(publishing, done, "the deletion")
    assert anonymous.call("GET", f"/social-deletions/{uuid4().hex}").status == 404


def test_others_see_nothing(posts, stack):
    other = stack.client("retailer2")
    for post in posts.values():
        assert other.call("GET", f"/social-posts/{UUID(str(post['post_id']))}/engagement").status == 404
