"""The workers of engagement, with a platform that answers as a test says: what is read, paid, recorded and put off."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from tests import lambdas  # isort: skip - the environment that functions read when imported
from ddp import db
from ddp.errors import CredentialsExpired, Transient
from ddp.providers import kms
from ddp.providers.social import measuring, rules
from ddp.providers.social.base import AllQuotaReached, QuotaReached, Refused
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import counting
from ddp.providers.social.rules import periods
from ddp.queries.social.calls import Call
from ddp.queries.social.steps import Step
from functions.engagement import cadence, ingest, messages, poll, readings
from functions.social.steps import prices
from tests.database.social.engagement.numbers import Numbers
from tests.database.social.world import World
from tests.lambdas import sample

Script = Callable[[Sequence[MeasuredPost]], Reading]


@dataclass(slots=True)
class Platform:
    """Answers by the script; by default every post has three likes."""

    script: Script | None = None
    asked: list[tuple[Kind, list[UUID], set[str]]] = field(default_factory=list)
    size: int = 100

    def batch(self, platform: object, kind: Kind, account_kind: str) -> int:
        return self.size if kind is Kind.COUNTERS else 0

    def measure(
        self, account: object, posts: Sequence[MeasuredPost], kind: Kind, *, without: Any = ()
    ) -> Reading:
        self.asked.append((kind, [post.post_id for post in posts], set(without)))
        return self.script(posts) if self.script else likes(posts)


def likes(posts: Sequence[MeasuredPost], count: int = 3) -> Reading:
    return Reading(counts={post.post_id: {"like": count} for post in posts}, reads=len(posts))


@pytest.fixture
def platform(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    made = Platform()
    monkeypatch.setenv("DATABASE_URL", world.database.server.url(world.database.name, "ddp_worker"))
    monkeypatch.setattr(kms, "decrypt", lambda ciphertext, owner_id, purpose: ciphertext)
    monkeypatch.setattr(measuring, "of", lambda _: made)
    monkeypatch.setattr(counting, "batch", made.batch)
    db.close()
    yield made
    db.close()


@pytest.fixture
def post(numbers: Numbers, account: UUID) -> UUID:
    return numbers.published(account, ago=timedelta(minutes=90))  # the next reading is after three hours


def due(world: World, *posts: UUID) -> None:
    world.query(
        "update ddp.social_polls set due_at = now() where kind = 'counters' and post_id = any (%s)",
        list(posts),
    )


def state(world: World, post: UUID) -> dict[str, Any]:
    return world.query(
        "select *, due_at - now() as due_in from ddp.social_polls where post_id = %s and kind = 'counters'",
        post,
    )[0]


def counted(world: World) -> int:
    return int(world.value("select count(*) from social_engagement"))


def budget(world: World, account: UUID, amount: str) -> None:
    """What reading may cost its owner in a month, in US dollars."""
    world.query(
        "insert into ddp.social_read_budgets (user_id, monthly_budget) values (%s, %s)",
        world.owner_of(account),
        amount,
    )


def a_month_later(world: World) -> None:
    """As on the third of the next month: what was charged until now was charged last month, and that is long ago."""
    later = world.value("select date_trunc('month', now(), 'UTC') + interval '1 month 2 days' - now()")
    world.query("update ddp.budgets set period = 'before' where scope = 'social_reads'")
    world.query("update social_posts set published_at = published_at - %s", later)
    world.query("update ddp.social_polls set due_at = due_at - %s, paid_on = null", later)


def test_what_is_due_is_read_recorded_and_due_again(world: World, platform: Platform, post: UUID) -> None:
    due(world, post)
    poll.poll_posts(60)
    row = state(world, post)
    assert (row["round"], row["reason"], row["claimed_by"]) == (1, None, None)
    assert timedelta(hours=1) < row["due_in"] < timedelta(hours=4)
    assert world.query("select engagement_type, engagement_count from social_engagement") == [
        {"engagement_type": "like", "engagement_count": 3}
    ]
    poll.poll_posts(60)
    assert len(platform.asked) == 1


def test_posts_of_an_account_are_read_by_few_calls(
    world: World, platform: Platform, numbers: Numbers, account: UUID
) -> None:
    posts = [numbers.published(account) for _ in range(250)]
    due(world, *posts)
    poll.poll_posts(60)
    assert sorted(len(asked) for _, asked, _ in platform.asked) == [50, 100, 100]
    assert counted(world) == 250


def test_when_the_time_is_up_what_was_read_is_kept_and_the_rest_is_due(
    world: World, platform: Platform, numbers: Numbers, account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [numbers.published(account) for _ in range(5)]
    due(world, *posts)
    clock, platform.size = iter(range(100)), 2
    monkeypatch.setattr(readings, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    poll._poll_some(1, poll.Outcomes())
    assert [len(asked) for _, asked, _ in platform.asked] == [2, 2]
    assert counted(world) == 4
    (rest,) = (post for post in posts if state(world, post)["due_in"] <= timedelta(0))
    assert state(world, rest)["claimed_by"] is None


def test_a_kind_that_the_platform_does_not_offer_ends(world: World, platform: Platform, post: UUID) -> None:
    world.query("update ddp.social_polls set due_at = now() where kind = 'insights'")
    poll.poll_posts(60)
    (row,) = world.query("select due_at, reason from ddp.social_polls where kind = 'insights'")
    assert row == {"due_at": None, "reason": "not_offered"}


@pytest.mark.parametrize(
    ("error", "reason", "least", "most"),
    [
        (Transient("500"), "unreachable", 4, 6),
        (Transient("later", retry_after=1_800), "unreachable", 29, 31),
        (QuotaReached("enough"), "quota", 14, 16),
        (Refused("forbidden", "No."), "refused", 60, 240),
    ],
)
def test_trouble_is_no_number_and_no_deletion(
    world: World, platform: Platform, post: UUID, error: Exception, reason: str, least: int, most: int
) -> None:
    def fail(_: Sequence[MeasuredPost]) -> Reading:
        raise error

    platform.script = fail
    for _ in range(3):
        due(world, post)
        poll.poll_posts(60)
    row = state(world, post)
    assert (row["reason"], row["gone_since"]) == (reason, None)
    assert timedelta(minutes=least) < row["due_in"] < timedelta(minutes=most)
    assert counted(world) == 0
    assert world.row(post)["deleted_on_platform_at"] is None


def test_an_expired_token_lets_the_readings_wait(
    world: World, platform: Platform, post: UUID, account: UUID
) -> None:
    def fail(_: Sequence[MeasuredPost]) -> Reading:
        raise CredentialsExpired("The token has ended.")

    platform.script = fail
    due(world, post)
    poll.poll_posts(60)
    row = state(world, post)
    assert (row["is_held"], row["reason"]) == (True, "account")
    assert world.value("select status from social_accounts where account_id = %s", account) == "reconnect"


def test_one_account_s_trouble_is_not_that_of_others(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    bad, good = (numbers.published(world.account()) for _ in range(2))

    def some(posts: Sequence[MeasuredPost]) -> Reading:
        if posts[0].post_id == bad:
            raise RuntimeError("a bug")
        return likes(posts)

    platform.script = some
    due(world, bad, good)
    poll.poll_posts(60)
    assert [row["post_id"] for row in world.query("select post_id from social_engagement")] == [good]
    assert state(world, bad)["claimed_until"] is not None, "its lease ends by itself"


def test_what_the_platform_does_not_say_is_not_zero(
    world: World, platform: Platform, numbers: Numbers, account: UUID
) -> None:
    said, unsaid = numbers.published(account), numbers.published(account)
    platform.script = lambda posts: Reading(counts={said: {"like": 0}})
    due(world, said, unsaid)
    poll.poll_posts(60)
    rows = world.query("select post_id, engagement_count from social_engagement")
    assert rows == [{"post_id": said, "engagement_count": 0}]
    assert state(world, unsaid)["reason"] == "not_said"


def test_a_retired_metric_is_left_out_from_then_on(
    world: World, platform: Platform, post: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(readings.logger, "error", lambda text, **more: lines.append({"line": text, **more}))
    platform.script = lambda posts: Reading(
        counts={post: {"like": 3}}, retired={"post_clicks": "It was removed."}
    )
    due(world, post)
    poll.poll_posts(60)
    assert counted(world) == 1
    due(world, post)
    poll.poll_posts(60)
    assert platform.asked[-1][2] == {"post_clicks"}
    assert lines == [{"line": "metric retired", "platform": "facebook", "metric": "post_clicks"}]


def test_a_deleted_post_is_noticed_once(world: World, platform: Platform, post: UUID, account: UUID) -> None:
    platform.script = lambda posts: Reading(counts={}, gone=frozenset([post]))
    due(world, post)
    poll.poll_posts(60)
    assert world.row(post)["deleted_on_platform_at"] is None
    world.query("update ddp.social_polls set gone_since = now() - interval '1 hour'")
    for _ in range(3):
        due(world, post)
        poll.poll_posts(60)
    assert world.row(post)["deleted_on_platform_at"] is not None
    assert world.notices(world.owner_of(account)) == {"social-post-deleted": 1}


def withdrawn(world: World, numbers: Numbers) -> UUID:
    """A video that was read, and of which TikTok then said that it is no longer public."""
    account = world.account(platform="tiktok")
    openid = world.value("select external_account_id from social_accounts where account_id = %s", account)
    post = numbers.published(account, external_post_id="7080213458555737986", ago=timedelta(minutes=90))
    due(world, post)
    poll.poll_posts(60)
    told = sample("engagement/tiktok/webhook_no_longer_publicaly_available")["body"] | {"user_openid": openid}
    tell(messages.told("tiktok", told))
    return post


def test_a_video_that_is_no_longer_public_is_read_at_once_and_deleted_when_it_is_absent_twice(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    post = withdrawn(world, numbers)
    assert state(world, post)["due_in"] <= timedelta(0)
    assert world.row(post)["deleted_on_platform_at"] is None
    platform.script = lambda posts: Reading(counts={})
    poll.poll_posts(60)
    row = state(world, post)
    assert row["gone_since"] is not None
    assert timedelta(minutes=59) < row["due_in"] <= timedelta(hours=1)
    assert world.row(post)["deleted_on_platform_at"] is None
    world.query(
        "update ddp.social_polls set gone_since = gone_since - interval '1 hour',"
        " measured_at = measured_at - interval '1 hour' where gone_since is not null"
    )
    due(world, post)
    poll.poll_posts(60)
    assert world.row(post)["deleted_on_platform_at"] is not None
    assert counted(world) == 1, "its last numbers are kept"


def test_a_video_that_is_read_after_it_was_withdrawn_is_there(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    """Made public again, and private later without another word: nobody knows."""
    post = withdrawn(world, numbers)
    poll.poll_posts(60)
    platform.script = lambda posts: Reading(counts={})
    for _ in range(2):
        due(world, post)
        poll.poll_posts(60)
    assert (state(world, post)["gone_since"], state(world, post)["reason"]) == (None, "not_said")
    assert world.row(post)["deleted_on_platform_at"] is None


def test_a_video_that_is_absent_without_a_word_is_not_deleted(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    post = numbers.published(world.account(platform="tiktok"))
    platform.script = lambda posts: Reading(counts={})
    for _ in range(3):
        due(world, post)
        poll.poll_posts(60)
    assert state(world, post)["gone_since"] is None


def test_paid_readings_stop_at_the_budget_and_go_on_next_month(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    """Even where no other reading is planned: they are older than 30 days."""
    account = world.account(platform="twitter")
    posts = [numbers.published(account, ago=timedelta(days=40)) for _ in range(5)]
    budget(world, account, "0.015")
    due(world, *posts)
    poll.poll_posts(60)
    ((_, asked, _),) = platform.asked
    assert len(asked) == 3
    unread = [post for post in posts if post not in asked]
    assert {state(world, post)["reason"] for post in unread} == {"budget"}
    assert world.notices(world.owner_of(account)) == {"social-read-budget": 1}
    assert sorted(world.value("select detail -> 'posts' from notices")) == sorted(map(str, unread))
    a_month_later(world)
    poll.poll_posts(60)
    assert sorted(platform.asked[-1][1]) == sorted(unread)
    assert {state(world, post)["reason"] for post in unread} == {None}
    assert counted(world) == 5


def test_what_no_budget_ever_paid_is_read_no_more_after_ninety_days(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    account = world.account(platform="twitter")
    post = numbers.published(account, ago=timedelta(days=90))
    due(world, post)
    poll.poll_posts(60)
    assert (state(world, post)["due_at"], state(world, post)["reason"]) == (None, "budget")
    assert world.notices(world.owner_of(account)) == {}, "no budget was spent"


def test_a_spent_budget_is_told_once_a_day(world: World, platform: Platform, numbers: Numbers) -> None:
    account, other = world.account(platform="twitter"), world.account(platform="twitter")
    posts = [numbers.published(account) for _ in range(25)]
    budget(world, account, "0.005")
    for _ in range(3):
        due(world, *posts, numbers.published(other))
        poll.poll_posts(60)
    (row,) = world.query("select user_id, count, detail -> 'posts' as posts from notices")
    assert (row["user_id"], row["count"], len(row["posts"])) == (world.owner_of(account), 3, 20)


def test_what_was_read_and_paid_today_is_read_again_today_for_nothing(
    world: World, platform: Platform, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, days = world.account(platform="twitter"), []
    following = cadence.following

    def noting(*values: Any, paid_on: date | None, **more: Any) -> datetime | None:
        days.append(paid_on)
        return following(*values, paid_on=paid_on, **more)

    monkeypatch.setattr(cadence, "following", noting)
    paid, unpaid = (numbers.published(account, ago=timedelta(minutes=1)) for _ in range(2))
    budget(world, account, "0.005")
    due(world, paid, unpaid)
    poll.poll_posts(60)
    assert sorted(days, key=bool) == [None, datetime.now(UTC).date()]
    due(world, *platform.asked[0][1])
    poll.poll_posts(60)
    assert counted(world) == 1
    assert len(platform.asked) == 2
    assert float(world.value("select charged from ddp.budgets where scope = 'social_reads'")) == 0.005


def test_what_was_refused_costs_nothing(world: World, platform: Platform, numbers: Numbers) -> None:
    account = world.account(platform="twitter")
    post = numbers.published(account)
    budget(world, account, "1")

    def fail(_: Sequence[MeasuredPost]) -> Reading:
        raise Refused("forbidden", "No.")

    platform.script = fail
    due(world, post)
    poll.poll_posts(60)
    assert float(world.value("select charged from ddp.budgets where scope = 'social_reads'")) == 0


def test_readings_leave_units_of_the_application_to_publishing(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    """One unit is left for readings. Each account's call would take one."""
    first, second = (numbers.published(world.account(platform="youtube")) for _ in range(2))
    rule = rules.of("youtube")["quotas"]["units"]
    for name, cap in (("units", rule["most"]), ("units_of_readings", rule["for_readings"])):
        world.query(
            "insert into ddp.social_quotas (quota, owner_id, cap, charged, ends_at)"
            " values (%s, '00000000-0000-0000-0000-000000000000', %s, %s, %s)",
            periods.named("youtube", name, rule), cap, rule["for_readings"] - 1, periods.end(rule),
        )  # fmt: skip
    due(world, first, second)
    poll.poll_posts(60)
    ((_, [asked], _),) = platform.asked
    (unread,) = {first, second} - {asked}
    assert state(world, unread)["reason"] == "quota"
    assert abs(state(world, unread)["due_at"] - periods.end(rule)) < timedelta(seconds=5)
    post = world.post(world.account(platform="youtube"), status="ready")
    (step,) = world.begin(post)
    assert isinstance(step, Step)
    (verdict,) = world.start(Call(post_id=post, quotas=prices.quotas(step)))
    assert verdict.verdict == "go"
    used = "select reserved + charged from ddp.social_quotas where quota like 'youtube/units/%%'"
    assert world.value(used) == rule["for_readings"] + rule["of_publishing_call"]


def test_a_quota_of_the_application_puts_off_all_readings_of_its_platform(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    first, second = (numbers.published(world.account(platform="youtube")) for _ in range(2))
    other = numbers.published(world.account())

    def fail(_: Sequence[MeasuredPost]) -> Reading:
        raise AllQuotaReached("quotaExceeded", retry_after=7_200)

    platform.script = fail
    due(world, first)
    poll.poll_posts(60)
    platform.script = None
    due(world, second, other)
    poll.poll_posts(60)
    assert [asked for _, asked, _ in platform.asked] == [[first], [other]]
    for post in (first, second):
        assert state(world, post)["reason"] == "quota"
        assert timedelta(minutes=118) < state(world, post)["due_in"] < timedelta(minutes=121)
    world.query("update ddp.social_quotas set ends_at = now()")
    due(world, second)
    poll.poll_posts(60)
    assert platform.asked[-1][1] == [second]


def test_figures_are_logged_of_each_platform(
    world: World, platform: Platform, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are read on Facebook, one on X waits for a budget, and one on TikTok has been due for an hour."""
    page, person = world.account(), world.account(platform="twitter")
    due(world, numbers.published(page), numbers.published(page), numbers.published(person))
    late = numbers.published(world.account(platform="tiktok"))
    world.query(
        "update ddp.social_polls set due_at = now() - interval '1 hour', claimed_by = gen_random_uuid(),"
        " claimed_until = now() + interval '1 minute' where post_id = %s and kind = 'counters'",
        late,
    )
    world.query(
        "insert into ddp.social_retired_metrics (platform, metric, reason, retired_at)"
        " values ('youtube', 'dislikes', 'It was removed.', now() - interval '1 day')"
    )
    world.query(
        "insert into ddp.social_subscriptions (account_id, status, checked_at) values (%s, 'lost', now())",
        page,
    )
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(
        poll.logger, "info", lambda message, **more: lines.append({"message": message, **more})
    )
    poll.poll_posts(60)
    (totals,) = (line["engagement"] for line in lines if line["message"] == "figures")
    told = {line["platform"]: line["engagement_platform"] for line in lines if "engagement_platform" in line}
    assert set(told) == {"facebook", "instagram", "twitter", "linkedin", "tiktok", "youtube"}
    assert (told["facebook"]["readings"], told["facebook"]["subscriptions_lost"]) == (2, 1)
    assert (told["twitter"]["readings"], told["twitter"]["over_budget"]) == (0, 1)
    assert told["tiktok"]["oldest_due_seconds"] == totals["oldest_due_seconds"] > 3_599
    assert (told["youtube"]["metrics_retired"], told["youtube"]["metrics_retired_new"]) == (1, 0)
    assert "platforms" not in totals
    assert totals["over_budget"] == 1


def test_readings_that_failed_are_counted_for_their_platform(
    world: World, platform: Platform, post: UUID
) -> None:
    def fail(_: Sequence[MeasuredPost]) -> Reading:
        raise Transient("500")

    platform.script, outcomes = fail, poll.Outcomes()
    due(world, post)
    poll._poll_some(time.monotonic() + 60, outcomes)
    assert outcomes == {"facebook": {"failed": 1}}


def tell(*bodies: str) -> dict[str, Any]:
    records = [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]
    return ingest.handler({"Records": records}, lambdas.Context())  # type: ignore[arg-type]


def changed(post_id: str, page: str = "1") -> dict[str, Any]:
    value = {"post_id": post_id, "item": "reaction", "from": {"id": "99", "name": "Ada Lovelace"}}
    return {"object": "page", "entry": [{"id": page, "changes": [{"field": "feed", "value": value}]}]}


def test_a_webhook_brings_the_reading_forward_and_counts_nothing(
    world: World, platform: Platform, numbers: Numbers, account: UUID
) -> None:
    page = world.value("select external_account_id from social_accounts where account_id = %s", account)
    post = numbers.published(account, external_post_id=f"{page}_2")
    body = messages.told("meta", changed(f"{page}_2", page))
    assert tell(body, body, "no message", json.dumps({"type": "Told"}))["batchItemFailures"] == [
        {"itemIdentifier": "2"},
        {"itemIdentifier": "3"},
    ]
    tell(body)
    assert counted(world) == 0
    assert world.value("select count(*) from ddp.social_events") == 1
    poll.poll_posts(60)
    assert [asked for _, asked, _ in platform.asked] == [[post]]


def test_a_post_is_measured_by_the_id_that_tiktok_tells_after_moderation(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    account = world.account(platform="tiktok")
    openid = world.value("select external_account_id from social_accounts where account_id = %s", account)
    post = numbers.published(account, external_post_id="v_pub_file~v2.123456789")
    told = sample("engagement/tiktok/webhook_publicly_available")["body"] | {"user_openid": openid}
    tell(messages.told("tiktok", told))
    asked: list[str] = []

    def script(posts: Sequence[MeasuredPost]) -> Reading:
        asked.extend(each.external_id for each in posts)
        return likes(posts)

    platform.script = script
    poll.poll_posts(60)
    assert asked == ["7080213458555737986"]
    assert world.row(post)["permalink"] == "https://www.tiktok.com/@shop/video/7080213458555737986"


def test_an_id_that_no_event_told_is_asked_for_at_a_reading(
    world: World, platform: Platform, numbers: Numbers
) -> None:
    post = numbers.published(world.account(platform="tiktok"), external_post_id="v_pub_file~v2.1")
    platform.script = lambda posts: (
        likes(posts)
        if posts[0].external_id.isdigit()
        else Reading(counts={}, named={post: "7080213458555737986"})
    )
    due(world, post)
    poll.poll_posts(60)
    assert world.row(post)["external_post_id"] == "7080213458555737986"
    assert counted(world) == 0
    poll.poll_posts(60)
    assert counted(world) == 1


def test_people_are_forgotten(world: World, platform: Platform) -> None:
    tell(messages.told("meta", changed("5_6")))
    issued_at = int(datetime.now(UTC).timestamp())
    tell(messages.told("meta", {"user_id": "99", "issued_at": issued_at}, "a-code-of-many-letters"))
    poll.poll_posts(60)
    assert world.value("select count(*) from ddp.social_events where raw::text like '%%Lovelace%%'") == 0
    assert world.value("select done_at from ddp.social_deletions") <= datetime.now(UTC)


@pytest.mark.parametrize(("days", "status"), [(29, "reconnect"), (31, "active")])
def test_access_is_not_taken_back_by_a_replay_whose_digest_may_be_forgotten(
    world: World, platform: Platform, days: int, status: str
) -> None:
    account = world.account()
    person = sha256(b"4711").digest()
    world.query(
        "update ddp.social_tokens set external_user_hash = %s, obtained_at = now() - interval '40 days'"
        " where account_id = %s",
        person,
        account,
    )
    issued_at = int((datetime.now(UTC) - timedelta(days=days)).timestamp())
    tell(messages.told("meta", {"user_id": "4711", "issued_at": issued_at}, ""))
    assert world.value("select status from social_accounts where account_id = %s", account) == status


def test_raw_events_go_after_thirty_days(world: World, platform: Platform) -> None:
    tell(messages.told("meta", changed("5_6")), messages.told("meta", changed("7_8")))
    world.query(
        "update ddp.social_events set received_at = now() - interval '31 days' where external_post_id = '5_6'"
    )
    poll.poll_posts(60)
    rows = world.query(
        "select external_post_id, raw is null as is_forgotten from ddp.social_events order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [("5_6", True), ("7_8", False)]
