"""An administrator has statistics recomputed, and sees how far it is; workers that end leave it to the next refresh."""

from __future__ import annotations

import pytest

from ddp import db
from functions.analytics import refresh
from functions.analytics.routes import recomputation
from tests import lambdas
from tests.database.functions.messaging import ask

PATH = "/analytics/recomputation"


@pytest.fixture
def told(monkeypatch) -> list[str]:
    """What was sent to the queue of refreshes."""
    messages: list[str] = []
    monkeypatch.setattr(recomputation, "tell", lambda _url, bodies: messages.extend(bodies))
    return messages


@pytest.fixture(autouse=True)
def none_under_way(platform):
    platform.run("delete from ddp.recompute_slices")
    platform.run("delete from ddp.recomputation")


def hurried(portions: int) -> lambdas.Context:
    """A context whose time is short after so many portions."""
    left = iter([290_000] * portions)

    class Hurried(lambdas.Context):
        def get_remaining_time_in_millis(self) -> int:
            return next(left, 5_000)

    return Hurried()


def work(platform, portions: int = 10_000) -> None:
    platform.login("ddp_worker")
    answer = refresh.handler(lambdas.sample("analytics/refresh"), hurried(portions))
    assert answer["batchItemFailures"] == []


def test_it_waits_is_under_way_and_ends_however_often_a_worker_is_out_of_time(platform, told):
    never = ask(platform, "admin", "GET", PATH)
    assert never.status == 200
    assert set(never.body.values()) == {None}

    asked = ask(platform, "admin", "POST", PATH)
    assert asked.status == 202
    assert asked.body["requested_by_user_id"] == str(platform.users["admin"])
    assert (asked.body["began_at"], asked.body["slices"], asked.body["slices_left"]) == (None, None, None)
    assert len(told) == 1

    left = []
    for _ in range(200):
        work(platform, portions=3)  # each time another worker, as after a kill
        found = ask(platform, "admin", "GET", PATH).body
        if found["ended_at"]:
            break
        assert 0 < found["slices_left"] <= found["slices"]
        left.append(found["slices_left"])
    assert found["ended_at"]
    assert found["slices_left"] == 0
    assert len(left) > 3
    assert left == sorted(left, reverse=True)


def test_one_that_is_under_way_goes_on(platform, told):
    ask(platform, "admin", "POST", PATH)
    work(platform, portions=5)
    before = ask(platform, "admin", "GET", PATH).body
    again = ask(platform, "admin", "POST", PATH).body
    assert again == before
    assert again["began_at"]
    work(platform)


def test_after_its_end_another_one_begins_anew(platform, told):
    ask(platform, "admin", "POST", PATH)
    work(platform)
    assert ask(platform, "admin", "GET", PATH).body["ended_at"]
    anew = ask(platform, "admin", "POST", PATH).body
    assert (anew["began_at"], anew["ended_at"]) == (None, None)
    work(platform)


def test_an_operators_is_shown_too(platform):
    from functions.maintenance import statistics

    db.close()
    statistics.recompute(platform.database.url, seconds=60)
    found = ask(platform, "admin", "GET", PATH).body
    assert found["requested_by_user_id"] is None
    assert found["ended_at"]


@pytest.mark.parametrize("user", ["brand", "retailer"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_for_administrators(platform, told, user, method):
    answer = ask(platform, user, method, PATH)
    assert (answer.status, answer.body["code"]) == (403, "not-an-admin")
    assert told == []
    assert platform.query("select count(*) from ddp.recompute_slices") == [(0,)]
