"""Sessions: device, place, heartbeats, and every way in which they end."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import json

import pytest

from tests.database.schema.analytics import ask, refresh, run
from tests.database.schema.platform import Platform, id_of, refused, with_ids

PHONE = {
    "device_type": "mobile", "device_brand": "Apple", "device_model": "iPhone", "operating_system": "iOS 18",
    "browser": "Mobile Safari",
}  # fmt: skip


def start(platform: Platform, session, caller: str = "retailer", **given: object) -> str:
    values = {"device": None, "country": None, "region": None, "location": {}} | given
    platform.become(session, caller)
    session.execute("set local role authenticated")
    row = session.execute(
        "select ddp.start_session('{}', %s, %s, %s, %s)",
        [
            json.dumps(values["location"]), values["device"] and json.dumps(values["device"]), values["country"], values["region"],
        ],
    ).fetchone()  # fmt: skip
    session.execute("reset role")
    return row[0]


def value(session, query: str, *values: object) -> object:
    return session.execute(with_ids(query), values or None).fetchone()[0]


def test_devices_are_catalogued_once(session, platform: Platform):
    first, second = (start(platform, session, device=PHONE) for _ in range(2))
    assert value(session, "select count(*) from devices where is_seen") == 1
    nameless = start(platform, session, device={"device_type": None})
    unread = start(platform, session)
    devices = "select s.session_id, s.device_id is null, a.device_type from sessions s join session_analytics a using (session_id) where s.session_id = any (%s)"
    found = {row[0]: row[1:] for row in session.execute(devices, [[first, second, nameless, unread]])}
    assert found == {
        first: (False, "mobile"), second: (False, "mobile"), nameless: (False, None), unread: (True, None),
    }  # fmt: skip
    run(session, "delete from sessions; update devices set created_at = now() - interval '2 days'")
    assert value(session, "select ddp.clean_rows('seen_devices', now() - interval '1 day', 10)") == 2
    assert value(session, "select count(*) from devices where device_id = @devices/phone") == 1, (
        "an administrator's stays"
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"country": "CH", "region": "Zug"}, ("CH", "Zug")),
        ({"country": "CH", "region": "Zug", "location": {"time_zone": "Europe/Berlin"}}, ("CH", "Zug")),
        ({"location": {"time_zone": "Europe/Busingen"}}, ("DE", None)),
        ({"location": {"time_zone": "Europe/Zurich"}}, (None, None)),  # two countries have it
        ({"location": {"time_zone": "Mars/Base"}}, (None, None)),
        ({"location": {"country_code": "US"}}, (None, None)),  # anybody can say so
        ({"country": "usa"}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_a_place_is_known_or_nothing(session, platform: Platform, given, expected):
    run(session, """
        insert into geography (country_code, country_name, city, timezone) values
            ('DE', 'Germany', 'Busingen', 'Europe/Busingen'), ('CH', 'Switzerland', 'Zurich', 'Europe/Zurich'),
            ('LI', 'Liechtenstein', 'Vaduz', 'Europe/Zurich');
    """)  # fmt: skip
    made = start(platform, session, **given)
    found = session.execute("select country_code, region from sessions where session_id = %s", [made])
    assert found.fetchone() == expected


def test_a_heartbeat_is_noted_each_minute(session, platform: Platform):
    beat = "select heartbeat_session(@sessions/retailers)"
    run(session, "update sessions set started_at = now() - interval '50 seconds'")
    assert (
        ask(platform, session, "retailer", beat)
        == session.execute("select started_at from sessions").fetchall()
    )
    run(session, "update sessions set started_at = now() - interval '5 minutes'")
    assert ask(platform, session, "retailer", beat) == session.execute("select now()").fetchall()
    for stranger in ("friend", "brand", "admin"):
        with refused("PT404", code="session-not-found"), session.transaction():
            platform.become(session, stranger)
            session.execute(with_ids(beat))
    run(session, "update sessions set ended_at = now()")
    with refused("PT409", code="session-ended"), session.transaction():
        platform.become(session, "retailer")
        session.execute(with_ids(beat))


def test_abandoned_sessions_end_at_their_last_action(session, platform: Platform):
    run(session, """
        delete from sessions;
        insert into sessions (session_id, user_id, started_at, last_seen_at) values
            (@s/silent, @retailer, now() - interval '2 hours', null),
            (@s/heard, @retailer, now() - interval '2 hours', now() - interval '50 minutes'),
            (@s/acted, @retailer, now() - interval '2 hours', now() - interval '50 minutes'),
            (@s/busy, @retailer, now() - interval '2 hours', now() - interval '50 minutes'),
            (@s/beating, @retailer, now() - interval '2 hours', now() - interval '10 minutes'),
            (@s/young, @retailer, now() - interval '20 minutes', null);
        insert into file_actions (file_id, user_id, action_type, session_id, action_timestamp) values
            (@files/published, @retailer, 'DOWNLOAD', @s/acted, now() - interval '40 minutes'),
            (@files/published, @retailer, 'DOWNLOAD', @s/busy, now() - interval '5 minutes');
    """)  # fmt: skip
    assert value(session, "select ddp.close_abandoned_sessions(3)") == 3
    assert value(session, "select ddp.close_abandoned_sessions(3)") == 1
    assert value(session, "select ddp.close_abandoned_sessions(3)") == 0
    ended = session.execute(
        "select session_id, extract(epoch from now() - ended_at)::integer / 60 from sessions where ended_at is not null"
    ).fetchall()
    assert dict(ended) == {id_of("s/silent"): 120, id_of("s/heard"): 50, id_of("s/acted"): 40}
    refresh(session)
    assert ask(platform, session, "retailer", "select sum(duration_seconds) from session_analytics") == [
        (9000,)
    ]
    assert ask(platform, session, "retailer", "select total_session_seconds from user_analytics") == [(9000,)]


def test_seconds_are_counted_in_one_way(session, platform: Platform):
    run(session, "update sessions set started_at = now() - interval '59.9 seconds', ended_at = now()")
    refresh(session)
    assert ask(platform, session, "retailer", "select duration_seconds from session_analytics") == [(59,)]
    assert ask(platform, session, "retailer", "select total_session_seconds from user_analytics") == [(59,)]
    assert ask(platform, session, "retailer", "select session_seconds from get_user_activity_summary()") == [
        (59,)
    ]


OPEN = "select user_id from sessions where ended_at is null"


@pytest.mark.parametrize(
    ("event", "left"),
    [
        ("update account_members set ended_at = now() where account_member_id = @account_members/editor", {"brand", "viewer's", "retailer"}),
        ("update users set user_type = 'admin' where user_id = @editor", {"brand", "viewer's", "retailer"}),
        ("update users set is_active = false where user_id = @brand", {"retailer"}),
        ("update users set is_active = false where user_id = @retailer", {"brand", "viewer's", "editor's"}),
        ("update account_members set member_role = 'viewer' where account_member_id = @account_members/editor", {"brand", "viewer's", "editor's", "retailer"}),
    ],
)  # fmt: skip
def test_sessions_end_with_what_they_are_for(session, event: str, left: set[str]):
    run(session, """
        delete from sessions;
        insert into sessions (user_id, member_id, device_info) values
            (@brand, null, '{"who": "brand"}'), (@brand, @editor, '{"who": "editor''s"}'),
            (@brand, @viewer, '{"who": "viewer''s"}'), (@retailer, null, '{"who": "retailer"}');
    """)  # fmt: skip
    run(session, event)
    found = session.execute("select device_info ->> 'who' from sessions where ended_at is null")
    assert {row[0] for row in found} == left
