"""Lists that used to end silently at 50 or 500: each item is on one page, and in the same order."""

from __future__ import annotations

import json

import pytest


def made_exports(mailing) -> str:
    path = f"/email-campaigns/{mailing.sent()}/exports"
    for kind in ("recipients", "rejections", "recipients"):
        assert mailing.ask("retailer", "POST", path, {"kind": kind}).status == 202
    return path


def made_test_sends(mailing) -> str:
    message = mailing.draft()
    addresses = [f"{name}@example.com" for name in ("ann", "bob", "eve")]
    assert (
        mailing.ask("retailer", "POST", f"/email-campaigns/{message}/test", {"recipients": addresses}).status
        == 202
    )
    return f"/email-campaigns/{message}/tests"


def made_senders(mailing) -> str:
    mailing.platform.query(
        "insert into senders (user_id, channel, paused_at, pause_code, pause_reason) select user_id, 'email',"
        " p, case when p is not null then 'complaints' end, case when p is not null then 'Many.' end"
        " from (select user_id, case when user_name < 'r' then now() end as p from users where user_type <> 'admin') u"
        " on conflict do nothing returning 1"
    )
    return "/senders"


def made_identities(mailing) -> str:
    mailing.platform.query(
        "insert into sender_identities (identity, created_by_user_id, status)"
        " select name, user_id, 'verified' from users, unnest(array['a.example', 'b.example']) name"
        " where user_type <> 'brand' returning 1"
    )
    return "/sender-identities"


def walked(mailing, user: str, path: str, limit: int) -> list[dict[str, object]]:
    items, cursor = [], {}
    while True:
        page = mailing.ask(user, "GET", path, limit=limit, **cursor).body
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize(
    ("made", "user", "limit"),
    [
        (made_exports, "retailer", 1),
        (made_test_sends, "retailer", 1),
        (made_senders, "admin", 7),
        (made_identities, "admin", 7),
    ],
)
def test_a_list_is_whole_whatever_the_length_of_its_pages(mailing, made, user, limit):
    path = made(mailing)
    whole = walked(mailing, user, path, 100)
    assert len(whole) > limit
    assert len({json.dumps(item) for item in whole}) == len(whole)
    assert walked(mailing, user, path, limit) == whole
