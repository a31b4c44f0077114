"""Lists that used to end silently at 50 or 500: walked one by one, they have each item once and in the same order."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("made", "user"),
    [
        (made_exports, "retailer"),
        (made_test_sends, "retailer"),
        (made_senders, "admin"),
        (made_identities, "admin"),
    ],
)
def test_a_list_that_is_walked_one_by_one_is_whole(mailing, made, user):
    path = made(mailing)
    whole = mailing.ask(user, "GET", path, limit=100).body
    assert len(whole["items"]) >= 3
    assert whole["next_cursor"] is None
    walked, cursor = [], {}
    while True:
        page = mailing.ask(user, "GET", path, limit=1, **cursor).body
        walked += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert walked == whole["items"]
