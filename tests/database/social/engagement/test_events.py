"""What platforms tell: each event once, in any order, and never a number."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from tests.database.social.engagement.numbers import Numbers
from tests.database.social.world import World


def event(text: str, **more: Any) -> dict[str, Any]:
    given = {"platform": "facebook", "kind": "post_changed", "raw": {"text": text}, **more}
    return {"digest": sha256(text.encode()).hexdigest(), **given}


def store(world: World, *events: dict[str, Any]) -> dict[str, int]:
    with world.working() as cursor:
        row = cursor.execute("select ddp.store_social_events(%s) as done", [json.dumps(events)]).fetchone()
        assert row
        return dict(row["done"])


def statuses(world: World) -> list[str]:
    return [
        row["status"]
        for row in world.query("select status from ddp.social_events order by received_at, digest")
    ]


def due(world: World, post: UUID) -> bool:
    return bool(
        world.value(
            "select due_at <= clock_timestamp() from ddp.social_polls where post_id = %s and kind = 'counters'",
            post,
        )
    )


def test_an_event_is_stored_once_and_brings_the_reading_forward(
    world: World, numbers: Numbers, account: UUID
) -> None:
    post = numbers.published(account, external_post_id="p1")
    assert not due(world, post)
    assert store(world, event("a", external_post_id="p1"), event("a", external_post_id="p1")) == {
        "given": 2,
        "new": 1,
    }
    assert due(world, post)
    assert store(world, event("a", external_post_id="p1")) == {"given": 1, "new": 0}
    assert statuses(world) == ["applied"]
    assert world.query("select * from social_engagement") == []


def test_an_early_event_is_matched_when_the_post_has_its_id(
    world: World, numbers: Numbers, account: UUID
) -> None:
    store(world, event("early", external_post_id="p2"))
    assert statuses(world) == ["unmatched"]
    post = numbers.published(account, external_post_id="p2")
    assert due(world, post)
    assert statuses(world) == ["applied"]
    assert match(world) == 0


def match(world: World) -> int:
    with world.working() as cursor:
        row = cursor.execute("select ddp.match_social_events() as n").fetchone()
    assert row
    return int(row["n"])


def test_an_early_event_names_a_video_by_its_story(world: World, numbers: Numbers, account: UUID) -> None:
    page = world.value("select external_account_id from social_accounts where account_id = %s", account)
    store(
        world,
        event("video", external_post_id=f"{page}_77", external_account_id=page),
        event("of another page", external_post_id=f"{page}_77", external_account_id="other"),
        event("on another platform", external_post_id="77", platform="tiktok"),
    )
    post = numbers.published(account, external_post_id="77")
    assert due(world, post)
    assert sorted(statuses(world)) == ["applied", "unmatched", "unmatched"]


def test_an_event_that_was_stored_while_its_post_got_its_id_is_matched_within_the_hour(
    world: World, numbers: Numbers, account: UUID
) -> None:
    """Neither of two transactions at once sees what the other one writes."""
    post = numbers.published(account, external_post_id="p4")
    store(
        world,
        event("at once", external_post_id="p4"),
        event("long ago", external_post_id="p4", occurred_at=None),
    )
    world.query("update ddp.social_events set status = 'unmatched', post_id = null")
    world.query("update ddp.social_polls set due_at = now() + interval '1 day', nudged_at = null")
    world.query(
        "update ddp.social_events set received_at = now() - interval '2 hours' where raw ->> 'text' = 'long ago'"
    )
    assert match(world) == 1
    assert due(world, post)
    assert match(world) == 0


def test_the_same_id_on_another_platform_or_account_is_another_post(
    world: World, numbers: Numbers, account: UUID
) -> None:
    post = numbers.published(account, external_post_id="p3")
    store(
        world,
        event("x", platform="twitter", external_post_id="p3"),
        event("y", external_post_id="p3", external_account_id="other"),
    )
    assert not due(world, post)
    assert statuses(world) == ["unmatched", "unmatched"]


PUBLISH_ID, POST_ID = "v_pub_file~v2.1", "7080213458555737986"


def publicly_available(world: World, account: UUID, text: str = "public", **more: Any) -> dict[str, Any]:
    """What TikTok tells when moderation of a post has ended."""
    external = world.value("select external_account_id from social_accounts where account_id = %s", account)
    given = {"platform": "tiktok", "kind": "post_published", "external_account_id": external}
    ids = {"external_publish_id": PUBLISH_ID, "external_post_id": POST_ID}
    return event(text, **(given | ids | more))


def named(world: World, post: UUID) -> tuple[Any, ...]:
    row, part = world.row(post), world.part(post)
    return row["external_post_id"], row["permalink"], part["external_id"], part["permalink"]


LINK = f"https://www.tiktok.com/@shop/video/{POST_ID}"
NAMED = (POST_ID, LINK, POST_ID, LINK)


def test_a_post_gets_the_id_by_which_it_is_measured_when_moderation_has_ended(
    world: World, numbers: Numbers
) -> None:
    account, other = world.account(platform="tiktok"), world.account(platform="tiktok")
    post = numbers.published(account, external_post_id=PUBLISH_ID)
    of_other = numbers.published(other, external_post_id=PUBLISH_ID)
    # Its last reading was nudged just now, and had no id to ask for.
    world.query("update ddp.social_polls set nudged_at = now(), due_at = now() + interval '1 day'")
    told = publicly_available(world, account)
    assert store(world, told) == {"given": 1, "new": 1}
    assert named(world, post) == NAMED
    assert due(world, post)
    assert statuses(world) == ["applied"]
    assert world.value("select post_id from ddp.social_events") == post
    assert (world.row(of_other)["external_post_id"], due(world, of_other)) == (PUBLISH_ID, False)
    assert store(world, told, publicly_available(world, account, "told anew")) == {"given": 2, "new": 1}
    assert named(world, post) == NAMED


def test_a_post_gets_the_id_that_was_told_before_it_was_known_by_the_other_one(world: World) -> None:
    account = world.account(platform="tiktok")
    other = world.account(platform="tiktok")
    store(world, publicly_available(world, account), publicly_available(world, other, "of another"))
    post = world.post(account, status="ready")
    world.record(world.calling(post), "published", external_id=PUBLISH_ID)
    assert named(world, post) == NAMED
    assert due(world, post)
    assert sorted(statuses(world)) == ["applied", "unmatched"]


def test_events_in_any_order_are_of_the_post_that_has_both_ids(world: World, numbers: Numbers) -> None:
    account = world.account(platform="tiktok")
    withdrawn = publicly_available(world, account, "withdrawn", kind="post_withdrawn")
    by_its_id = publicly_available(world, account, "by its id", external_publish_id=None)
    store(world, by_its_id)
    post = numbers.published(account, external_post_id=PUBLISH_ID)
    assert statuses(world) == ["unmatched"]
    store(world, withdrawn)
    store(world, publicly_available(world, account))
    assert named(world, post) == NAMED
    assert statuses(world) == ["applied"] * 3
    assert world.query("select distinct post_id from ddp.social_events") == [{"post_id": post}]


def test_an_id_that_was_told_while_its_post_was_stored_is_given_within_the_hour(
    world: World, numbers: Numbers
) -> None:
    """Neither of two transactions at once sees what the other one writes."""
    account = world.account(platform="tiktok")
    store(world, publicly_available(world, account))
    world.query("update ddp.social_events set external_publish_id = null")
    post = numbers.published(account, external_post_id=PUBLISH_ID)
    world.query("update ddp.social_events set external_publish_id = %s", PUBLISH_ID)
    assert named(world, post)[0] == PUBLISH_ID
    assert match(world) == 1
    assert named(world, post) == NAMED
    assert due(world, post)
    assert match(world) == 0


def test_an_id_that_another_post_has_is_not_given_twice(world: World, numbers: Numbers) -> None:
    account = world.account(platform="tiktok")
    post = numbers.published(account, external_post_id=PUBLISH_ID)
    numbers.published(account, external_post_id=POST_ID)
    assert store(world, publicly_available(world, account)) == {"given": 1, "new": 1}
    assert named(world, post)[0] == PUBLISH_ID


def test_revoked_access_makes_the_account_reconnect(world: World, account: UUID) -> None:
    external = world.value("select external_account_id from social_accounts where account_id = %s", account)
    store(world, event("revoked", kind="access_revoked", external_account_id=external))
    assert world.value("select status from social_accounts where account_id = %s", account) == "reconnect"
    assert world.notices(world.owner_of(account)) == {"social-account-reconnect": 1}


PERSON = sha256(b"4711").digest()


def granted_by(world: World, account: UUID, person: bytes = PERSON) -> UUID:
    """The account, whose access this person granted."""
    world.query("update ddp.social_tokens set external_user_hash = %s where account_id = %s", person, account)
    return account


def status(world: World, account: UUID) -> str:
    return str(world.value("select status from social_accounts where account_id = %s", account))


def test_a_person_who_removes_the_application_takes_all_granted_accounts_with_them(world: World) -> None:
    pages = [granted_by(world, world.account()) for _ in range(2)]
    of_another = granted_by(world, world.account(), sha256(b"4712").digest())
    elsewhere = granted_by(world, world.account(platform="instagram"))
    told = event("deauthorised", kind="access_revoked", external_user_hash=PERSON.hex())
    assert store(world, told) == {"given": 1, "new": 1}
    assert [status(world, page) for page in pages] == ["reconnect", "reconnect"]
    assert [status(world, each) for each in (of_another, elsewhere)] == ["active", "active"]
    assert world.notices(world.owner_of(pages[0])) == {"social-account-reconnect": 1}
    world.query("update social_accounts set status = 'active' where account_id = any (%s)", pages)
    store(world, told)
    assert status(world, pages[0]) == "active", "the same one again does nothing"


@pytest.mark.parametrize(
    ("occurred", "found"), [("-1 hour", "active"), ("0", "reconnect"), ("1 hour", "reconnect")]
)
@pytest.mark.parametrize("names", ["the account", "the person"])
def test_access_that_was_granted_since_is_not_taken_back(
    world: World, names: str, occurred: str, found: str
) -> None:
    account = granted_by(world, world.account())
    external = world.value("select external_account_id from social_accounts where account_id = %s", account)
    whose = (
        {"external_account_id": external} if names == "the account" else {"external_user_hash": PERSON.hex()}
    )
    # Platforms tell seconds, and no part of them.
    at = world.value(
        "select date_trunc('second', obtained_at + %s::interval) from ddp.social_tokens where account_id = %s",
        occurred,
        account,
    )
    store(world, event("late", kind="access_revoked", occurred_at=at.isoformat(), **whose))
    assert status(world, account) == found


def test_a_person_without_accounts_here_takes_nothing(world: World, account: UUID) -> None:
    store(world, event("nobody", kind="access_revoked", external_user_hash=sha256(b"0").hexdigest()))
    store(world, event("no person", kind="access_revoked"))
    assert status(world, account) == "active"


def test_who_granted_access_and_asks_to_be_forgotten_takes_it_back(world: World) -> None:
    account = granted_by(world, world.account(platform="instagram"))
    other = world.account(platform="instagram")
    own = world.value("select external_account_id from social_accounts where account_id = %s", account)
    store(
        world,
        event("their comment", platform="instagram", external_user_hash=sha256(own.encode()).hexdigest()),
        event("another's", platform="instagram", external_user_hash=sha256(b"other").hexdigest()),
    )
    world.query(
        "insert into ddp.social_deletions (code, platform, external_user_hash)"
        " values ('code-of-a-grantor', 'facebook', %s)",
        PERSON,
    )
    with world.working() as cursor:
        cursor.execute("select ddp.forget_social_person('code-of-a-grantor')")
    kept = world.query("select raw from ddp.social_events where raw is not null")
    assert [row["raw"] for row in kept] == [{"text": "another's"}]
    assert (status(world, account), status(world, other)) == ("reconnect", "active")
    token = "select access_token_encrypted from social_accounts where account_id = %s"
    assert world.value(token, account) is None
    assert world.value("select count(*) from ddp.social_tokens where account_id = %s", account) == 0
    assert world.notices(world.owner_of(account)) == {"social-account-reconnect": 1}


def test_a_publication_is_looked_at_when_the_platform_is_done(world: World) -> None:
    account = world.account(platform="tiktok")
    post, _ = world.unconfirmed(account)
    world.query("update ddp.social_work set due_at = now() + interval '15 minutes' where post_id = %s", post)
    external = world.value("select external_account_id from social_accounts where account_id = %s", account)
    store(world, event("done", platform="tiktok", kind="post_published", external_account_id=external))
    work = world.work(post)
    assert work
    assert work["step"] == "settle"
    assert world.value("select due_at <= clock_timestamp() from ddp.social_work where post_id = %s", post)


def test_a_person_is_forgotten(world: World) -> None:
    person = sha256(b"person").digest()
    store(
        world,
        event("one", external_user_hash=person.hex()),
        event("two", external_user_hash=sha256(b"other").hexdigest()),
    )
    world.query(
        "insert into ddp.social_deletions (code, platform, external_user_hash)"
        " values ('code-of-a-request', 'facebook', %s)",
        person,
    )
    with world.working() as cursor:
        for expected in (1, 0):
            row = cursor.execute("select ddp.forget_social_person('code-of-a-request') as n").fetchone()
            assert row
            assert row["n"] == expected
    kept = world.query("select raw from ddp.social_events where raw is not null")
    assert [row["raw"] for row in kept] == [{"text": "two"}]
