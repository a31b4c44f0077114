"""Social publishing on the local stack: six feeds, a call without an answer, a killed worker, a lost key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import urllib3

from ddp.providers.social.base import Platform
from infra.local.aws import social
from infra.local.postgres.database import connection_urls
from infra.local.simulators.platforms.client import PlatformsClient

from .queue_worker import QueueWorker, emulator_of
from .social_posts import LEASES_END, READS_ARE_DUE, Publishing, six


@pytest.fixture
def publishing(stack, brand, database):
    emulator, simulator = emulator_of(stack), PlatformsClient(url=stack.urls["Platforms"])
    yield Publishing(
        database=database,
        api_url=connection_urls(stack.directory)["api"],
        brand=brand,
        simulator=simulator,
        sqs=emulator.client("sqs"),
        kms=emulator.client("kms"),
    )
    simulator.clear_faults()


@pytest.fixture
def publisher(stack):
    return QueueWorker.of(stack, "ddp-local-social-publish", "functions.social.publish.handler")


def test_a_group_reaches_six_feeds_at_its_time_and_not_before(publishing, stack, publisher):
    publishing.connect(*Platform)
    publishing.allow_spending()
    position, posts = publisher.log_size(), six(publishing)
    at = datetime.now(UTC) + timedelta(seconds=15)
    posted = publishing.create({"when": "at", "at": at.isoformat(), "time_zone": "Europe/Zurich"}, posts)
    end = publishing.wait_for_end(posted)
    assert {post["platform"]: post["status"] for post in end} == dict.fromkeys(Platform, "published"), end
    assert all(post["external_post_id"] for post in end)
    said = posts[0]["content"]
    public = [post for post in publishing.simulator.finalised() if said in post["text"]]
    assert sorted(post["platform"] for post in public) == sorted(Platform)
    assert all(post["at"] >= at.timestamp() - 0.01 for post in public), "nothing goes out before its time"
    # Images were converted, and two platforms fetched them from our own address.
    sizes = {post["platform"]: [each["size"] for each in post["media"]] for post in public}
    assert len({tuple(sizes[platform]) for platform in ("facebook", "linkedin")}) == 1
    assert all(sizes[platform] for platform in set(Platform) - {"twitter"}), sizes
    page = urllib3.request("GET", stack.urls["Platforms"]).data.decode()
    assert page.count(said) >= len(Platform) - 1  # TikTok's is for its owner only
    comments = publishing.wait_until(
        posted, lambda _: publishing.simulator.counts()["comments"] > 0, "the first comment"
    )
    assert comments
    errors = [line for line in publisher.log_since(position) if line["level"] not in {"INFO", "WARNING"}]
    assert errors == []


def test_a_time_out_after_acceptance_settles_itself_and_nothing_goes_out_twice(publishing):
    publishing.connect(Platform.FACEBOOK)
    text = f"Silence {uuid4().hex}"
    publishing.simulator.fail("silence_after", "facebook.finalise", seconds=0.5)
    posted = publishing.create({"when": "now"}, [publishing.text(Platform.FACEBOOK, text)])
    publishing.wait_until(posted, lambda now: now[0]["status"] == "unconfirmed", "the call without an answer")
    assert publishing.public(text) == 1
    assert publishing.let_pass(posted, READS_ARE_DUE) == 1
    end = publishing.wait_until(posted, lambda now: now[0]["status"] != "unconfirmed", "the proof by a read")
    assert end[0]["status"] == "published", end
    assert end[0]["external_post_id"]
    assert publishing.public(text) == 1


def test_workers_killed_in_the_middle_of_calls_lose_nothing_and_double_nothing(publishing, publisher):
    publishing.connect(Platform.FACEBOOK)
    texts = [f"Killed {number} {uuid4().hex}" for number in range(6)]
    # Accepted at once, answered late; the worker is killed in between.
    publishing.simulator.fail("slow", "facebook.finalise", seconds=20.0, count=3)
    posted = publishing.create({"when": "now"}, [publishing.text(Platform.FACEBOOK, text) for text in texts])
    publishing.wait_until(posted, lambda _: sum(map(publishing.public, texts)) >= 3, "calls in flight")
    for process in publisher.processes():
        process.kill()
    publishing.simulator.clear_faults()
    assert publishing.let_pass(posted, *LEASES_END), "nothing was under way when the workers died"
    publishing.wait_for_end(posted)
    publishing.let_pass(posted, READS_ARE_DUE)
    end = publishing.wait_until(
        posted, lambda now: all(post["status"] == "published" for post in now), "proof of all posts"
    )
    assert [publishing.public(text) for text in texts] == [1] * len(texts), end


def test_accounts_are_connected_again_when_the_emulator_has_forgotten_its_key(publishing, stack):
    publishing.connect(Platform.YOUTUBE, Platform.TWITTER)
    row = (
        "select access_token_encrypted as token, status::text, status_reason from social_accounts"
        " where account_id = %s"
    )
    account_ids = list(publishing.account_ids.values())
    publishing.database.execute(
        "update social_accounts set access_token_encrypted = 'bG9zdA==' where account_id = any (%s)",
        [account_ids],
    )
    publishing.database.execute(
        "update social_accounts set status = 'reconnect', status_reason = %s where account_id = %s",
        [social.LOST, account_ids[0]],
    )
    assert social.connect_again(stack.database_url, publishing.simulator, publishing.kms) >= 2
    for account_id in account_ids:
        now = publishing.database.execute(row, [account_id]).fetchone()
        assert (now["status"], now["status_reason"]) == ("active", None)
        assert now["token"] != "bG9zdA=="
    publishing.allow_spending()
    text = f"Again {uuid4().hex}"
    posted = publishing.create({"when": "now"}, [publishing.text(Platform.TWITTER, text)])
    assert publishing.wait_for_end(posted)[0]["status"] == "published"
