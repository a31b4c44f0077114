"""Notices over HTTP: an account's own, read by its members."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.database.functions.messaging import ask
from tests.database.platform import Platform


def notice(platform: Platform, user: str = "brand", day: str = "2026-11-30", **columns: object) -> str:
    names = "".join(f", {name}" for name in columns)
    values = ", %s" * len(columns)
    ((notice_id,),) = platform.query(
        f"insert into notices (user_id, cause, subject_type, subject_id, day{names})"
        f" values (%s, 'social-account-reconnect', 'social_account', %s, %s{values}) returning notice_id",
        platform.users[user], uuid4(), day, *columns.values(),
    )  # fmt: skip
    return str(notice_id)


def listed(platform: Platform, user: str = "brand", **query: object) -> list[str]:
    answer = ask(platform, user, "GET", "/notices", **query)
    assert answer.status == 200, answer
    return [each["notice_id"] for each in answer.body["items"]]


def test_notices_are_listed_and_read(platform: Platform) -> None:
    first = notice(platform, updated_at="2026-11-29T10:00Z")
    second = notice(platform, updated_at="2026-11-30T10:00Z", detail='{"posts": ["x"]}')
    assert listed(platform) == [second, first]
    answer = ask(platform, "brand", "POST", "/notices/read", {"notice_ids": [first, str(uuid4())]})
    assert (answer.status, answer.body) == (200, {"read_count": 1})
    assert (listed(platform, unread="true"), listed(platform, unread="false")) == ([second], [first])
    (shown,) = ask(platform, "brand", "GET", "/notices", unread="true").body["items"]
    assert (shown["cause"], shown["count"], shown["detail"], shown["read_at"]) == (
        "social-account-reconnect",
        1,
        {"posts": ["x"]},
        None,
    )


def test_the_unread_are_counted_whatever_the_page_shows(platform: Platform) -> None:
    notice(platform, read_at="2026-11-30T10:00Z")
    notice(platform, "rival")
    read, _ = notice(platform), notice(platform)
    for query in ({}, {"limit": 1}, {"unread": "false"}):
        assert ask(platform, "brand", "GET", "/notices", **query).body["unread_count"] == 2
    ask(platform, "brand", "POST", "/notices/read", {"notice_ids": [read]})
    assert ask(platform, "brand", "GET", "/notices").body["unread_count"] == 1
    assert ask(platform, "admin", "GET", "/notices").body["unread_count"] == 0


def test_pages_have_every_notice_once(platform: Platform) -> None:
    made = {notice(platform, updated_at="2026-11-29T10:00Z") for _ in range(5)}
    seen: list[str] = []
    cursor: dict[str, object] = {}
    while True:
        page = ask(platform, "brand", "GET", "/notices", limit=2, **cursor).body
        seen += [each["notice_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert (len(seen), set(seen)) == (5, made)


def test_notices_of_others_are_neither_seen_nor_read(platform: Platform) -> None:
    theirs = notice(platform, "rival")
    assert listed(platform) == []
    assert ask(platform, "brand", "POST", "/notices/read", {"notice_ids": [theirs]}).body == {"read_count": 0}
    assert listed(platform, "rival", unread="true") == [theirs]
    assert listed(platform, "admin") == []
    assert ask(platform, None, "GET", "/notices").status == 401


@pytest.mark.parametrize("ids", [[], [str(UUID(int=n)) for n in range(1001)], ["x"]])
def test_what_is_read_must_be_named(platform: Platform, ids: list[str]) -> None:
    assert ask(platform, "brand", "POST", "/notices/read", {"notice_ids": ids}).status == 422


def test_a_repeated_request_gets_the_first_answer(platform: Platform) -> None:
    body = {"notice_ids": [notice(platform)]}
    first = ask(platform, "brand", "POST", "/notices/read", body, key="read")
    again = ask(platform, "brand", "POST", "/notices/read", body, key="read")
    assert (first.body, again.body, again.headers["Idempotency-Replayed"]) == (
        {"read_count": 1},
        {"read_count": 1},
        "true",
    )
