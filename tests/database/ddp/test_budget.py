"""The budget of requests at the edge: what counts, what it is answered with, and what it does not hold up."""

from __future__ import annotations

import pytest

from tests import lambdas  # first: the environment that functions read when imported

# isort: split

from ddp import db, edge
from ddp.errors import Conflict, Unavailable
from ddp.refusals import budget

app = edge.resolver()


@app.get("/things")
def things() -> dict[str, str]:
    with edge.as_caller(app) as cursor:
        cursor.execute("select 1")
    with edge.as_caller(app) as cursor:
        cursor.execute("select 2")
    return {}


@app.get("/conflict")
def conflict() -> dict[str, str]:
    with edge.as_caller(app) as cursor:
        cursor.execute("select 1")
        raise Conflict("Not now.")


@app.get("/numbers/<number>")
def number(number: int) -> dict[str, int]:
    return {"number": number}


@app.get("/gone")
def gone() -> dict[str, str]:
    raise Unavailable("Later.")


@pytest.fixture(autouse=True)
def small(platform, monkeypatch):
    """A burst of three, of which one comes back in 100 s: no test depends on how fast it runs."""
    platform.login("ddp_api")
    monkeypatch.setattr(budget, "RATE", 0.01)
    monkeypatch.setattr(budget, "BURST", 3)


@pytest.fixture
def ask(platform):
    def ask(path: str, user: str | None = "brand", **headers: str) -> lambdas.Answer:
        caller = lambdas.claims(platform.users[user]) if user else None
        event = lambdas.http_event("GET", path, caller=caller, headers=headers)
        return lambdas.answer(edge.handle(app, event, lambdas.Context()))

    return ask


def spend(platform, user: str = "brand") -> None:
    """Leave nothing of a user's budget."""
    platform.run(
        "insert into ddp.request_budgets (account_id, minute, full_at)"
        " values (%s, date_trunc('minute', clock_timestamp()), clock_timestamp() + interval '300 s')"
        " on conflict (account_id, minute) do update set full_at = excluded.full_at",
        platform.users[user],
    )


def charged(platform) -> list[str]:
    """The users who have used something of their budget."""
    rows = platform.query("select distinct account_id from ddp.request_budgets")
    return [name for name, user_id in platform.users.items() if (user_id,) in rows]


def remaining(answer: lambdas.Answer) -> int:
    name, _, rest = answer.headers["RateLimit"].partition(";r=")
    assert name == '"account"'
    return int(rest.partition(";")[0])


def test_answers_say_how_the_budget_stands(ask):
    first = ask("/things")
    assert first.status == 200
    assert first.headers["RateLimit-Policy"] == '"account";q=3;w=300'
    assert first.headers["RateLimit"] == '"account";r=2;t=100'
    assert "Retry-After" not in first.headers


def test_over_it_is_a_problem_with_retry_after(ask, platform):
    spend(platform)
    answer = ask("/things")
    assert (answer.status, answer.code, answer.body["title"]) == (
        429,
        "over-request-budget",
        "Too many requests",
    )
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["RateLimit"] == '"account";r=0;t=300'
    assert answer.body["request_id"]


def test_a_request_of_several_transactions_counts_once(ask):
    assert remaining(ask("/things")) == 2


@pytest.mark.parametrize(
    ("path", "status"), [("/conflict", 409), ("/numbers/x", 422), ("/nothing", 404), ("/numbers/1", 200)]
)
def test_what_fails_and_what_needs_no_database_counts_too(ask, platform, path, status):
    answer = ask(path)
    assert (answer.status, remaining(answer)) == (status, 2)
    spend(platform)
    assert ask(path).status == 429


def test_a_flood_on_one_account_leaves_others_alone(ask, platform):
    spend(platform)
    assert ask("/things").status == 429
    assert (ask("/things", "rival").status, ask("/things", "retailer").status) == (200, 200)


def test_what_the_block_would_do_is_not_done(ask, platform):
    spend(platform)
    with (
        pytest.raises(budget.OverBudget),
        db.transaction(
            edge.auth.Claims(
                subject=platform.users["brand"], document=f'{{"sub": "{platform.users["brand"]}"}}'
            ),
            prelude=budget.Charge().prelude(),
        ),
    ):
        raise AssertionError("the block ran")
    assert db._connection.info.transaction_status == 0, "nothing is left open for the next event"


def test_administrators_and_public_routes_have_no_budget(ask, platform):
    for user in ("admin", None):
        headers = ask("/numbers/1", user).headers
        assert not {"RateLimit", "RateLimit-Policy", "Retry-After"} & set(headers)
    assert charged(platform) == []


def test_the_account_that_the_request_names_is_charged(ask, platform):
    """One that the caller is not a member of is refused, and the caller charged."""
    account = str(platform.users["rival"])
    assert ask("/things", **{"x-ddp-account": account}).status == 403
    assert charged(platform) == ["brand"]


def test_without_a_database_nothing_is_asked_of_it_twice(ask, monkeypatch):
    def unreachable(*_args, **_options):
        raise AssertionError("asked again")

    monkeypatch.setattr(db, "transaction", unreachable)
    assert ask("/gone").status == 503


def test_a_request_that_takes_long_holds_up_no_other_of_its_account(ask, platform):
    """The account's row is locked while a token is taken, not while the request works."""
    person = edge.auth.Claims(
        subject=platform.users["brand"], document=lambdas.json.dumps(lambdas.claims(platform.users["brand"]))
    )
    with db.transaction(person, prelude=budget.Charge().prelude()) as cursor:
        cursor.execute("select 1")
        with platform.database.connect("ddp_api") as other:
            other.execute("set lock_timeout = '1s'")
            with other.transaction():
                other.execute(
                    "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)",
                    [person.document],
                )
                assert other.execute("select ddp.take_request(0.01, 3)").fetchone() == (1,)


def test_who_was_told_to_wait_is_refused_without_a_look_into_the_database(ask, platform, monkeypatch):
    now = 1_000.0
    monkeypatch.setattr(budget.time, "monotonic", lambda: now)
    spend(platform)
    first = ask("/things")
    platform.run("delete from ddp.request_budgets")
    with monkeypatch.context() as patch:
        patch.setattr(db, "transaction", lambda *_args, **_options: pytest.fail("it looked"))
        again = ask("/numbers/1")
    assert (again.status, again.code, again.headers["Retry-After"]) == (429, "over-request-budget", "1")
    assert again.headers["RateLimit"] == first.headers["RateLimit"]
    assert ask("/things", "rival").status == 200, "it is about nobody else"
    now += 1
    assert ask("/things").status == 200


def test_of_those_who_wait_only_so_many_are_remembered(ask, platform, monkeypatch):
    monkeypatch.setattr(budget, "_MOST_WAITING", 2)
    for user in ("brand", "rival", "retailer"):
        spend(platform, user)
        assert ask("/things", user).status == 429
    assert len(budget._waiting) <= 2


def test_a_rate_of_nothing_limits_nobody(ask, platform, monkeypatch):
    monkeypatch.setattr(budget, "RATE", 0)
    assert "RateLimit" not in ask("/things").headers
    assert charged(platform) == []
