"""Each HTTP list of figures in each scope and order, among 1 M files; floor: the best hand-written query."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from typing import Any

from ddp.queries import load
from ddp.queries.analytics.declarations import Scope, Sort
from ddp.queries.analytics.lists import Ask, parameters, statement
from ddp.queries.analytics.reports import Caller
from functions.analytics.asking import asked
from functions.analytics.listings import FIGURES
from tests import lambdas  # first: the environment that functions read when imported
from tests.benchmarks.lists.asking import OWN, SHARED, Query, Values, compare_among
from tests.benchmarks.measure import Row, alternate, percentile
from tests.database.servers import Database

FILES = int(os.environ.get("DDP_BENCH_FILES", "1_000_000"))
BRANDS, PAGE, ROUNDS = 200, 50, 40
SCALE = {"files": FILES, "brands": BRANDS, "retailers": FILES // 50, "others": FILES // 5, "few": FILES // 20}
SEEDS = (
    "users",
    "members",
    "files",
    "file_access",
    "file_shares",
    "file_stats",
    "campaigns",
    "campaign_stats",
    "participants",
    "email_campaigns",
    "email_campaign_stats",
    "sms_campaigns",
    "social_accounts",
    "social_posts",
    "products",
    "sessions",
    "collections",
    "days",
    "scores",
    "models",
    "regional_wishes",
    "assets",
    "activity",
)
SQL = load(__file__)

# What a caller's query by hand has in place of what lists ask.
BY_HAND = {
    "%(my_type)s = 'retailer'": "true",
    "%(my_type)s <> 'retailer'": "false",
    "%(my_type)s = 'admin'": "true",
}
DAYS_OF_USER = "d.entity_type = 'user' and d.entity_id = %(me)s"
CALLERS: dict[Scope, str] = {"own": "brand", "visible": "retailer", "all": "admin"}
# What others send for a brand's campaigns is seen by the brand.
BRANDS_SEE = {"email-campaigns", "sms-campaigns", "social-posts"}
# Of a retailer alone; and what only an account's own members see.
OWN_LISTS = {("sessions", "visible"), ("users", "visible"), ("wish-lists", "visible")}


def rows() -> Iterator[Row]:
    """First pages of fifty, and how long their HTTP function takes for all of them."""
    yield from compare_among(SQL, SEEDS, SCALE, _queries, _over_http)


def _over_http(database: Database, subjects: Values) -> Iterator[Row]:
    """The list whose 95th percentile is the longest, as the deployed function answers it, without the gateway."""
    os.environ["DATABASE_URL"] = database.client_url("ddp_api")
    http = importlib.import_module("functions.analytics.http")
    slowest, of = 0.0, ""
    for query in _queries(subjects):
        scope, name, _, sort = query.what.split(": ")[1].split()
        caller = lambdas.claims(query.parameters["me"])
        event = lambdas.http_event(
            "GET", f"/analytics/{name}", caller=caller, scope=scope, sort=sort, limit=PAGE
        )

        def ask(event: dict[str, Any] = event) -> None:
            answer = lambdas.answer(http.handler(event, lambdas.Context()))
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {answer.body}")

        ask()  # imports, and connects
        (times,) = alternate([ask], rounds=ROUNDS)
        if (p95 := percentile(times, 95)) > slowest:
            slowest, of = p95, f"{scope} {name} by {sort}"
    yield Row(
        what=f"p95 of the slowest list over HTTP, without the gateway ({of}); floor: 150 ms",
        measured=slowest,
        floor=0.150,
        target=1.0,
    )


def _queries(subjects: Values) -> Iterator[Query]:
    for name, figures in FIGURES.items():
        for scope, caller in CALLERS.items():
            for sort in figures.listing.sorts:
                if (
                    scope in sort.scopes
                    and scope in figures.listing.reasons
                    and (name, scope) not in OWN_LISTS
                ):
                    who = "brand" if scope == "visible" and name in BRANDS_SEE else caller
                    yield _query(name, scope, who, sort, subjects)


def _query(name: str, scope: Scope, caller: str, sort: Sort, subjects: Values) -> Query:
    who = Caller(account_id=subjects[caller], account_type=caller, as_of=None)
    ask = asked(FIGURES[name], scope=scope, since=None, until=None, sort=sort.column, order=None, filters={})
    return Query(
        what=f"{caller}: {scope} {name} by {sort.column}",
        target=SHARED if scope == "visible" else OWN,
        ruled=statement(ask, "with value", None),
        by_hand=_by_hand(name, ask),
        parameters={**parameters(ask, who, None), "limit": PAGE + 1},
        is_list=name != "daily",
    )


def _by_hand(name: str, ask: Ask) -> bytes:
    """The list's statement, with the rights as conditions."""
    text = (SQL.days if name == "daily" else statement(ask, "with value", None)).decode()
    if ask.scope == "all":
        text = text.replace(DAYS_OF_USER, "d.entity_type = 'platform'")
    for asked_for, by_hand in BY_HAND.items():
        text = text.replace(asked_for, by_hand)
    return text.encode()
