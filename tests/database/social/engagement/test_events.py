"""What platforms tell: each event once, in any order, and never a number."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

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
    assert world.query("select from ddp.social_tokens where account_id = %s", account) == []
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
