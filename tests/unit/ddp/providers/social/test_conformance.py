"""What the adapters of all platforms promise (the Protocols in ddp.providers.social.base), against the simulator.

The adapters are black boxes here, and the simulator knows nothing of them: both were written from the platforms'
documentation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from ddp.errors import CredentialsExpired, ScopeMissing, Transient, Unknown
from ddp.providers.social import access, rules, x_api
from ddp.providers.social.base import (
    Absent,
    Accepted,
    Account,
    NotPublished,
    Platform,
    Post,
    PostType,
    Published,
    QuotaReached,
    Refused,
    State,
    StateLost,
)
from ddp.providers.social.http import Answer
from ddp.providers.social.publishing import youtube
from tests.unit.ddp.providers.social.connected import (
    REDIRECT,
    TYPES,
    Connect,
    Connected,
    application,
    found,
    stored,
    tokens_of,
)
from tests.unit.infra.local.simulators.platforms.conftest import Running

pytestmark = pytest.mark.thorough

each_platform = pytest.mark.parametrize("platform", list(Platform))


@each_platform
def test_accounts_that_can_publish_are_found_and_others_say_what_they_lack(
    running: Running, platform: Platform
) -> None:
    tokens = tokens_of(running, platform)
    accounts = found(running, platform, tokens)
    assert any(not each.lacks for each in accounts)
    assert tokens.access_token.startswith("SECRET-")
    known = {each["id"] for each in running.client.accounts(platform)}
    assert {each.external_account_id.rpartition(":")[2] for each in accounts} <= known
    others = found(running, platform, tokens_of(running, platform, person="bob"))
    if platform in {Platform.FACEBOOK, Platform.INSTAGRAM, Platform.YOUTUBE}:
        assert all(each.lacks for each in others)


@each_platform
def test_a_code_works_once(running: Running, platform: Platform) -> None:
    adapter = access.of(platform)
    asked = adapter.authorise(application(platform), redirect_uri=REDIRECT, state="s")
    code = parse_qs(urlsplit(running.client.consent(asked.url)).query)["code"][0]
    given: dict[str, Any] = {"code": code, "redirect_uri": REDIRECT, "verifier": asked.verifier}
    adapter.exchange(application(platform), **given)
    with pytest.raises(Refused) as refused:
        adapter.exchange(application(platform), **given)
    assert refused.value.code == "code-refused"


@each_platform
def test_a_code_of_another_redirect_uri_is_refused(running: Running, platform: Platform) -> None:
    adapter = access.of(platform)
    asked = adapter.authorise(application(platform), redirect_uri=REDIRECT, state="s")
    code = parse_qs(urlsplit(running.client.consent(asked.url)).query)["code"][0]
    with pytest.raises(Refused) as refused:
        adapter.exchange(
            application(platform), code=code, redirect_uri=f"{REDIRECT}/x", verifier=asked.verifier
        )
    assert refused.value.code == "code-refused"


@each_platform
def test_a_withheld_scope_is_seen(running: Running, platform: Platform) -> None:
    scope = rules.of(platform)["access"]["scopes"][1]
    tokens = tokens_of(running, platform, withheld=scope)
    assert tokens.scopes is not None
    assert scope not in tokens.scopes
    assert tokens.scopes


@each_platform
def test_tokens_are_refreshed_by_what_they_say_of_themselves(running: Running, platform: Platform) -> None:
    adapter = access.of(platform)
    before = tokens_of(running, platform)
    running.clock.now += 90_000 if platform is Platform.INSTAGRAM else 60
    after = adapter.refresh(application(platform), before)
    assert after.access_token
    assert after.access_expires_at is None or after.access_expires_at > datetime.now(UTC)
    assert found(running, platform, after)
    if platform in {Platform.TWITTER, Platform.TIKTOK}:
        assert after.refresh_token != before.refresh_token
        with pytest.raises(CredentialsExpired):
            adapter.refresh(application(platform), before)


@each_platform
def test_revoked_tokens_have_ended(running: Running, platform: Platform) -> None:
    tokens = tokens_of(running, platform, person="eve")
    access.of(platform).revoke(application(platform), tokens)
    if platform in {Platform.INSTAGRAM, Platform.LINKEDIN}:
        return  # the platform lets no application revoke
    with pytest.raises(CredentialsExpired):
        found(running, platform, tokens)


@pytest.mark.parametrize(("platform", "kind"), TYPES)
def test_a_post_of_every_type_is_published_once_and_found(
    connect: Connect, platform: Platform, kind: PostType
) -> None:
    connected = connect(platform)
    post = connected.post(kind)
    began = datetime.fromtimestamp(connected.running.clock.now, UTC)
    state = connected.prepare(post)
    assert connected.public(post) == []
    published = connected.finish(post, state)
    (public,) = connected.public(post)
    hashes = [(hashlib.sha256(each.read(0, each.size)).hexdigest(), each.size) for each in post.media]
    assert [(each["sha256"], each["size"]) for each in public["media"]] == hashes
    assert post.text in public["text"] or platform is Platform.YOUTUBE
    seen = connected.publisher.find(connected.account, post, state, began - timedelta(minutes=1))
    if isinstance(seen, Published):
        assert seen.external_id == published.external_id
    else:
        assert (platform, kind) in {(Platform.TIKTOK, PostType.IMAGE), (Platform.TIKTOK, PostType.CAROUSEL)}
        assert seen is Absent.CANNOT_LOOK


class Killed(Exception):
    pass


def persistently(connected: Connected, post: Post) -> State:
    """Prepare from what was saved last, again if the platform is still at work on what broke off."""
    for _ in range(500):
        with suppress(Transient):
            return connected.prepare(post, json.loads(connected.saved[-1]) if connected.saved else {})
    raise AssertionError("it is never prepared")


def dies_after(saves: int, kept: list[str]) -> Callable[[State], None]:
    def save(state: State) -> None:
        kept.append(json.dumps(state))
        if len(kept) > saves:
            raise Killed

    return save


@pytest.mark.parametrize(
    ("platform", "kind"), [(p, k) for p, k in TYPES if k not in {PostType.TEXT, PostType.LINK}]
)
def test_preparation_goes_on_from_each_state_that_it_saved(
    connect: Connect, platform: Platform, kind: PostType
) -> None:
    connected = connect(platform)
    connected.prepare(connected.post(kind))
    for number in range(len(connected.saved)):
        post, kept = connected.post(kind), list[str]()
        with suppress(Killed):
            connected.publisher.prepare(connected.account, post, {}, dies_after(number, kept))
        state = connected.prepare(post, json.loads(kept[-1]))
        connected.finish(post, state)
        (public,) = connected.public(post)
        assert [each["size"] for each in public["media"]] == [each.size for each in post.media]


@pytest.mark.parametrize(("platform", "kind"), TYPES)
def test_preparation_may_be_repeated_when_its_end_was_not_kept(
    connect: Connect, platform: Platform, kind: PostType
) -> None:
    connected = connect(platform)
    post = connected.post(kind)
    connected.publisher.prepare(connected.account, post, {}, connected.save)
    state: State = json.loads(connected.saved[-1]) if connected.saved else {}
    connected.finish(post, connected.prepare(post, state))
    (public,) = connected.public(post)
    assert [each["size"] for each in public["media"]] == [each.size for each in post.media]


@pytest.mark.parametrize("skip", [0, 1, 2])
@pytest.mark.parametrize(
    ("platform", "kind", "operation"),
    [
        (Platform.FACEBOOK, PostType.VIDEO, "videos"),
        (Platform.FACEBOOK, PostType.REEL, "upload"),
        (Platform.INSTAGRAM, PostType.REEL, "upload"),
        (Platform.TWITTER, PostType.VIDEO, "append"),
        (Platform.LINKEDIN, PostType.VIDEO, "upload"),
        (Platform.TIKTOK, PostType.VIDEO, "upload"),
        (Platform.YOUTUBE, PostType.VIDEO, "upload"),
    ],
)
def test_an_upload_goes_on_when_an_answer_of_it_was_lost(
    connect: Connect, platform: Platform, kind: PostType, operation: str, skip: int
) -> None:
    connected = connect(platform)
    post = connected.post(kind, media=[connected.medium("video", 1, size=20_000_000)])
    connected.running.client.fail("drop_after", f"{platform}.{operation}", skip=skip)
    with suppress(Transient):
        connected.publisher.prepare(connected.account, post, {}, connected.save)
    connected.running.client.clear_faults()
    state: State = json.loads(connected.saved[-1]) if connected.saved else {}
    connected.finish(post, connected.prepare(post, state))
    (public,) = connected.public(post)
    content = post.media[0].read(0, 20_000_000)
    assert public["media"] == [{"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}]


@pytest.mark.parametrize(
    ("platform", "kind"), [(p, k) for p, k in TYPES if k in {PostType.VIDEO, PostType.REEL}]
)
def test_an_upload_goes_on_when_it_broke_in_the_middle(
    connect: Connect, platform: Platform, kind: PostType
) -> None:
    connected = connect(platform)
    whole = connected.medium("video", 2, size=20_000_000)
    reads = 0

    def breaks(start: int, length: int) -> bytes:
        nonlocal reads
        reads += 1
        if reads == 3:
            raise Killed
        return whole.read(start, length)

    post = connected.post(kind, media=[replace(whole, read=breaks)])
    with suppress(Killed, Transient):
        connected.publisher.prepare(connected.account, post, {}, connected.save)
    connected.finish(post, persistently(connected, post))
    (public,) = connected.public(post)
    content = whole.read(0, 20_000_000)
    assert public["media"] == [{"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}]


@each_platform
@pytest.mark.parametrize("fault", ["drop_after", "error_after", "page_after", "garbled_after"])
def test_an_answer_that_was_lost_is_unknown_and_then_found(
    connect: Connect, platform: Platform, fault: str
) -> None:
    connected = connect(platform)
    post = connected.post()
    began = datetime.fromtimestamp(connected.running.clock.now, UTC)
    state = connected.prepare(post)
    connected.running.client.fail(fault, f"{platform}.finalise")
    with pytest.raises(Unknown):
        connected.publisher.finalise(connected.account, post, state)
    seen = connected.publisher.find(connected.account, post, state, began - timedelta(seconds=1))
    assert isinstance(seen, Published)
    assert len(connected.public(post)) == 1


@each_platform
@pytest.mark.parametrize("fault", ["drop_before", "error_before"])
def test_a_call_that_failed_without_proof_is_unknown_and_not_found(
    connect: Connect, platform: Platform, fault: str
) -> None:
    connected = connect(platform)
    post = connected.post()
    began = datetime.fromtimestamp(connected.running.clock.now, UTC)
    state = connected.prepare(post)
    connected.running.client.fail(fault, f"{platform}.finalise")
    with pytest.raises(Unknown):
        connected.publisher.finalise(connected.account, post, state)
    seen = connected.publisher.find(connected.account, post, state, began)
    assert isinstance(seen, Absent)
    assert connected.public(post) == []
    if seen is Absent.PROVED:
        connected.finish(post, state)
        assert len(connected.public(post)) == 1


@each_platform
def test_a_throttled_call_has_published_nothing_and_may_come_again(
    connect: Connect, platform: Platform
) -> None:
    connected = connect(platform)
    post = connected.post()
    state = connected.prepare(post)
    connected.running.client.fail("throttle", f"{platform}.finalise")
    with pytest.raises(Transient) as refused:
        connected.publisher.finalise(connected.account, post, state)
    if platform in {Platform.FACEBOOK, Platform.INSTAGRAM}:
        assert refused.value.retry_after == 120  # from the header about the business's use
    connected.finish(post, state)
    assert len(connected.public(post)) == 1


VIDEOS = [
    (Platform.FACEBOOK, PostType.VIDEO, "video"),
    (Platform.INSTAGRAM, PostType.REEL, "container"),
    (Platform.TWITTER, PostType.VIDEO, "media"),
    (Platform.LINKEDIN, PostType.VIDEO, "media"),
    (Platform.YOUTUBE, PostType.VIDEO, "post"),
]


@pytest.mark.parametrize(("platform", "kind"), [each[:2] for each in VIDEOS])
def test_a_video_is_ready_when_the_platform_has_processed_it(
    connect: Connect, platform: Platform, kind: PostType
) -> None:
    connected = connect(platform)
    connected.running.client.change(processing_seconds={"video": 600})
    post = connected.post(kind)
    progress = connected.publisher.prepare(connected.account, post, {}, connected.save)
    for _ in range(2):
        assert not progress.is_ready
        assert progress.again_in > 0
        progress = connected.publisher.check(connected.account, post, stored(progress.state))
    connected.running.clock.now += 601
    assert connected.publisher.check(connected.account, post, stored(progress.state)).is_ready


@pytest.mark.parametrize(("platform", "kind", "prepared"), VIDEOS)
def test_a_video_that_the_platform_could_not_process_is_refused(
    connect: Connect, platform: Platform, kind: PostType, prepared: str
) -> None:
    connected = connect(platform)
    connected.running.client.change(processing_seconds={"video": 600})
    post = connected.post(kind)
    progress = connected.publisher.prepare(connected.account, post, {}, connected.save)
    owner = connected.account.external_account_id
    (newest, *_) = connected.running.client.objects(platform, prepared, owner)
    connected.running.client.change_object(platform, newest["id"], changes={"failed": "codec"})
    with pytest.raises(Refused) as refused:
        connected.publisher.check(connected.account, post, stored(progress.state))
    assert refused.value.code == "media-refused"
    assert connected.public(post) == []


def test_a_post_that_tiktok_will_not_publish_is_said_to_be_none(connect: Connect) -> None:
    connected = connect(Platform.TIKTOK)
    connected.running.client.change(processing_seconds={"publishing": 600})
    post = connected.post()
    state = connected.prepare(post)
    accepted = connected.publisher.finalise(connected.account, post, state)
    assert isinstance(accepted, Accepted)
    assert isinstance(connected.publisher.confirm(connected.account, stored(accepted.state)), Accepted)
    connected.running.client.change_object(
        "tiktok", str(state["publish_id"]), changes={"failed": "file_format_check_failed"}
    )
    with pytest.raises(NotPublished):
        connected.publisher.confirm(connected.account, stored(accepted.state))


def test_a_photo_that_tiktok_cannot_fetch_is_not_published(connect: Connect) -> None:
    connected = connect(Platform.TIKTOK)
    gone = replace(connected.medium("image", 0), url=f"{connected.web.url}/moved")
    post = connected.post(PostType.IMAGE, media=[gone])
    accepted = connected.publisher.finalise(connected.account, post, connected.prepare(post))
    assert isinstance(accepted, Accepted)
    with pytest.raises(NotPublished):
        connected.publisher.confirm(connected.account, stored(accepted.state))
    assert connected.public(post) == []


@each_platform
def test_a_token_that_ended_is_said_to_have_ended(connect: Connect, platform: Platform) -> None:
    connected = connect(platform)
    post = connected.post()
    state = connected.prepare(post)
    connected.running.client.fail("token_expired", f"{platform}.finalise")
    with pytest.raises(CredentialsExpired):
        connected.publisher.finalise(connected.account, post, state)
    assert connected.public(post) == []


@pytest.mark.parametrize("kept", [{}, {"range": "bytes=0-262143"}])
def test_an_upload_ends_when_youtube_keeps_nothing_more_of_it(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, kept: dict[str, str]
) -> None:
    connected, answers = connect(Platform.YOUTUBE), [Answer(status=308, headers=kept, body=b"")] * 10
    monkeypatch.setattr(youtube, "_put", lambda *_: answers.pop())
    with pytest.raises(Transient):
        connected.publisher.prepare(connected.account, connected.post(), {}, connected.save)
    assert len(answers) == 8


@pytest.mark.parametrize(
    ("platform", "scope"),
    [
        (Platform.TIKTOK, "video.publish"),
        (Platform.YOUTUBE, "https://www.googleapis.com/auth/youtube.force-ssl"),
    ],
)
def test_a_token_that_lacks_a_scope_has_not_ended(connect: Connect, platform: Platform, scope: str) -> None:
    connected = connect(platform)
    tokens = tokens_of(connected.running, platform, withheld=scope)
    connected.account = replace(connected.account, access_token=tokens.access_token)
    post = connected.post()
    with pytest.raises(ScopeMissing):
        connected.finish(post, connected.prepare(post))
    assert connected.public(post) == []


@each_platform
def test_an_unknown_token_is_refused_before_anything_is_uploaded(
    connect: Connect, platform: Platform
) -> None:
    connected = connect(platform)
    account = Account(
        external_account_id=connected.account.external_account_id,
        kind=connected.account.kind,
        handle=connected.account.handle,
        access_token="SECRET-forged",
    )
    with pytest.raises(CredentialsExpired):
        connected.publisher.prepare(account, connected.post(), {}, connected.save)


@pytest.mark.parametrize("operation", ["media", "upload", "start", "video_init", "images", "photos"])
def test_preparation_survives_a_broken_call(connect: Connect, operation: str) -> None:
    for platform in Platform:
        connected = connect(platform)
        post = connected.post()
        connected.running.client.fail("drop_before", f"{platform}.{operation}")
        state: State = {}
        with suppress(Transient):
            connected.prepare(post)
        state = json.loads(connected.saved[-1]) if connected.saved else {}
        connected.running.client.clear_faults()
        connected.finish(post, connected.prepare(post, state))
        assert len(connected.public(post)) == 1


@pytest.mark.parametrize(
    ("platform", "kind", "prepared"),
    [
        (Platform.INSTAGRAM, PostType.IMAGE, "container"),
        (Platform.TWITTER, PostType.IMAGE, "media"),
        (Platform.TIKTOK, PostType.VIDEO, "post"),
    ],
)
def test_what_was_prepared_too_long_ago_is_prepared_again(
    connect: Connect, platform: Platform, kind: PostType, prepared: str
) -> None:
    connected = connect(platform)
    post = connected.post(kind)
    state = connected.prepare(post)
    connected.running.client.expire(platform, prepared, connected.account.external_account_id)
    with pytest.raises((StateLost, Unknown)) as raised:
        connected.publisher.finalise(connected.account, post, state)
    assert raised.type is StateLost
    connected.finish(post, connected.prepare(post))
    assert len(connected.public(post)) == 1


@pytest.mark.parametrize("platform", [Platform.FACEBOOK, Platform.TWITTER, Platform.LINKEDIN])
def test_the_same_text_again_is_refused(connect: Connect, platform: Platform) -> None:
    connected = connect(platform)
    post = connected.post(PostType.TEXT)
    connected.finish(post, connected.prepare(post))
    with pytest.raises(Refused) as refused:
        connected.finish(post, connected.prepare(post))
    assert refused.value.code == "duplicate"
    assert len(connected.public(post)) == 1


@pytest.mark.parametrize(
    ("platform", "kind", "quotas"),
    [
        (Platform.FACEBOOK, PostType.REEL, {"facebook_reels_per_day": 0}),
        (Platform.YOUTUBE, None, {"youtube_uploads_per_day": 0}),
        (Platform.TIKTOK, None, {"tiktok_inits_per_minute": 0}),
        (Platform.TWITTER, None, {"twitter_posts_per_15_minutes": 0}),
    ],
)
def test_a_used_up_quota_is_said_to_be_one(
    connect: Connect, platform: Platform, kind: PostType | None, quotas: dict[str, int]
) -> None:
    connected = connect(platform)
    post = connected.post(kind)
    connected.running.client.change(quotas=quotas)
    with pytest.raises(QuotaReached):
        connected.publisher.finalise(connected.account, post, connected.prepare(post))
    assert connected.public(post) == []


def test_instagram_is_asked_how_many_posts_it_takes_before_anything_is_made(connect: Connect) -> None:
    connected = connect(Platform.INSTAGRAM)
    post, account, publisher = connected.post(), connected.account, connected.publisher
    prepared = connected.prepare(post)
    connected.running.client.change(quotas={"instagram_posts_per_day": 0})
    with pytest.raises(QuotaReached, match="Instagram takes 0 posts of the account in 24 hours"):
        publisher.prepare(account, connected.post(), {}, connected.save)
    with pytest.raises(QuotaReached):
        publisher.finalise(account, post, prepared)
    assert connected.public(post) == []


@each_platform
def test_a_first_comment_is_published_and_found_or_refused(connect: Connect, platform: Platform) -> None:
    connected = connect(platform)
    post = connected.post()
    published = connected.finish(post, connected.prepare(post))
    began = datetime.fromtimestamp(connected.running.clock.now, UTC) - timedelta(seconds=1)
    text, account, publisher = f"First! {uuid4().hex}", connected.account, connected.publisher
    rule = rules.of(platform)["first_comment"]
    if not rule or "refused" in rule:
        with pytest.raises(Refused):
            publisher.comment(account, published.external_id, text)
        return
    comment = publisher.comment(account, published.external_id, text)
    seen = publisher.find_comment(account, published.external_id, text, began)
    assert isinstance(seen, Published)
    assert seen.external_id == comment.external_id
    lost = f"Second! {uuid4().hex}"
    connected.running.client.fail("garbled_after", f"{platform}.comment")
    with pytest.raises(Unknown):
        publisher.comment(account, published.external_id, lost)
    assert isinstance(publisher.find_comment(account, published.external_id, lost, began), Published)
    assert isinstance(publisher.find_comment(account, published.external_id, "never said", began), Absent)


@each_platform
def test_a_published_post_is_removed_or_the_removal_refused(connect: Connect, platform: Platform) -> None:
    connected = connect(platform)
    post = connected.post()
    state = connected.prepare(post)
    began = datetime.fromtimestamp(connected.running.clock.now, UTC) - timedelta(seconds=1)
    published = connected.finish(post, state)
    if platform in {Platform.INSTAGRAM, Platform.TIKTOK}:
        with pytest.raises(Refused):
            connected.publisher.remove(connected.account, published.external_id)
        return
    connected.publisher.remove(connected.account, published.external_id)
    if platform in {Platform.TWITTER, Platform.LINKEDIN}:
        assert isinstance(connected.publisher.find(connected.account, post, state, began), Absent)


@each_platform
def test_the_platform_says_facts_of_the_account(connect: Connect, platform: Platform) -> None:
    connected = connect(platform)
    json.dumps(dict(access.of(platform).facts(connected.account)))


@pytest.mark.parametrize("platform", [Platform.FACEBOOK, Platform.TWITTER, Platform.LINKEDIN])
def test_a_text_with_special_characters_is_found(connect: Connect, platform: Platform) -> None:
    connected = connect(platform)
    link = "https://example.com/?a=1&b=2"
    text = f"Q&A <now> (1/2) *new* _x_ [a] {{b}} #Watch @nobody | ~ \\ 时计 ⌚ {link} {uuid4().hex}"
    post = connected.post(PostType.TEXT, text)
    began = datetime.fromtimestamp(connected.running.clock.now, UTC)
    state = connected.prepare(post)
    connected.running.client.fail("drop_after", f"{platform}.finalise")
    with pytest.raises(Unknown):
        connected.publisher.finalise(connected.account, post, state)
    assert isinstance(connected.publisher.find(connected.account, post, state, began), Published)
    assert [each["text"] for each in connected.public(post)] == [text]


def test_a_long_text_of_x_premium_is_found(connect: Connect) -> None:
    connected = connect(Platform.TWITTER, person="bob")
    post = connected.post(PostType.TEXT, f"{'A long text about watches. ' * 60}{uuid4().hex}")
    began = datetime.fromtimestamp(connected.running.clock.now, UTC)
    connected.finish(post, {})
    assert isinstance(connected.publisher.find(connected.account, post, {}, began), Published)


def test_the_address_of_a_link_post_is_part_of_its_text_on_x(connect: Connect) -> None:
    connected = connect(Platform.TWITTER)
    link = f"https://example.com/{uuid4().hex}"
    post = replace(connected.post(PostType.LINK), text="A new watch", options={"link": link})
    began = datetime.fromtimestamp(connected.running.clock.now, UTC)
    connected.finish(post, {})
    text = x_api.written(post.text, post.type, post.options)
    assert text == f"A new watch {link}"
    assert isinstance(connected.publisher.find(connected.account, post, {}, began), Published)
    assert x_api.written("", PostType.LINK, {"link": link}) == link
    assert x_api.written(f"See {link}", PostType.LINK, {"link": link}) == f"See {link}"
    assert x_api.written("Hello", PostType.TEXT, {"link": link}) == "Hello"


def test_a_linkedin_member_cannot_be_looked_at(connect: Connect) -> None:
    connected = connect(Platform.LINKEDIN, kind="member")
    post = connected.post()
    state = connected.prepare(post)
    connected.running.client.fail("drop_after", "linkedin.finalise")
    with pytest.raises(Unknown):
        connected.publisher.finalise(connected.account, post, state)
    began = datetime.fromtimestamp(connected.running.clock.now, UTC)
    assert connected.publisher.find(connected.account, post, state, began) is Absent.CANNOT_LOOK
    assert len(connected.public(post)) == 1


@pytest.mark.parametrize(("platform", "kind"), TYPES)
def test_a_post_whose_state_was_lost_is_found_or_cannot_be_looked_for(
    connect: Connect, platform: Platform, kind: PostType
) -> None:
    connected = connect(platform)
    post = connected.post(kind)
    began = datetime.fromtimestamp(connected.running.clock.now, UTC)
    published = connected.finish(post, connected.prepare(post))
    seen = connected.publisher.find(connected.account, post, {}, began - timedelta(minutes=1))
    if isinstance(seen, Published):
        assert seen.external_id == published.external_id
    else:
        assert seen is not Absent.PROVED


def test_x_charges_what_the_rules_say(connect: Connect) -> None:
    connected = connect(Platform.TWITTER, person="carol")
    before = connected.running.client.charged()
    for kind, price in ((PostType.TEXT, "post"), (PostType.LINK, "post_with_link")):
        post = connected.post(kind)
        connected.finish(post, connected.prepare(post))
        before += type(before)(rules.of(Platform.TWITTER)["prices"][price])
        assert connected.running.client.charged() == before
