"""Accounts: connected once, their tokens renewed by one call, disconnected without a trace of a secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import psycopg
import pytest

from ddp.queries.social import accounts, connections, tokens
from ddp.queries.social.accounts import Connected
from ddp.queries.social.tokens import NewTokens
from tests.database.social.world import LEASE, World, refused

STATE = sha256(b"state").digest()


def connected(world: World, account_id: UUID, external_id: str = "page", **changes: object) -> Connected:
    values = {
        "account_id": account_id,
        "external_account_id": external_id,
        "account_kind": "page",
        "account_handle": "shop",
        "account_name": "Shop",
        "access_token_encrypted": "access",
        "access_expires_at": world.value("select now() + interval '1 hour'"),
        "refresh_token_encrypted": "refresh",
        "scopes": ["publish"],
    }
    return Connected(**(values | changes))  # type: ignore[arg-type]


def token(world: World, account_id: UUID) -> dict[str, object]:
    return world.query("select * from ddp.social_tokens where account_id = %s", account_id)[0]


def account_of(world: World, account_id: UUID) -> dict[str, object]:
    return world.query("select * from social_accounts where account_id = %s", account_id)[0]


def test_an_account_is_connected_and_connected_again(world: World) -> None:
    brand, account_id = world.user(), uuid4()
    with world.acting(brand) as cursor:
        (row,) = accounts.connect(cursor, "facebook", [connected(world, account_id)])
        assert (row["account_id"], row["status"]) == (account_id, "active")
    with world.working() as cursor:
        tokens.expired(cursor, account_id, reason="Revoked.")
    assert account_of(world, account_id)["status_reason"] == "Revoked."
    with world.acting(brand) as cursor:
        assert accounts.known(cursor, "facebook", ["page", "other"]) == {"page": account_id}
        accounts.connect(cursor, "facebook", [connected(world, account_id, account_handle="renamed")])
        assert accounts.credentials(cursor, account_id).refresh_token_encrypted == "refresh"
    row = account_of(world, account_id)
    assert (row["status"], row["is_active"], row["account_handle"], row["scopes"]) == (
        "active",
        True,
        "renamed",
        ["publish"],
    )
    with pytest.raises(psycopg.Error) as caught, world.acting(brand) as cursor:
        accounts.connect(cursor, "facebook", [connected(world, uuid4())])
    assert refused(caught.value)[:2] == ("PT409", "account-connected")


def trail(world: World, account_id: UUID) -> list[tuple[object, ...]]:
    """What the audit trail says of an account: the person, and its status before and after."""
    rows = world.query(
        "select changed_by, old_values ->> 'status' as before, new_values ->> 'status' as after from audit_logs"
        " where table_name = 'social_accounts' and record_id = %s order by changed_at",
        account_id,
    )
    return [tuple(row.values()) for row in rows]


def test_the_audit_trail_has_what_people_do_to_an_account_and_not_what_workers_do(world: World) -> None:
    brand, account_id = world.user(), uuid4()
    for _ in range(2):
        with world.acting(brand) as cursor:
            accounts.connect(cursor, "facebook", [connected(world, account_id)])
        with world.working() as cursor:
            tokens.expired(cursor, account_id, reason="Revoked.")
    for _ in range(2):
        with world.acting(brand) as cursor:
            accounts.disconnect(cursor, account_id, posts="hold")
    with world.acting(brand) as cursor:
        accounts.connect(cursor, "facebook", [connected(world, account_id)])
    assert trail(world, account_id) == [
        (brand, None, "active"),
        (brand, "reconnect", "active"),
        (brand, "reconnect", "disconnected"),
        (brand, "disconnected", "active"),
    ]


def test_two_tenants_may_connect_the_same_page(world: World) -> None:
    for user in (world.user(), world.user()):
        with world.acting(user) as cursor:
            accounts.connect(cursor, "facebook", [connected(world, uuid4())])


@pytest.mark.parametrize(
    "call",
    ["connect_social_accounts(%(user)s, 'facebook', '[]')", "social_account_ids(%(user)s, 'facebook', '{}')",
     "social_credentials(%(account)s)", "social_connection(%(account)s)", "social_grant_is_shared(%(account)s)",
     "end_social_connection(%(account)s, '[]')",
     "open_social_connection(%(user)s, 'facebook', sha256('x'), 'x', 'x', gen_random_uuid())"],
)  # fmt: skip
def test_ciphertext_never_reaches_a_browser(world: World, account: UUID, call: str) -> None:
    user = world.owner_of(account)
    with pytest.raises(psycopg.Error) as caught, world.acting(user, browser=True) as cursor:
        cursor.execute(f"select ddp.{call}".encode(), {"user": user, "account": account})
    assert refused(caught.value)[:2] == ("PT403", "http-only")


def test_credentials_of_others(world: World, account: UUID) -> None:
    from ddp.errors import NotFound

    with pytest.raises(NotFound), world.acting(world.user()) as cursor:
        accounts.credentials(cursor, account)


@pytest.mark.parametrize(("way", "status"), [("cancel", "cancelled"), ("hold", "scheduled")])
def test_disconnecting_forgets_tokens_and_cancels_or_holds_posts(
    world: World, account: UUID, way: str, status: str
) -> None:
    waiting, out = world.post(account), world.post(account, status="published")
    with world.acting(world.owner_of(account)) as cursor:
        accounts.disconnect(cursor, account, posts=way)
    row = account_of(world, account)
    assert (row["status"], row["is_active"], row["access_token_encrypted"]) == ("disconnected", False, None)
    assert world.query("select from ddp.social_tokens") == []
    assert (world.status(waiting), world.status(out)) == (status, "published")
    assert world.begin(waiting) == []


# Tokens.


def claim(
    world: World, worker: UUID | None = None, account_ids: list[UUID] | None = None
) -> list[tokens.Refresh]:
    with world.working() as cursor:
        return tokens.claim(
            cursor, limit=10, worker=worker or world.worker, lease=LEASE, account_ids=account_ids
        )


def start(world: World, account: UUID, worker: UUID | None = None) -> datetime | None:
    with world.working() as cursor:
        return tokens.start(cursor, account, worker=worker or world.worker)


def store(world: World, account: UUID, started_at: datetime, access: str = "new") -> bool:
    new = NewTokens(
        access=access, access_expires_at=world.value("select now() + interval '2 hours'"), refresh="next"
    )
    with world.working() as cursor:
        return tokens.store(cursor, account, new, started_at=started_at)


def due(world: World) -> None:
    world.owner.execute("update ddp.social_tokens set refresh_due_at = now()")


@pytest.mark.parametrize(
    ("life", "before_the_end"),
    [
        ("1 hour", "12 minutes"),
        ("2 hours", "24 minutes"),
        ("20 minutes", "10 minutes"),
        ("60 days", "7 days"),
    ],
)
def test_tokens_are_renewed_by_their_stated_life(world: World, life: str, before_the_end: str) -> None:
    at = "2026-11-30 00:00+00"
    found = world.value("select ddp.refresh_due(%s, %s::timestamptz + %s::interval)", at, at, life)
    assert found == world.value(
        "select %s::timestamptz + %s::interval - %s::interval", at, life, before_the_end
    )
    assert world.value("select ddp.refresh_due(now(), null)") is None


def test_two_refreshers_make_one_call(world: World, account: UUID) -> None:
    due(world)
    one, other = world.login("ddp_worker"), world.login("ddp_worker")
    with world.working(one) as first, world.working(other) as second:
        claims = [tokens.claim(c, limit=10, worker=uuid4(), lease=LEASE) for c in (first, second)]
    one.close()
    other.close()
    assert [len(found) for found in claims] == [1, 0]
    assert claim(world) == []
    assert start(world, account) is None, "another worker has claimed it"


def test_a_new_pair_is_stored_before_it_is_used(world: World, account: UUID) -> None:
    due(world)
    (one,) = claim(world)
    assert (one.refresh_token_encrypted, one.is_second_try) == ("refresh", False)
    started_at = start(world, account)
    assert started_at
    assert store(world, account, started_at)
    row = token(world, account)
    assert (row["refresh_token_encrypted"], row["refresh_starts"], row["refresh_claimed_by"]) == (
        "next",
        0,
        None,
    )
    assert account_of(world, account)["access_token_encrypted"] == "new"
    assert not store(world, account, started_at, "stale"), "a newer pair is there"
    assert account_of(world, account)["access_token_encrypted"] == "new"


def test_after_a_crash_the_old_token_is_tried_once(world: World, account: UUID) -> None:
    for expected in (False, True):
        due(world)
        (one,) = claim(world)
        assert one.is_second_try is expected
        assert start(world, account)
        world.owner.execute("update ddp.social_tokens set refresh_claimed_until = now()")
    due(world)
    assert claim(world) == []
    assert world.reconcile()["reconnects"] == 1
    assert account_of(world, account)["status"] == "reconnect"
    assert world.notices(world.owner_of(account)) == {"social-account-reconnect": 1}
    assert world.reconcile()["reconnects"] == 0


def test_a_pair_that_comes_late_is_not_thrown_away(world: World, account: UUID) -> None:
    due(world)
    claim(world)
    started_at = start(world, account)
    assert started_at
    world.owner.execute("update ddp.social_tokens set refresh_claimed_until = now()")
    with world.working() as cursor:
        tokens.expired(cursor, account, reason="Refused.")
    assert store(world, account, started_at)
    assert account_of(world, account)["status"] == "active"


def test_what_was_not_renewed_is_tried_later(world: World, account: UUID) -> None:
    for _ in range(3):
        due(world)
        assert claim(world)
        assert start(world, account)
        with world.working() as cursor:
            tokens.put_off(cursor, account, worker=world.worker, later=timedelta(minutes=5))
        assert claim(world) == []
    assert token(world, account)["refresh_starts"] == 0


def test_a_token_is_renewed_when_a_platform_refuses_it(world: World, account: UUID) -> None:
    assert claim(world) == []
    assert claim(world, account_ids=[account]) == []
    access = world.value("select access_token_encrypted from social_accounts where account_id = %s", account)
    with world.working() as cursor:
        assert tokens.refused(cursor, account, access, helps=True, reason="Refused.")
    assert len(claim(world, account_ids=[account])) == 1


def test_no_tokens_for_a_disconnected_account(world: World, account: UUID) -> None:
    due(world)
    claim(world)
    started_at = start(world, account)
    assert started_at
    with world.acting(world.owner_of(account)) as cursor:
        accounts.disconnect(cursor, account, posts="hold")
    assert not store(world, account, started_at)
    assert account_of(world, account)["access_token_encrypted"] is None


# Connections.


def opened(world: World, user: UUID, state: bytes = STATE, account_id: UUID | None = None) -> UUID:
    connection_id = uuid4()
    with world.acting(user) as cursor:
        connections.open_connection(
            cursor, connection_id=connection_id, platform="facebook", state_hash=state, verifier_encrypted="verifier",
            return_url="https://app.example/done", account_id=account_id,
        )  # fmt: skip
    return connection_id


def use(world: World, state: bytes = STATE, platform: str = "facebook") -> connections.Returned | None:
    with world.working() as cursor:
        return connections.use(cursor, state, platform=platform)


def test_a_state_works_once(world: World) -> None:
    brand = world.user()
    connection_id = opened(world, brand)
    assert use(world, platform="youtube") is None, "of another platform"
    assert use(world, sha256(b"other").digest()) is None
    found = use(world)
    assert found
    assert (found.connection_id, found.user_id, found.verifier_encrypted) == (
        connection_id,
        brand,
        "verifier",
    )
    assert use(world) is None


def test_a_state_works_for_ten_minutes(world: World) -> None:
    opened(world, world.user())
    world.owner.execute("update ddp.social_connections set expires_at = now() - interval '1 second'")
    assert use(world) is None


def test_a_connection_is_its_users_alone_and_its_secrets_go(world: World) -> None:
    from ddp.errors import NotFound

    brand = world.user()
    connection_id = opened(world, brand)
    use(world)
    with world.working() as cursor:
        assert connections.settle(
            cursor, connection_id, tokens_encrypted="tokens", choices=[{"id": "page"}], granted_scopes=["a"]
        )
    with world.acting(brand) as cursor:
        found = connections.get(cursor, connection_id)
    assert (found.tokens_encrypted, found.choices, found.granted_scopes) == (
        "tokens",
        [{"id": "page"}],
        ["a"],
    )
    with pytest.raises(NotFound), world.acting(world.user()) as cursor:
        connections.get(cursor, connection_id)
    world.owner.execute("update ddp.social_connections set expires_at = now()")
    assert world.reconcile()["connections_forgotten"] == 1
    assert world.query("select tokens_encrypted, verifier_encrypted from ddp.social_connections") == [
        {"tokens_encrypted": None, "verifier_encrypted": None}
    ]


def test_a_connection_that_was_used_keeps_what_was_chosen_and_no_tokens(world: World) -> None:
    brand = world.user()
    connection_id = opened(world, brand)
    use(world)
    with world.working() as cursor:
        connections.settle(cursor, connection_id, tokens_encrypted="tokens", choices=[{"id": "page"}])
    with world.acting(world.user()) as cursor:
        connections.end(cursor, connection_id, [])
    with world.acting(brand) as cursor:
        assert connections.get(cursor, connection_id).tokens_encrypted == "tokens", "ended by somebody else"
        connections.end(cursor, connection_id, [{"id": "page", "account_id": "1"}])
        found = connections.get(cursor, connection_id)
    assert (found.tokens_encrypted, found.choices) == (None, [{"id": "page", "account_id": "1"}])


def test_a_connection_that_is_over_is_seen_without_its_tokens(world: World) -> None:
    brand = world.user()
    connection_id = opened(world, brand)
    use(world)
    with world.working() as cursor:
        connections.settle(cursor, connection_id, tokens_encrypted="tokens")
    world.owner.execute("update ddp.social_connections set expires_at = now()")
    with world.acting(brand) as cursor:
        assert connections.get(cursor, connection_id).tokens_encrypted is None


def test_a_state_that_is_refused_is_used_up(world: World) -> None:
    brand = world.user()
    connection_id = opened(world, brand)
    with world.working() as cursor:
        connections.refuse(cursor, STATE, error_code="foreign-state", error_reason="Begin again.")
    assert use(world) is None
    with world.working() as cursor:
        connections.refuse(cursor, STATE, error_code="other", error_reason="Not again.")
    with world.acting(brand) as cursor:
        found = connections.get(cursor, connection_id)
    assert (found.error_code, found.error_reason) == ("foreign-state", "Begin again.")


def test_an_account_of_before_gets_the_platforms_id(world: World, account: UUID) -> None:
    world.owner.execute("update social_accounts set external_account_id = null, status = 'reconnect'")
    with world.acting(world.owner_of(account)) as cursor:
        accounts.connect(cursor, "facebook", [connected(world, account)])
    row = account_of(world, account)
    assert (row["external_account_id"], row["status"]) == ("page", "active")


def test_a_connection_of_an_account_of_others_is_refused(world: World, account: UUID) -> None:
    with pytest.raises(psycopg.Error) as caught:
        opened(world, world.user(), account_id=account)
    assert refused(caught.value)[:2] == ("PT404", "account-not-found")
    opened(world, world.owner_of(account), account_id=account)
    found = use(world)
    assert found
    assert found.account_id == account


def test_a_tenant_does_not_open_connections_without_end(world: World) -> None:
    brand = world.user()
    for n in range(20):
        opened(world, brand, sha256(bytes([n])).digest())
    with pytest.raises(psycopg.Error) as caught:
        opened(world, brand)
    assert refused(caught.value)[:2] == ("PT429", "too-many-connections")


def test_posts_go_on_when_the_account_is_connected_again(world: World, account: UUID) -> None:
    post = world.post(account)
    with world.working() as cursor:
        tokens.expired(cursor, account, reason="Revoked.")
    assert world.due() == []
    external = account_of(world, account)["external_account_id"]
    with world.acting(world.owner_of(account)) as cursor:
        accounts.connect(cursor, "facebook", [connected(world, account, str(external))])
    assert [step.post_id for step in world.due()] == [post]
