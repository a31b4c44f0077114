"""The publishing function at work: its steps on a real database, with a scripted platform behind the Protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import pytest

from ddp.errors import CredentialsExpired, Transient, Unknown
from ddp.providers.social.base import (
    Absent,
    Accepted,
    NotPublished,
    Platform,
    Progress,
    Published,
    Refused,
    StateLost,
    Tokens,
)
from ddp.queries.social.steps import DueStep
from tests.database.social.world import World

POSTED = Published(external_id="42", permalink="https://platform.example/42")


def fails(error: Exception) -> Callable[..., Any]:
    def raising(*_: object) -> Any:
        raise error

    return raising


@dataclass(slots=True)
class Scripted:
    """A Publisher and Access that does what a test says, and notes what was published."""

    platform: Platform = Platform.FACEBOOK
    finalised: list[UUID] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)
    prepares: Callable[..., Any] = lambda *_: Progress(state={"id": "draft"}, is_ready=True)
    checks: Callable[..., Any] = lambda *_: Progress(state={"id": "draft"}, is_ready=True)
    finalises: Callable[..., Any] = lambda *_: POSTED
    confirms: Callable[..., Any] = lambda *_: POSTED
    finds: Callable[..., Any] = lambda *_: Absent.NOT_SEEN
    comments: Callable[..., Any] = lambda *_: Published(external_id="43")
    refreshes: Callable[..., Any] = lambda *_: Tokens(access_token="new", refresh_token="newer")

    def prepare(self, account: Any, post: Any, state: Any, save: Any) -> Any:
        self.states.append(state)
        return self.prepares(account, post, state, save)

    def check(self, account: Any, post: Any, state: Any) -> Any:
        return self.checks(account, post, state)

    def finalise(self, account: Any, post: Any, state: Any) -> Any:
        self.finalised.append(post.post_id)
        return self.finalises(account, post, state)

    def confirm(self, account: Any, state: Any) -> Any:
        return self.confirms(account, state)

    def find(self, account: Any, post: Any, state: Any, since: Any) -> Any:
        return self.finds(account, post, state, since)

    def comment(self, account: Any, external_id: str, text: str) -> Any:
        return self.comments(account, external_id, text)

    def find_comment(self, account: Any, external_id: str, text: str, since: Any) -> Any:
        return self.finds(account, external_id, text, since)

    def refresh(self, application: Any, tokens: Any) -> Any:
        return self.refreshes(application, tokens)


@dataclass(slots=True)
class Work:
    """The function, its world, and what it told the queue."""

    world: World
    platform: Scripted
    told: list[DueStep]

    def on(self, post_id: UUID, *, now: bool = True) -> str:
        """Let the function take a message about the post. Returns the post's status."""
        from functions.social.publish import work_on

        if now:
            self.world.owner.execute(
                "update ddp.social_work set due_at = least(due_at, now()) where post_id = %s", [post_id]
            )
        work_on([post_id])
        return self.world.status(post_id)


@pytest.fixture
def work(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    from tests import lambdas  # noqa: F401 # isort: skip - the environment that functions read when imported
    from ddp import db
    from ddp.providers import kms
    from ddp.providers.social import access, applications, publishing
    from functions.social import hints

    platform, told = Scripted(), []
    monkeypatch.setenv("DATABASE_URL", world.database.server.url(world.database.name, "ddp_worker"))
    monkeypatch.setattr(kms, "encrypt", lambda secret, owner_id, purpose: f"{purpose}:{owner_id}:{secret}")
    monkeypatch.setattr(kms, "decrypt", decrypt)
    monkeypatch.setattr(publishing, "of", lambda _: platform)
    monkeypatch.setattr(access, "of", lambda _: platform)
    monkeypatch.setattr(applications, "of", lambda _: None)
    monkeypatch.setattr(hints, "tell", told.extend)
    db.close()
    yield Work(world, platform, told)
    db.close()


def decrypt(ciphertext: str, *, owner_id: UUID, purpose: str) -> str:
    if ciphertext in {"ciphertext", "refresh"}:  # of the world's accounts
        return ciphertext
    from ddp.providers import kms

    prefix = f"{purpose}:{owner_id}:"
    if not ciphertext.startswith(prefix):
        raise kms.Unreadable(purpose)
    return ciphertext.removeprefix(prefix)


def test_from_schedule_to_published(work: Work, account: UUID) -> None:
    post = work.world.post(account)
    assert work.on(post) == "ready"
    assert [step.step for step in work.told] == ["finalise"]
    assert work.on(post) == "published"
    row = work.world.row(post)
    assert (row["external_post_id"], row["permalink"]) == ("42", POSTED.permalink)
    assert work.platform.finalised == [post]
    assert work.on(post) == "published"  # the message again
    assert work.platform.finalised == [post]


def test_the_step_after_a_quick_one_is_told_while_a_slow_one_goes_on(work: Work, account: UUID) -> None:
    from functions.social.publish import work_on

    quick, slow = work.world.post(account), work.world.post(account)
    told_meanwhile: list[UUID] = []

    def prepares(_account: object, post: Any, *_: object) -> Progress:
        if post.post_id == slow:
            deadline = monotonic() + 20
            while not work.told and monotonic() < deadline:
                sleep(0.01)
            told_meanwhile.extend(step.post_id for step in work.told)
        return Progress(state={"id": "draft"}, is_ready=True)

    work.platform.prepares = prepares
    work.world.owner.execute("update ddp.social_work set due_at = least(due_at, now())")
    work_on([quick, slow])
    assert told_meanwhile == [quick]
    assert {step.post_id for step in work.told} == {quick, slow}


def test_nothing_goes_out_before_its_time(work: Work, account: UUID) -> None:
    post = work.world.post(account, due_in="10 minutes")
    assert work.on(post) == "ready"
    assert work.on(post, now=False) == "ready"
    assert work.platform.finalised == []


def test_a_video_is_checked_until_it_is_ready(work: Work, account: UUID) -> None:
    post = work.world.post(account)
    work.platform.prepares = lambda *_: Progress(state={"id": 1}, is_ready=False, again_in=30)
    work.platform.checks = lambda *_: Progress(state={"id": 1}, is_ready=False, again_in=30)
    assert work.on(post) == "preparing"
    assert work.on(post) == "preparing"
    work.platform.checks = lambda *_: Progress(state={"id": 1}, is_ready=True)
    assert work.on(post) == "ready"
    assert work.on(post) == "published"


def test_preparation_resumes_from_what_was_kept(work: Work, account: UUID) -> None:
    post = work.world.post(account)

    def dies(_account: object, _post: object, _state: object, save: Callable[[Any], None]) -> Any:
        save({"session": "SECRET"})
        raise Transient("the connection broke", retry_after=1)

    work.platform.prepares = dies
    assert work.on(post) == "preparing"
    work.platform.prepares = lambda *_: Progress(state={"id": 1}, is_ready=True)
    assert work.on(post) == "ready"
    assert work.platform.states == [{}, {"session": "SECRET"}]
    kept = work.world.value("select state_encrypted from ddp.social_checkpoints where post_id = %s", post)
    assert kept.startswith(f"state:{post}:")


def test_what_the_platform_lost_is_prepared_again(work: Work, account: UUID) -> None:
    post = work.world.post(account)
    work.platform.prepares = lambda *_: Progress(state={"id": 1}, is_ready=False, again_in=1)
    work.platform.checks = fails(StateLost("the container is too old"))
    work.on(post)
    assert work.on(post) == "preparing"
    work.platform.prepares = lambda *_: Progress(state={"id": 2}, is_ready=True)
    assert work.on(post) == "ready"
    assert work.platform.states == [{}, {}]


def test_a_post_that_breaks_the_rules_becomes_a_draft(work: Work, account: UUID) -> None:
    post = work.world.post(account, post_type="story")
    assert work.on(post) == "draft"
    (problem,) = work.world.row(post)["problems"]
    assert (problem["field"], problem["code"], problem["is_warning"]) == ("post_type", "post-type", False)
    assert problem["sentence"].startswith("Stories are not published yet")


def test_a_post_whose_asset_ends_before_it_goes_out_becomes_a_draft(work: Work, account: UUID) -> None:
    world = work.world
    owner = world.owner_of(account)
    file_id = world.file(owner)
    world.query(
        "insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id, available_until)"
        " values ('x', 'x', %s, %s, now() + interval '9 minutes')",
        file_id, owner,
    )  # fmt: skip
    early, late = (world.post(account, due_in=f"{minutes} minutes", post_type="image") for minutes in (8, 10))
    for post in (early, late):
        world.query(
            "insert into social_post_media (post_id, position, file_id) values (%s, 0, %s)", post, file_id
        )
        work.on(post)
    assert "asset-ended" in {problem["code"] for problem in world.row(late)["problems"]}
    assert "asset-ended" not in {problem["code"] for problem in world.row(early)["problems"]}


def in_campaign(world: World) -> tuple[UUID, UUID]:
    """A brand, and its campaign."""
    brand = world.user()
    return brand, world.campaign(brand)


def black_out(world: World, brand: UUID, account: UUID) -> None:
    """From an hour ago, for an hour from now."""
    world.query(
        "with made as (insert into retailer_groups (brand_id, group_name) values (%s, 'South') returning group_id),"
        " joined as (insert into retailer_group_members (group_id, retailer_id, brand_id, is_explicit, from_rule)"
        " select group_id, %s, %s, true, false from made)"
        " insert into retailer_group_blackouts (group_id, brand_id, starts_at, ends_at, reason)"
        " select group_id, %s, now() - interval '1 hour', now() + interval '1 hour', 'A launch.' from made",
        brand, world.owner_of(account), brand, brand,
    )  # fmt: skip


def test_a_post_in_a_blackout_becomes_a_draft_with_the_reason(work: Work, account: UUID) -> None:
    world = work.world
    brand, campaign = in_campaign(world)
    post, other = world.post(account, campaign_id=campaign), world.post(account)
    black_out(world, brand, account)
    assert work.on(post) == "draft"
    (problem,) = world.row(post)["problems"]
    assert (problem["field"], problem["code"]) == ("when", "blackout")
    assert work.on(other) != "draft"


def test_a_blackout_after_a_post_is_ready_makes_it_a_draft_with_the_reason(work: Work, account: UUID) -> None:
    world = work.world
    brand, campaign = in_campaign(world)
    post, other = (world.post(account, campaign_id=named) for named in (campaign, None))
    assert [work.on(post), work.on(other)] == ["ready", "ready"]
    black_out(world, brand, account)
    assert [work.on(post), work.on(other)] == ["draft", "published"]
    assert work.platform.finalised == [other], "nothing of it was called"
    (problem,) = world.row(post)["problems"]
    assert (problem["field"], problem["code"]) == ("when", "blackout")
    assert "A launch" in problem["sentence"]
    assert world.notices(world.owner_of(account)) == {"social-post-problems": 1}


def test_the_last_look_before_a_call_sees_a_blackout(world: World) -> None:
    brand, campaign = in_campaign(world)
    account = world.account()
    post = world.post(account, status="ready", campaign_id=campaign)
    world.begin(post)
    black_out(world, brand, account)
    assert [one.verdict for one in world.start(post)] == ["blackout"]
    world.query("update retailer_group_blackouts set ends_at = now()")
    assert [one.verdict for one in world.start(post)] == ["go"]


@pytest.mark.parametrize(
    ("error", "status", "step"),
    [
        (Refused("duplicate", "It is there already."), "failed", None),
        (Transient("busy", retry_after=5), "ready", "finalise"),
        (Unknown("no answer"), "unconfirmed", "settle"),
        (ValueError("what is this"), "unconfirmed", "settle"),
    ],
)
def test_what_an_error_of_the_one_call_means(
    work: Work, account: UUID, error: Exception, status: str, step: str | None
) -> None:
    post = work.world.post(account, status="ready")
    work.platform.finalises = fails(error)
    keep_state(work, post)
    assert work.on(post) == status
    assert (work.world.work(post) or {"step": None})["step"] == step
    assert len(work.platform.finalised) == 1


def test_an_accepted_post_is_confirmed_later(work: Work, account: UUID) -> None:
    post = work.world.post(account, status="ready")
    keep_state(work, post)
    work.platform.finalises = lambda *_: Accepted(state={"publish_id": "7"}, again_in=10)
    assert work.on(post) == "publishing"
    seen = []

    def confirms(_account: object, state: Any) -> Any:
        seen.append(state)
        return Accepted(state=state, again_in=10) if len(seen) == 1 else POSTED

    work.platform.confirms = confirms
    assert work.on(post) == "publishing"
    assert work.on(post) == "published"
    assert seen == [{"publish_id": "7"}] * 2
    assert work.platform.finalised == [post]


def test_an_accepted_post_may_be_refused_by_moderation(work: Work, account: UUID) -> None:
    post = work.world.post(account, status="ready")
    keep_state(work, post)
    work.platform.finalises = lambda *_: Accepted(state={}, again_in=10)
    work.platform.confirms = fails(NotPublished("refused", "Not suitable."))
    work.on(post)
    assert work.on(post) == "failed"
    assert work.world.row(post)["error_reason"] == "Not suitable."


def test_an_accepted_post_that_nobody_hears_of_is_unconfirmed_after_an_hour(
    work: Work, account: UUID
) -> None:
    post = work.world.post(account, status="ready")
    keep_state(work, post)
    work.platform.finalises = lambda *_: Accepted(state={}, again_in=10)
    work.platform.confirms = lambda *_: Accepted(state={}, again_in=10)
    work.on(post)
    work.world.owner.execute("update ddp.social_calls set ended_at = ended_at - interval '61 minutes'")
    assert work.on(post) == "unconfirmed"


@pytest.mark.parametrize("lost", ["here", "there"])
def test_an_accepted_post_whose_state_is_lost_is_unconfirmed_at_once(
    work: Work, account: UUID, lost: str
) -> None:
    post = work.world.post(account, status="ready")
    keep_state(work, post)
    work.platform.finalises = lambda *_: Accepted(state={"publish_id": "7"}, again_in=10)
    assert work.on(post) == "publishing"
    if lost == "here":
        work.world.owner.execute("update ddp.social_checkpoints set state_encrypted = 'unreadable'")
    else:
        work.platform.confirms = fails(StateLost("It has forgotten the upload."))
    assert work.on(post) == "unconfirmed"
    assert "can no longer be read" in work.world.row(post)["error_reason"]
    # Nothing can be asked with it later either: the reads are counted, and end with a person.
    work.platform.finds = fails(StateLost("It has forgotten the upload."))
    for _ in range(4):
        assert work.on(post) == "unconfirmed"
    assert work.world.work(post) is None
    assert work.world.notices(work.world.owner_of(account)) == {"social-post-unconfirmed": 1}
    assert work.platform.finalised == [post]


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (POSTED, "published"),
        (Absent.PROVED, "ready"),
        (Absent.NOT_SEEN, "unconfirmed"),
        (Absent.CANNOT_LOOK, "unconfirmed"),
    ],
)
def test_an_unconfirmed_post_is_looked_for(work: Work, account: UUID, seen: object, status: str) -> None:
    post = work.world.post(account, status="ready")
    keep_state(work, post)
    work.platform.finalises = fails(Unknown("no answer"))
    work.platform.finds = lambda *_: seen
    work.on(post)
    assert work.on(post) == status
    assert len(work.platform.finalised) == 1


def test_who_cancels_stops_the_preparation(work: Work, account: UUID) -> None:
    post = work.world.post(account)

    def cancelled(_account: object, _post: object, _state: object, save: Callable[[Any], None]) -> Any:
        with work.world.acting(work.world.owner_of(account)) as cursor:
            cursor.execute("select from cancel_social_posts(array[%s]::uuid[])", [post])
        save({"id": 1})
        raise AssertionError("the work goes on although the post is cancelled")

    work.platform.prepares = cancelled
    assert work.on(post) == "cancelled"


def test_a_token_that_ends_is_renewed_once_and_the_post_goes_on(work: Work, account: UUID) -> None:
    post = work.world.post(account)
    work.platform.prepares = fails(CredentialsExpired("expired"))
    assert work.on(post) == "preparing"
    stored = work.world.value(
        "select access_token_encrypted from social_accounts where account_id = %s", account
    )
    assert stored == f"access:{account}:new"
    work.platform.prepares = lambda *_: Progress(state={}, is_ready=True)
    assert work.on(post) == "ready"


def test_a_token_that_cannot_be_renewed_makes_the_account_wait(work: Work, account: UUID) -> None:
    post = work.world.post(account)
    work.platform.prepares = fails(CredentialsExpired("expired"))
    work.platform.refreshes = fails(CredentialsExpired("revoked"))
    work.on(post)
    found = work.world.query(
        "select status, status_reason from social_accounts where account_id = %s", account
    )
    assert found == [{"status": "reconnect", "status_reason": "revoked"}]
    assert work.on(post) == "preparing"  # nothing is called for it


def test_a_key_that_is_gone_makes_the_account_wait(work: Work, account: UUID) -> None:
    post = work.world.post(account)
    work.world.owner.execute("update social_accounts set access_token_encrypted = 'of another key'")
    work.world.owner.execute("update ddp.social_tokens set refresh_token_encrypted = 'of another key'")
    work.on(post)
    assert (
        work.world.value("select status from social_accounts where account_id = %s", account) == "reconnect"
    )


def test_the_first_comment_follows_the_post(work: Work, account: UUID) -> None:
    post = work.world.post(account, status="ready")
    work.world.comment(post)
    keep_state(work, post)
    assert work.on(post) == "published"
    said = []
    work.platform.comments = lambda _, *what: said.append(what) or Published(external_id="43")
    assert work.on(post) == "published"
    assert said == [("42", "First!")]
    assert work.world.part(post, 1)["status"] == "published"


def test_posts_of_one_batch_are_worked_on_at_once(work: Work, account: UUID) -> None:
    from functions.social.publish import work_on

    posts = [work.world.post(account) for _ in range(10)]
    work.platform.prepares = lambda *args: (
        Progress(state={}, is_ready=True) if args[1].post_id != posts[3] else fails(ValueError("one"))()
    )
    work_on(posts)
    assert [work.world.status(post) for post in posts].count("ready") == 9
    assert work.world.status(posts[3]) == "preparing"


def keep_state(work: Work, post: UUID) -> None:
    """What preparation would have left."""
    work.world.owner.execute(
        "insert into ddp.social_checkpoints (post_id, part_no, state_encrypted) values (%s, 0, %s)",
        [post, f"state:{post}:{{}}"],
    )


def test_x_is_paid_from_the_budget(work: Work) -> None:
    from ddp.queries.social.steps import Step
    from functions.social.steps import prices

    account = work.world.account(platform="twitter")
    post = work.world.post(account, status="ready")
    (step,) = work.world.begin(post)
    assert isinstance(step, Step)
    assert prices.of(step) == prices.Decimal("0.015")
    now = datetime.now(UTC)
    assert {quota.quota.rsplit("/", 1)[0] for quota in prices.quotas(step)} == {
        "twitter/posts_of_account", "twitter/posts_of_application",
    }  # fmt: skip
    assert all(now < quota.ends_at <= now + timedelta(days=1) for quota in prices.quotas(step))
    assert uuid4() != account


def test_an_upload_takes_a_unit_of_the_day_once_whatever_happens(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, taken = youtube(work, monkeypatch), "select charged from ddp.social_quotas where owner_id = %s"
    post = work.world.post(account, title="T")
    work.platform.prepares = fails(Transient("the connection broke"))
    for _ in range(3):
        assert work.on(post) == "preparing"
    assert work.world.value(taken, UUID(int=0)) == 1
    # What YouTube forgot is uploaded again: another unit.
    work.platform.prepares = fails(StateLost("forgotten"))
    work.on(post)
    work.platform.prepares = lambda *_: Progress(state={"video_id": 1}, is_ready=True)
    assert work.on(post) == "ready"
    assert work.on(post) == "published"
    assert work.world.value(taken, UUID(int=0)) == 2
    assert work.world.value(taken, work.world.owner_of(account)) == 2


def test_a_post_waits_for_an_upload_and_says_so(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    account = youtube(work, monkeypatch)
    post, late = work.world.post(account, title="T"), work.world.post(account, title="T")
    _, own = prices_of_uploads(work, account)
    work.world.owner.execute(
        "insert into ddp.social_quotas (quota, owner_id, cap, charged, ends_at) values (%s, %s, 100, 50, %s)",
        [own.quota, own.owner_id, own.ends_at],
    )
    assert work.on(post) == "preparing"
    row = work.world.row(post)
    assert row["error_code"] == "quota"
    assert "YouTube takes at most 50 uploads from you, your share of the 100" in row["error_reason"]
    assert work.platform.states == [], "nothing was uploaded"
    work.on(late)
    work.world.owner.execute(
        "update social_posts set scheduled_at = now() - interval '2 hours' where post_id = %s", [late]
    )
    work.world.reconcile()
    assert "within an hour of its time. YouTube takes at most" in work.world.row(late)["error_reason"]
    work.world.owner.execute("update ddp.social_quotas set charged = 49")
    assert work.on(post) == "ready"
    assert work.world.row(post)["error_code"] is None


def prices_of_uploads(work: Work, account: UUID) -> Any:
    from functions.social.steps import prices

    return prices.of_uploads("youtube", work.world.owner_of(account))


def youtube(work: Work, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """An account whose posts have nothing wrong with them."""
    from functions.social.validation import posts

    monkeypatch.setattr(posts, "problems_of_step", lambda _: [])
    return work.world.account(platform="youtube")
