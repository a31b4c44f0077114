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
    with world.working() as cursor:
        for expected in (1, 0):
            row = cursor.execute("select ddp.match_social_events() as n").fetchone()
            assert row
            assert row["n"] == expected
    assert due(world, post)
    assert statuses(world) == ["applied"]


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
