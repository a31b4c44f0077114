"""Two processes renew the tokens of one account, over connections of their own: the platform hears one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.database.faults.chaos import Killed
from tests.database.faults.social.stages import RECONCILE, TOKENS
from tests.database.faults.social.tenants import Account
from tests.database.faults.social.world import Make, World

DUE = "update ddp.social_tokens set refresh_due_at = now() where account_id = %s"
REFUSED = "update ddp.social_tokens set refused_at = clock_timestamp() where account_id = %s"


@pytest.fixture
def calm(world: Make) -> Iterator[World]:
    """A world without accidents."""
    made = world(0, 0)
    yield made
    made.close()


@pytest.fixture
def account(calm: World) -> Account:
    """An account whose refresh tokens work once, and are due to be renewed."""
    made = calm.tenants._account(calm.ledger.user(), "twitter", "user")
    calm.ledger.query(DUE, made.account_id)
    return made


def during_the_call(calm: World, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    """Do something while the platform has the first call, in another process."""
    answer, done = calm.network._answer, []

    def answered(*of: object) -> object:
        if not done:
            done.append(True)
            calm.is_nested = True
            mine = calm._swap_connection()
            what()
            calm._swap_connection(mine)
        return answer(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(type(calm.network), "_answer", lambda _, *of: answered(*of))


def status(calm: World, account: Account) -> str:
    statement = "select status::text from social_accounts where account_id = %s"
    return str(calm.ledger.value(statement, account.account_id))


def test_another_process_makes_no_second_call(
    calm: World, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    during_the_call(calm, monkeypatch, lambda: calm.run(TOKENS))
    calm.run(TOKENS)
    calm.run(TOKENS)
    assert calm.broken == []
    assert list(calm.platforms.refreshes.values()) == [1]
    assert status(calm, account) == "active"


def test_a_publisher_that_needs_a_token_now_makes_no_second_call(
    calm: World, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.social import tokens

    def publisher() -> None:
        calm.ledger.query(REFUSED, account.account_id)
        tokens.refresh_due(account.account_id, limit=1, account_ids=[account.account_id])

    during_the_call(calm, monkeypatch, publisher)
    calm.run(TOKENS)
    assert list(calm.platforms.refreshes.values()) == [1]


def test_after_a_crash_the_old_token_is_tried_once_and_then_its_owner_is_told(
    calm: World, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = type(calm.network)._answer

    def dies(*of: object) -> object:
        answer(*of)  # type: ignore[arg-type]
        calm.chaos.is_dead = True
        raise Killed("after the platform renewed")

    with monkeypatch.context() as dying:
        dying.setattr(type(calm.network), "_answer", dies)
        calm.run(TOKENS)
    calm.queues.lose(TOKENS)
    calm.chaos.restart()
    for _ in range(3):
        calm.pass_time(130)
        calm.run(TOKENS)
        calm.run(RECONCILE)
    assert list(calm.platforms.refreshes.values()) == [2]
    assert status(calm, account) == "reconnect"
    assert "social-account-reconnect" in calm.ledger.notices(account.user_id)
