"""A person who is erased is found in no table any more; counts, ids and suppressions stay."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ddp.addresses import email_hash
from tests import lambdas
from tests.database.functions.maintenance.conftest import Maintenance, keys
from tests.database.functions.messaging import Mailing, recipients
from tests.database.platform import Platform

ADDRESS = "ann.lee@customer.example"

# Every column that can hold a text, of every table and month.
TEXT_COLUMNS = """
select format('%I.%I', n.nspname, c.relname), array_agg(a.attname::text)
from pg_attribute a
join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'ddp')
where a.attnum > 0 and not a.attisdropped and a.atttypid in (
    'text'::regtype, 'varchar'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text[]'::regtype, 'varchar[]'::regtype, 'inet'::regtype
)
group by 1
"""


def holders(platform: Platform, *needles: str) -> list[str]:
    """The tables in which one of these texts stands."""
    found = []
    with platform.database.connect("superuser") as connection:
        for table, columns in connection.execute(TEXT_COLUMNS.encode()).fetchall():
            text = "lower(concat_ws(' ', " + ", ".join(f'"{column}"::text' for column in columns) + "))"
            found += connection.execute(
                f"select distinct '{table}: ' || needle from (select {text} as text from {table}) t"
                " join unnest(%s::text[]) needle on strpos(t.text, lower(needle)) > 0".encode(),
                [list(needles)],
            ).fetchall()
    return [row[0] for row in found]


@pytest.fixture
def mailed(mailing: Mailing, maintenance: Maintenance) -> tuple[Mailing, str]:
    """A send to the person and to others, with what such sends leave behind everywhere."""
    message = mailing.sent(
        audience=recipients(ADDRESS.upper(), "joann.lee@customer.example", "b@example.com")
    )
    query = mailing.platform.query
    first, _ = mailing.ledger(message, ["delivered", "bounced"])
    query("update email_sends set recipient_email = %s, recipient_name = 'Ann Lee', template_data = '{\"first\": \"Ann\"}', metadata = '{\"x\": 1}', delivered_at = now() where email_send_id = %s returning 1", ADDRESS, first)  # fmt: skip
    query("insert into email_events (event_id, occurred_at, email_send_id, attempt, event_type, detail) values (gen_random_uuid(), now(), %s, 1, 'delivery', %s) returning 1", first, f'{{"to": "{ADDRESS}"}}')  # fmt: skip
    plan = mailing.plan(message)
    query("insert into ddp.send_plan_rejections (send_plan_id, line, code, reason, value) values (%s, 4, 'duplicate', 'again', %s) returning 1", plan, f"Ann <{ADDRESS}>")  # fmt: skip
    query("insert into email_test_sends (email_campaign_id, created_by_user_id, recipient_email, status, ended_at, template_data) values (%s, %s, %s, 'sent', now(), '{\"n\": \"Ann\"}') returning 1", message, mailing.platform.users["retailer"], ADDRESS)  # fmt: skip
    export = query("insert into send_exports (send_plan_id, created_by_user_id, kind, state, ended_at, row_count) values (%s, %s, 'recipients', 'ready', now(), 2) returning send_export_id", plan, mailing.platform.users["retailer"])[0][0]  # fmt: skip
    query(
        "update send_exports set object_key = %s where send_export_id = %s returning 1",
        f"exports/{export}.csv",
        export,
    )
    boto3.client("s3").put_object(Bucket=lambdas.BUCKET, Key=f"exports/{export}.csv", Body=ADDRESS.encode())
    mailing.ask(
        "admin", "POST", "/user-invitations", {"email": ADDRESS, "user_type": "retailer"}, key="invite"
    )
    mailing.ask("brand", "POST", "/members", {"email": ADDRESS, "member_role": "viewer"})
    mailing.ask("retailer", "POST", "/suppressions", {"email": ADDRESS})
    query(
        "insert into ddp.recipient_counters (channel, owner_id, recipient_hash, send_ids, attempts, counted_at, last_at)"
        " select 'email', owner, %s, array[gen_random_uuid()], '{1}', array[now()], now()"
        " from unnest(array[gen_random_uuid(), ddp.whole_platform()]) owner returning 1",
        email_hash(ADDRESS),
    )
    return mailing, message


def erase(maintenance: Maintenance, **body: object) -> dict[str, Any]:
    """Ask for an erasure and let the worker do it. Returns it as administrators see it then."""
    asked = maintenance.ask("admin", "POST", "/erasures", body)
    assert asked.status == 202, asked
    maintenance.drain()
    return maintenance.ask("admin", "GET", f"/erasures/{asked.body['erasure_id']}").body


def test_a_recipient_is_erased_everywhere(mailed: tuple[Mailing, str], maintenance: Maintenance):
    mailing, message = mailed
    query = mailing.platform.query
    assert len(holders(mailing.platform, ADDRESS)) > 6
    statuses = mailing.statuses(message)
    exports = {
        key
        for (key,) in query(
            "select x.object_key from send_exports x join send_plans p using (send_plan_id)"
            " where p.email_campaign_id = %s",
            message,
        )
    }
    assert exports <= set(keys())
    counted = erase(maintenance, email=f" {ADDRESS.upper()}", dry_run=True)
    assert counted["ended_at"]
    assert counted["counts"]["sends"] == 1
    assert len(holders(mailing.platform, ADDRESS)) > 6, "a dry run changes nothing"
    erased = erase(maintenance, email=ADDRESS)
    assert erased["ended_at"]
    assert {name: rows for name, rows in erased["counts"].items() if name != "audit_logs"} == {
        name: rows for name, rows in counted["counts"].items() if name != "audit_logs"
    }
    assert holders(mailing.platform, f" {ADDRESS}", f'"{ADDRESS}"', "Ann Lee") == []
    assert holders(mailing.platform, "joann.lee@customer.example"), "a longer address is somebody else's"
    query(
        "update send_plans set audience = audience - 'recipients' where email_campaign_id = %s returning 1",
        message,
    )
    assert holders(mailing.platform, ADDRESS) == []
    assert sorted(mailing.statuses(message)) == sorted(statuses)
    assert not exports & set(keys())
    assert query(
        "select count(*) from suppressions where owner_user_id = %s", mailing.platform.users["retailer"]
    ) == [(1,)]
    assert ADDRESS not in str(erased)
    assert erased["counts"]["recipient_counters"] == 2
    assert query(
        "select count(*) from ddp.recipient_counters where recipient_hash = %s", email_hash(ADDRESS)
    ) == [(0,)]
    assert len(erased["held_by_others"]) >= 3
    assert erase(maintenance, email=ADDRESS)["counts"] == {}, "a second erasure finds nothing"


def test_who_is_pending_is_not_written_to_and_who_is_being_sent_to_is_erased_afterwards(
    mailing: Mailing, maintenance: Maintenance, monkeypatch
):
    message = mailing.sent()
    pending, sending = mailing.ledger(message, ["pending", "sending"])
    query = mailing.platform.query
    other = mailing.sent()
    (unknown,) = mailing.ledger(other, ["unknown"])
    query(
        "update email_sends set recipient_email = %s where email_send_id = %s returning 1", ADDRESS, pending
    )
    query(
        "update email_sends set recipient_email = %s where email_send_id = %s returning 1", ADDRESS, unknown
    )
    assert erase(maintenance, email=ADDRESS)["ended_at"]
    assert mailing.statuses(other) == ["unknown"]
    retried = mailing.ask("retailer", "POST", f"/email-campaigns/{other}/settle-unknown", {"action": "retry"})
    assert retried.status == 404 or mailing.statuses(other) == ["unknown"], (
        "nobody writes to an erased address"
    )
    query(
        "update email_sends set recipient_email = %s where email_send_id = %s returning 1", ADDRESS, sending
    )
    asked = maintenance.ask("admin", "POST", "/erasures", {"email": ADDRESS}).body
    monkeypatch.setattr("functions.maintenance.cleanup.SECONDS", 0.5)
    maintenance.run()
    maintenance.told()
    assert maintenance.ask("admin", "GET", f"/erasures/{asked['erasure_id']}").body["ended_at"] is None
    query("update email_sends set status = 'sent' where email_send_id = %s returning 1", sending)
    monkeypatch.undo()
    maintenance.platform.login("ddp_worker")
    maintenance.platform.monkeypatch.setenv(
        "DATABASE_URL", maintenance.platform.database.client_url("ddp_worker")
    )
    maintenance.drain()
    maintenance.platform.monkeypatch.setenv(
        "DATABASE_URL", maintenance.platform.database.client_url("ddp_api")
    )
    assert maintenance.ask("admin", "GET", f"/erasures/{asked['erasure_id']}").body["ended_at"]
    assert holders(mailing.platform, ADDRESS) == []


def test_a_user_is_erased_and_what_was_counted_stays(maintenance: Maintenance):
    platform = maintenance.platform
    user = platform.users["other"]
    address = platform.query("select user_email from users where user_id = %s", user)[0][0]
    file_id = maintenance.file()
    platform.query("update users set user_name = 'Zoe Unusual', profile_data = '{\"phone\": \"+41790000000\"}' where user_id = %s returning 1", user)  # fmt: skip
    platform.query("insert into sessions (user_id, ip_address, user_agent, location_data) values (%s, '203.0.113.77', 'Agent Zoe', '{\"city\": \"Zoetown\"}') returning 1", user)  # fmt: skip
    # This one has nothing but where it was, and by which device.
    platform.query("insert into sessions (user_id, device_id, country_code, region) select %s, ddp.seen_device('{\"device_type\": \"mobile\"}'), 'CH', 'Zoeland' returning 1", user)  # fmt: skip
    platform.query("insert into file_actions (file_id, user_id, action_type, ip_address, user_agent) values (%s, %s, 'VIEW', '203.0.113.77', 'Agent Zoe') returning 1", file_id, user)  # fmt: skip
    platform.query("insert into audit_logs (table_name, action, changed_by, ip_address, user_agent) values ('x', 'UPDATE', %s, '203.0.113.77', 'Agent Zoe') returning 1", user)  # fmt: skip
    platform.query("insert into social_accounts (user_id, platform, account_handle, account_name, access_token_encrypted) values (%s, 'instagram', 'zoe.unusual', 'Zoe Unusual', 'secret') returning 1", user)  # fmt: skip
    platform.query(
        "insert into sender_identities (identity, created_by_user_id) values (%s, %s) returning 1",
        address,
        user,
    )
    platform.query(
        "update social_accounts set external_account_id = '4242' where user_id = %s returning 1", user
    )
    platform.query("insert into ddp.social_events (digest, platform, kind, status, external_account_id, external_user_hash, raw) values (sha256('erased'), 'instagram', 'post_changed', 'unmatched', '4242', sha256('x'), '{\"text\": \"Says Yolanda Rare\"}') returning 1")  # fmt: skip
    needles = (
        address,
        "Yolanda Rare",
        "Zoe Unusual",
        "zoe.unusual",
        "Agent Zoe",
        "203.0.113.77",
        "+41790000000",
        "Zoetown",
        "Zoeland",
    )
    assert len(holders(platform, *needles)) >= 9
    erased = erase(maintenance, user_id=str(user))
    assert erased["ended_at"], erased
    assert holders(platform, *needles) == []
    assert platform.query("select is_active, user_name from users where user_id = %s", user) == [
        (False, "Erased user")
    ]
    assert platform.query("select count(*) from file_actions where user_id = %s", user) == [(1,)]
    places = "select count(*), count(device_id), count(country_code), count(region) from sessions where user_id = %s"
    assert platform.query(places, user) == [(2, 0, 0, 0)]
    assert maintenance.ask("other", "GET", "/files").status in (401, 403, 404)
    audited = platform.query("select count(*) from audit_logs where table_name = 'erasures' and record_id = %s", erased["erasure_id"])  # fmt: skip
    assert audited == [(1,)]


EXPORT = """
insert into analytics_exports (
    created_by_user_id, requested_by_user_id, list, format, request, state, row_count, ended_at, attempts
)
select u.user_id, u.user_id, %s, 'csv', '{}', x.state, case x.state when 'ready' then 7 end,
    case x.state when 'ready' then now() + %s::interval end, 1
from users u, (values (%s)) x (state) where u.user_id = %s
returning analytics_export_id
"""


def exported(
    maintenance: Maintenance, owner: str, name: str, *, after: str = "0", state: str = "ready"
) -> str:
    """An export of a list with its file, of which the reading began `after` now. Returns its id."""
    platform = maintenance.platform
    export = str(platform.query(EXPORT, name, after, state, platform.users[owner])[0][0])
    boto3.client("s3").put_object(Bucket=lambdas.BUCKET, Key=f"exports/{export}.csv.gz", Body=b"Names")
    return export


def states(maintenance: Maintenance, *exports: str) -> list[str]:
    known = dict(maintenance.platform.query("select analytics_export_id::text, state from analytics_exports"))
    return [known[export] for export in exports]


def test_exports_of_others_that_name_the_person_are_withdrawn(maintenance: Maintenance):
    """A brand's scores and an administrator's accounts have names in them; files and later exports have not this one."""
    named = [
        exported(maintenance, "admin", "users"),
        exported(maintenance, "admin", "sessions"),
        exported(maintenance, "brand", "retailer-scores"),
    ]
    others = [
        exported(maintenance, "brand", "files"),
        exported(maintenance, "admin", "users", after="1 hour"),
    ]
    user = str(maintenance.platform.users["rival"])
    assert erase(maintenance, user_id=user, dry_run=True)["ended_at"]
    assert states(maintenance, *named) == ["ready"] * 3
    assert erase(maintenance, user_id=user)["ended_at"]
    assert states(maintenance, *named) == ["failed"] * 3
    assert states(maintenance, *others) == ["ready"] * 2
    assert not {f"exports/{export}.csv.gz" for export in named} & keys()
    assert {f"exports/{export}.csv.gz" for export in others} <= keys()
    reason = "select failure_reason from analytics_exports where analytics_export_id = %s"
    assert "Request it again" in maintenance.platform.query(reason, named[0])[0][0]


def waits(maintenance: Maintenance, monkeypatch, **body: object) -> str:
    """Ask for an erasure that a run does not end. Returns its id."""
    erasure: str = maintenance.ask("admin", "POST", "/erasures", body).body["erasure_id"]
    monkeypatch.setattr("functions.maintenance.cleanup.SECONDS", 20.0)
    maintenance.told()
    assert maintenance.run() == []
    assert maintenance.told() == [], "the next run is the next hour's"
    assert maintenance.report()["is_left"] is False
    assert not ended(maintenance, erasure)
    return erasure


def ended(maintenance: Maintenance, erasure: str) -> bool:
    return maintenance.ask("admin", "GET", f"/erasures/{erasure}").body["ended_at"] is not None


def hour_passes(maintenance: Maintenance, erasure: str) -> None:
    later = "update ddp.erasures set waits_until = waits_until - interval '1 hour' where erasure_id = %s returning waits_until"
    assert maintenance.platform.query(later, erasure)[0][0] is not None


def test_an_erasure_waits_for_months_that_are_being_removed_without_going_over_all_tables_again(
    maintenance: Maintenance, monkeypatch
):
    query = maintenance.platform.query
    query("insert into ddp.detached_months (table_name, parent_name, block_count) values ('none', 'none', 1) returning 1")  # fmt: skip
    try:
        waiting = waits(maintenance, monkeypatch, email="waits@customer.example")
        # It stands in nobody's way.
        assert not ended(maintenance, waits(maintenance, monkeypatch, email="waits.too@customer.example"))
    finally:
        query("delete from ddp.detached_months where table_name = 'none' returning 1")
    maintenance.drain()
    assert not ended(maintenance, waiting), "it begins with the next hour's run"
    hour_passes(maintenance, waiting)
    maintenance.drain()
    assert ended(maintenance, waiting)


def test_an_erasure_waits_for_an_export_that_is_being_written_and_withdraws_it_then(
    maintenance: Maintenance, monkeypatch
):
    export = exported(maintenance, "admin", "users", state="pending")
    waiting = waits(maintenance, monkeypatch, user_id=str(maintenance.platform.users["rival"]))
    maintenance.platform.query(
        "update analytics_exports set state = 'ready', row_count = 7, ended_at = now() where analytics_export_id = %s returning 1",
        export,
    )
    hour_passes(maintenance, waiting)
    maintenance.drain()
    assert ended(maintenance, waiting)
    assert states(maintenance, export) == ["failed"]


def test_unknown_people_get_the_same_answer(maintenance: Maintenance):
    known = maintenance.ask(
        "admin", "POST", "/erasures", {"user_id": str(maintenance.platform.users["rival"]), "dry_run": True}
    )
    unknown = maintenance.ask(
        "admin", "POST", "/erasures", {"user_id": "00000000-0000-4000-8000-000000000000", "dry_run": True}
    )
    assert known.status == unknown.status == 202
    assert known.body.keys() == unknown.body.keys()
    nobody = maintenance.ask("admin", "POST", "/erasures", {"email": "nobody@nowhere.example"})
    assert nobody.status == 202
    assert (
        maintenance.ask("admin", "POST", "/erasures", {"email": "Nobody@nowhere.example"}).body["erasure_id"]
        == nobody.body["erasure_id"]
    )
    maintenance.drain()
    assert maintenance.ask("admin", "GET", f"/erasures/{nobody.body['erasure_id']}").body["counts"] == {}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "exactly one"),
        ({"email": "a@example.com", "phone": "+41791234567"}, "exactly one"),
        ({"email": "not an address"}, "@"),
        ({"email": "x" * 400 + "@example.com"}, "320 characters"),
        ({"phone": "079 123"}, "phone"),
        ({"user_id": "me"}, "user_id"),
        ({"email": "a@example.com", "everything": True}, "everything"),
    ],
)
def test_bad_erasures_are_refused_with_a_sentence(
    maintenance: Maintenance, body: dict[str, object], sentence: str
):
    answer = maintenance.ask("admin", "POST", "/erasures", body)
    assert answer.status == 422
    assert sentence in str(answer.body)


def test_nobody_erases_the_own_account(maintenance: Maintenance):
    answer = maintenance.ask(
        "admin", "POST", "/erasures", {"user_id": str(maintenance.platform.users["admin"])}
    )
    assert (answer.status, answer.code) == (409, "own-account")
