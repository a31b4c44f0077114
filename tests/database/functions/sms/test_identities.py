"""What SMS come from, over HTTP: taken over from the provider, assigned and shared by administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from ddp.errors import Permanent, Transient
from ddp.providers.sms import account
from ddp.providers.sms.account import AccountIdentity
from functions.sms.registers.identity_sync import sync_if_due
from tests.database.functions.messaging import ask
from tests.database.platform import Platform


def identity(number: str = "+12025550188", country: str = "US", **changes: Any) -> AccountIdentity:
    values: dict[str, Any] = {
        "kind": "toll_free",
        "message_type": "promotional",
        "status": "active",
        "is_two_way": True,
        "manages_opt_outs": True,
        "parts_per_second": 3.0,
        "daily_cap": None,
        "provider_arn": "arn:aws:sms-voice:eu-central-1:123456789012:phone-number/1",
    }
    return AccountIdentity(identity=number, country=country, **(values | changes))


SENDER_ID: dict[str, Any] = {
    "kind": "sender_id",
    "message_type": None,
    "is_two_way": False,
    "manages_opt_outs": False,
    "parts_per_second": 10.0,
}

Lists = Callable[..., dict[str, Any]]


@pytest.fixture
def lists(sms: Platform, monkeypatch: pytest.MonkeyPatch) -> Lists:
    """Let the provider list these identities, and take them over."""

    def sync(*identities: AccountIdentity) -> dict[str, Any]:
        monkeypatch.setattr(account, "identities", lambda: iter(identities))
        answer = ask(sms, "admin", "POST", "/origination-identities/sync")
        assert answer.status == 200, answer
        return answer.body

    return sync


def listed(sms: Platform, user: str = "admin", **filters: object) -> list[dict[str, Any]]:
    answer = ask(sms, user, "GET", "/origination-identities", **filters)
    assert answer.status == 200, answer
    return answer.body["items"]


def change(sms: Platform, row: dict[str, Any], user: str = "admin", **fields: object) -> Any:
    return ask(sms, user, "PATCH", f"/origination-identities/{row['origination_identity_id']}", fields)


def test_what_the_account_has_is_taken_over_and_what_it_lost_is_gone(sms: Platform, lists: Lists) -> None:
    number, watches = identity(), identity("Watches", "FR", **SENDER_ID)
    assert lists(number, watches) == {"found": 2, "added": 2, "gone": 0}
    assert lists(number, watches) == {"found": 2, "added": 0, "gone": 0}
    french, american = listed(sms)
    assert (french["identity"], french["is_type_open"], french["message_type"]) == (
        "Watches",
        True,
        "promotional",
    )
    assert "provider_arn" not in american
    assert change(sms, french, message_type="transactional").body["message_type"] == "transactional"
    assert lists(watches) == {"found": 1, "added": 0, "gone": 1}
    french, american = listed(sms)
    assert (french["message_type"], american["status"]) == ("transactional", "gone"), "the choice stays"
    assert lists(watches) == {"found": 1, "added": 0, "gone": 0}
    assert lists(identity(status="pending"), watches)["found"] == 2
    assert listed(sms, country="US")[0]["status"] == "pending"
    trail = ask(sms, "admin", "GET", "/audit-logs", record_id=american["origination_identity_id"]).body[
        "items"
    ]
    assert [each["action"] for each in trail] == ["UPDATE", "UPDATE", "INSERT"], (
        "nothing for what only was seen again"
    )


def test_rates_follow(sms: Platform, lists: Lists) -> None:
    buckets = (
        "select bucket, per_second, daily_left, daily_left_of = (now() at time zone 'UTC')::date"
        " from ddp.rate_buckets where bucket in ('sms:+12025550188', 'sms:FR:Watches') order by bucket"
    )
    lists(
        identity(daily_cap=2000),
        identity(country="CA", parts_per_second=1.0),
        identity("Watches", "FR", **SENDER_ID),
    )
    assert sms.query(buckets) == [
        ("sms:+12025550188", 1.0, 2000.0, True),
        ("sms:FR:Watches", 10.0, None, None),
    ]
    sms.query("update ddp.rate_buckets set daily_left = 7 where bucket = 'sms:+12025550188' returning 1")
    lists(identity(daily_cap=2000, parts_per_second=5.0))
    assert sms.query(buckets)[0] == ("sms:+12025550188", 5.0, 7.0, True), "what is left of the day stays"
    sms.query(
        "update ddp.rate_buckets set daily_left_of = daily_left_of - 1 where daily_left = 7 returning 1"
    )
    sms.query("select ddp.keep_sms_buckets()")
    assert sms.query(buckets)[0] == ("sms:+12025550188", 5.0, 2000.0, True), "and is renewed each day"
    lists(identity(parts_per_second=5.0))
    assert sms.query(buckets)[0] == ("sms:+12025550188", 5.0, None, None), "no cap any more"


def test_accounts_see_and_use_their_own_and_shared_ones(sms: Platform, lists: Lists) -> None:
    lists(
        identity(),
        identity("+12025550189"),
        identity("+12025550190", is_two_way=False),
        identity("+12025550191", is_two_way=False),
    )
    by_name = {each["identity"]: each for each in listed(sms)}
    assert listed(sms, "brand") == [], "nobody's until it is assigned or shared"
    origin = "select identity from ddp.origin_for(%s, 'US', 'promotional')"
    brand = sms.users["brand"]
    assert sms.query(origin, brand) == [(None,)]
    for name in ("+12025550190", "+12025550189"):
        assert change(sms, by_name[name], is_shared=True).status == 200
    assert sms.query(origin, brand) == [("+12025550189",)], "one that hears answers comes first"
    assert change(sms, by_name["+12025550191"], assigned_to_user_id=str(brand)).status == 200
    assert sms.query(origin, brand) == [("+12025550191",)], "an own one comes first, even so"
    assert sms.query(origin, sms.users["rival"]) == [("+12025550189",)]
    assert [each["identity"] for each in listed(sms, "brand")] == [
        "+12025550189",
        "+12025550190",
        "+12025550191",
    ]
    assert [each["identity"] for each in listed(sms, "rival")] == ["+12025550189", "+12025550190"]
    own = f"/origination-identities/{by_name['+12025550191']['origination_identity_id']}"
    assert ask(sms, "rival", "GET", own).code == "origination-identity-not-found"
    assert ask(sms, "brand", "GET", own).status == 200
    lists(identity("+12025550191", status="pending"), identity("+12025550189", message_type="transactional"))
    assert sms.query(origin, brand) == [(None,)], "not registered, of the other type, gone"
    assert sms.query("select identity from ddp.origin_for(%s, 'US', 'transactional')", brand) == [
        ("+12025550189",)
    ]


def test_india_needs_an_entity(sms: Platform, lists: Lists) -> None:
    lists(identity("WATCHS", "IN", **SENDER_ID))
    (row,) = listed(sms)
    origin = "select identity from ddp.origin_for(%s, 'IN', 'promotional')"
    change(sms, row, is_shared=True)
    assert sms.query(origin, sms.users["brand"]) == [(None,)]
    change(sms, row, dlt_entity_id="1101")
    assert sms.query(origin, sms.users["brand"]) == [("WATCHS",)]


def test_what_administrators_may_not(sms: Platform, lists: Lists) -> None:
    lists(identity(), identity("Watches", "FR", **SENDER_ID))
    french, american = listed(sms)
    assert change(sms, american, user="brand", is_shared=True).code == "not-an-admin"
    assert change(sms, american, message_type="transactional").code == "message-type-fixed"
    assert (
        change(sms, american, is_shared=True, assigned_to_user_id=str(sms.users["brand"])).code
        == "shared-and-assigned"
    )
    assert change(sms, american, assigned_to_user_id=str(uuid4())).code == "user-not-found"
    for wrong in (
        {},
        {"is_shared": None},
        {"is_shared": 1},
        {"opt_out_words": ""},
        {"opt_out_words": "x" * 101},
        {"contact": "a\nb"},
        {"identity": "+1"},
        {"status": "active"},
        {"assigned_to_user_id": "me"},
    ):
        assert change(sms, american, **wrong).status == 422, wrong
    words = {"opt_out_words": "STOP au 36111", "contact": "help@example.com"}
    kept = change(sms, french, **words).body
    assert words.items() <= kept.items()
    assert change(sms, french, opt_out_words=None).body["opt_out_words"] is None
    assert ask(sms, "admin", "PATCH", f"/origination-identities/{uuid4()}", words).status == 404


def test_who_may_not_ask_the_provider(sms: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> Iterator[AccountIdentity]:
        raise AssertionError("the provider was asked")

    monkeypatch.setattr(account, "identities", asked)
    for user, status in (("brand", 403), (None, 401)):
        assert ask(sms, user, "POST", "/origination-identities/sync").status == status


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Transient("no answer"), 503, "provider-unavailable"),
        (Permanent("AccessDenied"), 409, "provider-refused"),
    ],
)
def test_a_list_that_breaks_off_changes_nothing(
    sms: Platform, lists: Lists, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    lists(identity(), identity("+12025550189"))

    def breaks_off() -> Iterator[AccountIdentity]:
        yield identity()
        raise error

    monkeypatch.setattr(account, "identities", breaks_off)
    answer = ask(sms, "admin", "POST", "/origination-identities/sync")
    assert (answer.status, answer.code) == (status, code)
    assert {each["status"] for each in listed(sms)} == {"active"}


def test_a_worker_takes_them_over_once_a_day(sms: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[list[AccountIdentity] | Exception] = [
        Transient("no answer"), [identity(status="pending")], [identity()], [],
    ]  # fmt: skip

    def asked() -> Iterator[AccountIdentity]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return iter(answer)

    def work(after: str, deadline: float = 1e12) -> bool:
        sms.query(
            f"update ddp.opt_out_work set began_at = began_at - interval '{after}',"
            f" ended_at = ended_at - interval '{after}' where kind = 'identities' returning 1"
        )
        sms.login("ddp_worker")
        return sync_if_due(deadline=deadline)

    monkeypatch.setattr(account, "identities", asked)
    sms.query(
        "update ddp.opt_out_work set began_at = null, ended_at = null where kind = 'identities' returning 1"
    )
    assert not work("0", deadline=0), "not at the end of a run"
    assert not work("0"), "the provider did not answer"
    assert [work("59 minutes"), work("2 minutes"), work("23 hours")] == [False, True, False]
    assert listed(sms)[0]["status"] == "pending"
    assert work("2 hours"), "a day is over"
    assert listed(sms)[0]["status"] == "active"
    assert not work("25 hours")
    assert listed(sms)[0]["status"] == "active", "only administrators let all of them go"
    assert answers == []


def test_an_administrator_who_asks_leaves_nothing_to_the_worker(sms: Platform, lists: Lists) -> None:
    sms.query(
        "update ddp.opt_out_work set began_at = null, ended_at = null where kind = 'identities' returning 1"
    )
    lists(identity())
    sms.login("ddp_worker")
    assert not sync_if_due(deadline=1e12)


def test_identities_in_pages(sms: Platform, lists: Lists) -> None:
    lists(identity("54321"), identity("54321", "CA"), identity("12345", kind="short_code"))
    found, query = [], {"limit": 1}
    while True:
        page = ask(sms, "admin", "GET", "/origination-identities", **query).body
        found += [(each["country"], each["identity"]) for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query |= {"cursor": page["next_cursor"]}
    assert found == [("CA", "54321"), ("US", "12345"), ("US", "54321")]
    assert len(listed(sms, kind="short_code")) == 1
    assert listed(sms, status="gone") == []
