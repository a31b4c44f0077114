"""The publishing function at work: its steps on a real database, with a scripted platform behind the Protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import pytest

from ddp.errors import CredentialsExpired, ScopeMissing, Transient, Unknown
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


def test_a_post_goes_out_at_its_time_by_the_database_if_the_clock_of_the_worker_is_ahead(
    work: Work, account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.social.steps import finalising

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(milliseconds=50)

    monkeypatch.setattr(finalising, "datetime", Ahead)
    post = work.world.post(account, status="ready", due_in="1 second")
    keep_state(work, post)
    work.world.owner.execute(
        "update ddp.social_work w set due_at = p.scheduled_at from social_posts p where p.post_id = w.post_id"
    )
    assert work.on(post, now=False) == "published"
    assert work.world.value("select started_at from ddp.social_calls") >= work.world.row(post)["scheduled_at"]


def test_a_worker_that_comes_too_early_comes_again_when_the_post_is_due(work: Work, account: UUID) -> None:
    post = work.world.post(account, status="ready", due_in="1 minute")
    keep_state(work, post)
    assert work.on(post) == "ready"
    assert work.platform.finalised == []
    assert (work.world.work(post) or {})["due_at"] == work.world.row(post)["scheduled_at"]
    assert [(step.post_id, step.step) for step in work.told] == [(post, "finalise")]


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


@pytest.mark.parametrize(("kind", "sentence"), [("story", "Stories are not"), ("thread", "Threads are not")])
def test_a_post_that_breaks_the_rules_becomes_a_draft(
    work: Work, account: UUID, kind: str, sentence: str
) -> None:
    post = work.world.post(account, post_type=kind)
    assert work.on(post) == "draft"
    (problem,) = work.world.row(post)["problems"]
    assert (problem["field"], problem["code"], problem["is_warning"]) == ("post_type", "post-type", False)
    assert problem["sentence"].startswith(sentence)


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


def test_an_unconfirmed_post_is_looked_for_although_its_file_was_deleted(work: Work, account: UUID) -> None:
    world, seen = work.world, []
    post, _ = world.unconfirmed(account, post_type="image")
    file_id = world.file(world.owner_of(account))
    world.query(
        "insert into social_post_media (post_id, position, file_id) values (%s, 0, %s)", post, file_id
    )
    world.query("update files set deleted_at = now() where file_id = %s", file_id)

    def finds(_account: object, sought: Any, *_: object) -> Published:
        seen.extend(media.size for media in sought.media)
        return POSTED

    work.platform.finds = finds
    assert work.on(post) == "published"
    assert seen == [1]


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


def test_a_token_that_is_refused_although_it_was_renewed_makes_the_account_wait(
    work: Work, account: UUID
) -> None:
    post = work.world.post(account, status="ready")
    keep_state(work, post)
    work.platform.finalises = fails(CredentialsExpired("Not for you."))
    assert work.on(post) == "ready"
    assert state_of(work, account) == ("active", None)
    assert work.on(post) == "ready"
    assert state_of(work, account) == ("reconnect", "Not for you.")
    assert work.world.notices(work.world.owner_of(account)) == {"social-account-reconnect": 1}
    work.on(post)
    assert work.platform.finalised == [post] * 2  # nothing is called for it


def test_a_token_that_is_refused_long_after_its_renewal_is_renewed_again(work: Work, account: UUID) -> None:
    post = work.world.post(account)
    work.platform.prepares = fails(CredentialsExpired("expired"))
    for _ in range(3):
        work.on(post)
        assert state_of(work, account) == ("active", None)
        work.world.owner.execute(
            "update ddp.social_tokens set refused_at = refused_at - interval '10 minutes'"
        )


def test_posts_that_are_refused_one_token_renew_it_once(work: Work, account: UUID) -> None:
    from functions.social.publish import work_on

    renewed: list[object] = []
    work.platform.prepares = fails(CredentialsExpired("expired"))
    work.platform.refreshes = lambda *_: renewed.append(1) or Tokens(access_token="new")
    work_on([work.world.post(account) for _ in range(5)])
    assert len(renewed) == 1
    assert state_of(work, account) == ("active", None)


def test_a_worker_that_comes_late_with_a_refusal_renews_nothing(
    work: Work, account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddp.queries.social import tokens as stored
    from functions.social import tokens

    renewed: list[object] = []
    work.platform.prepares = fails(CredentialsExpired("expired"))
    work.platform.refreshes = lambda *_: renewed.append(1) or Tokens(access_token="new")
    refused = stored.refused

    def meanwhile(*of: Any, **named: Any) -> bool:
        """Another worker notes the refusal too, and renews before this one does."""
        is_due = refused(*of, **named)
        assert tokens.refresh_due(uuid4(), limit=1, account_ids=[account]) == 1
        return is_due

    monkeypatch.setattr(stored, "refused", meanwhile)
    work.on(work.world.post(account))
    assert len(renewed) == 1


def test_a_missing_scope_makes_the_account_wait_at_once(work: Work, account: UUID) -> None:
    post = work.world.post(account)
    work.platform.prepares = fails(ScopeMissing("No permission to upload."))
    work.platform.refreshes = fails(AssertionError("a renewed token has no more scopes"))
    assert work.on(post) == "preparing"
    assert state_of(work, account) == ("reconnect", "No permission to upload.")


def test_a_call_comes_later_and_later_while_the_token_cannot_be_renewed(work: Work, account: UUID) -> None:
    post = work.world.post(account, status="ready")
    keep_state(work, post)
    work.platform.finalises = fails(CredentialsExpired("expired"))
    work.platform.refreshes = fails(Transient("busy"))
    for least in (0, 20, 50):
        work.on(post)
        assert state_of(work, account) == ("active", None)
        wait = work.world.value("select due_at - clock_timestamp() from ddp.social_work")
        assert wait > timedelta(seconds=least) - timedelta(seconds=5 if least == 0 else 0)


def state_of(work: Work, account: UUID) -> tuple[str, str | None]:
    (found,) = work.world.query(
        "select status, status_reason from social_accounts where account_id = %s", account
    )
    return found["status"], found["status_reason"]


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


def on_x(work: Work, dollars: str, **columns: Any) -> UUID:
    """A prepared post on X, of somebody whose posts may cost so much a month."""
    account = work.world.account(platform="twitter")
    work.world.query(
        "insert into ddp.social_budgets (user_id, monthly_budget) values (%s, %s)",
        work.world.owner_of(account), dollars,
    )  # fmt: skip
    post = work.world.post(account, status="ready", **columns)
    keep_state(work, post)
    return post


def test_a_post_that_is_too_dear_says_what_is_left_and_when_more_comes(work: Work) -> None:
    post = on_x(work, "0.01")
    assert work.on(post) == "failed"
    row, now = work.world.row(post), datetime.now(UTC)
    following = (now.replace(day=1) + timedelta(days=32)).strftime("%Y-%m-01")
    assert row["error_code"] == "budget"
    assert row["error_reason"] == (
        f"X charges $0.015 for this post; $0.01 of the $0.01 for {now:%Y-%m} are left. Ask an administrator for more,"
        f" or choose a time from {following} (UTC) on."
    )
    # Who sees the post because it is of their campaign learns no sums.
    post = on_x(work, "0.01", campaign_id=work.world.campaign(work.world.user()))
    assert work.on(post) == "failed"
    reason = work.world.row(post)["error_reason"]
    assert "$" not in reason
    assert f"choose a time from {following} (UTC) on." in reason


def test_a_post_that_waits_for_a_quota_says_how_much_that_is_and_until_when(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddp.providers.social.rules import periods

    ends_at = datetime(2099, 1, 1, 12, 15, tzinfo=UTC)
    monkeypatch.setattr(periods, "_period", lambda _: "1")
    monkeypatch.setattr(periods, "end", lambda _: ends_at)
    post = on_x(work, "5")
    account = work.world.row(post)["account_id"]
    work.world.query(
        "insert into ddp.social_quotas (quota, owner_id, cap, charged, ends_at) values (%s, %s, 100, 100, %s)",
        "twitter/posts_of_account/1", account, ends_at,
    )  # fmt: skip
    assert work.on(post) == "ready"
    row = work.world.row(post)
    assert row["error_code"] == "quota"
    assert row["error_reason"] == (
        "X accepts 100 posts from this account in this period, and none is left until 2099-01-01 12:15 UTC."
    )


def test_an_upload_takes_a_unit_of_the_day_once_whatever_happens(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, taken = (
        youtube(work, monkeypatch),
        ("select charged from ddp.social_quotas where owner_id = %s and quota like '%%/uploads/%%'"),
    )
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
    assert (
        "YouTube accepts 100 uploads from all accounts here in this period; your share is 50"
        in row["error_reason"]
    )
    assert work.platform.states == [], "nothing was uploaded"
    work.on(late)
    work.world.owner.execute(
        "update social_posts set scheduled_at = now() - interval '2 hours' where post_id = %s", [late]
    )
    work.world.reconcile()
    assert "within an hour of its time. YouTube accepts 100 uploads" in work.world.row(late)["error_reason"]
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
