"""The audit trail: every change of every table that a user can change, by whom and from where, without secrets."""

from __future__ import annotations

import json
import re

import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids

# Tables without an audit trail, and why. Everything else in `public` has one.
UNAUDITED = {
    "retailer_group_members": "follows rules, by workers; whom people add and remove is logged by its functions",
    "licence_acceptances": "its own record: rows are only added, each with who and when",
    "file_actions": "a ledger: rows are only added, each with who, when and from where",
    "sessions": "a ledger of sign-ins: each row says whose, when and from where",
    "email_sends": "a ledger: its states have timestamps of their own; millions of rows",
    "sms_sends": "a ledger: its states have timestamps of their own; millions of rows",
    "social_engagement": "a ledger of measurements by workers",
    "social_post_parts": "a ledger of states by workers; the first comment is logged by its function",
    "notices": "written by workers and functions; users only mark them as read",
    "send_plans": "an outbox: frozen when made; its request shows on the audited campaign",
    "senders": "workers count in it with each claim; what people do to it is logged by its functions",
    "suppressions": "a ledger by workers; what people add and remove is logged by its functions",
    "inbound_messages": "a ledger of answers, by workers; what people decide about one is logged by its function",
    "phone_consents": "a ledger: rows are added and ended; what people withdraw is logged by its function",
    "email_events": "a ledger of what the provider reported, by workers",
    "sms_events": "a ledger of what the provider reported, by workers",
    "email_test_sends": "a ledger: who asked for what, when, and what became of it",
    "sms_test_sends": "a ledger: who asked for what, when, and what became of it",
    "send_exports": "a ledger: who asked for what, when, and what became of it",
    "analytics_exports": "who asked for what, when, and what became of it",
    "product_imports": "who asked for what, when, and what became of it; the products are audited",
    "product_import_rejections": "lines of files, written once by workers",
    "conversions": "a ledger: a shop reports, and nobody changes it by hand",
    "idempotency_keys": "answers kept for repeated requests, which nobody else may read",
    "audit_logs": "the trail itself",
    "campaign_templates": "statistics, written by workers",
    "template_retailer_usage": "statistics, written by workers",
    "daily_asset_downloads": "statistics, written by workers",
    "retailer_asset_activity": "statistics, written by workers",
    "retailer_scores": "statistics, written by workers",
    "regional_wish_lists": "statistics, written by workers",
    "daily_analytics": "statistics, written by workers",
}
HEADERS = {"x-forwarded-for": "203.0.113.7", "user-agent": "Browser"}


def trail(connection, table, record=None):
    """(action, old, new) of the changes in this transaction, read as the owner of the tables."""
    return connection.execute(
        "select action, old_values, new_values from audit_logs"
        " where table_name = %s and changed_at = now() and (record_id = %s or %s::uuid is null)",
        [table, record, record],
    ).fetchall()


def test_every_table_that_a_user_can_change_is_audited(platform: Platform):
    tables = platform.owner.execute("""
        select c.relname, count(*) filter (where t.tgname in ('audit_insert', 'audit_update', 'audit_delete'))
        from pg_class c left join pg_trigger t on t.tgrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') group by c.relname
    """)
    assert {table for table, triggers in tables.fetchall() if triggers < 3} == set(UNAUDITED)


def test_clients_without_any_right_on_the_trail_leave_one(platform: Platform):
    """It records who, from where, the old and the new values; the client cannot read it."""
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        platform.become(connection, "brand")
        connection.execute("select set_config('request.headers', %s, true)", [json.dumps(HEADERS)])
        connection.execute("set local role authenticated")
        connection.execute("update users set user_name = 'New name'")
        assert connection.execute("select from audit_logs").rowcount == 0
        connection.execute("reset role")
        row = connection.execute(
            "select record_id, action, old_values ->> 'user_name', new_values ->> 'user_name', changed_by,"
            " host(ip_address), user_agent from audit_logs where table_name = 'users' and changed_at = now()"
        ).fetchall()
    assert row == [(id_of("brand"), "UPDATE", "brand", "New name", id_of("brand"), "203.0.113.7", "Browser")]


def test_functions_leave_one_too(platform: Platform):
    with platform.acting("admin") as connection:
        connection.execute("select set_user_access(%s, null, true)", [id_of("asleep")])
        row = connection.execute(
            "select changed_by, old_values -> 'is_active', new_values -> 'is_active' from audit_logs"
            " where record_id = %s and changed_at = now()",
            [id_of("asleep")],
        )
        assert row.fetchall() == [(id_of("admin"), False, True)]


def test_workers_and_sign_ups(platform: Platform):
    """Without claims the actor is null; with claims but without an account too, until there is one."""
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute("set local role service_role")
        connection.execute(with_ids("update files set file_name = 'x.pdf' where file_id = @files/private"))
        platform.become(connection, "stranger")
        connection.execute(with_ids("update files set file_name = 'y.pdf' where file_id = @files/private"))
        connection.execute(
            with_ids("select create_user('s@example.com', 's', p_user_id => @stranger)"),
        )
        connection.execute("reset role")
        rows = connection.execute("select table_name, changed_by from audit_logs where changed_at = now()")
        trail = [("files", None), ("files", None), ("users", id_of("stranger"))]
        assert sorted(rows.fetchall()) == [("account_members", id_of("stranger")), *trail]


def test_every_row_of_a_statement_with_its_values(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute("update files set file_name = 'of ' || file_id || '.pdf'")
        rows = trail(platform.owner, "files")
        assert len(rows) == platform.owner.execute("select from files").rowcount
        for action, old, new in rows:
            assert action == "UPDATE"
            assert old["file_id"] == new["file_id"]
            assert new["file_name"] == f"of {new['file_id']}.pdf" != old["file_name"]


def test_insert_and_delete_have_one_side(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute(with_ids("insert into collections (collection_id, collection_name, created_by_user_id)"
                                        " values (@collections/new, 'new', @brand)"))  # fmt: skip
        platform.owner.execute(with_ids("delete from collections where collection_id = @collections/new"))
        rows = trail(platform.owner, "collections", id_of("collections/new"))
        assert [
            (action, old and old["collection_name"], new and new["collection_name"])
            for action, old, new in sorted(rows, key=lambda row: row[0], reverse=True)  # they have one time
        ] == [
            ("INSERT", None, "new"),
            ("DELETE", "new", None),
        ]


def test_keys_of_two_columns_pair_up(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute(with_ids("insert into collection_files (collection_id, file_id, added_by_user_id)"
                                        " values (@collections/private, @files/shared, @brand)"))  # fmt: skip
        platform.owner.execute(
            with_ids("update collection_files set sort_order = 7 where collection_id = @collections/private")
        )
        changes = [row for row in trail(platform.owner, "collection_files") if row[0] == "UPDATE"]
        assert len(changes) == 2
        assert all(old["file_id"] == new["file_id"] and new["sort_order"] == 7 for _, old, new in changes)


def test_rows_deleted_with_their_parent(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute(with_ids("delete from collections where collection_id = @collections/private"))
        assert [row[0] for row in trail(platform.owner, "collection_files")] == ["DELETE"]


@pytest.mark.parametrize(
    "statement",
    [
        "update users set user_name = user_name",
        "update users set user_name = 'x' where false",
        "update users set last_login_at = now()",
        "update brand_assets set download_count = download_count + 1",
        "update campaigns set budget_spent = budget_spent + 1",
    ],
)
def test_what_is_no_change_leaves_none(platform: Platform, statement):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute(statement.encode())
        assert platform.owner.execute("select from audit_logs where changed_at = now()").rowcount == 0


SECRETS = {
    "name": "kept",
    "api_key": "S3CRET",
    "oauth": {"accessToken": "S3CRET", "deep": [{"Password": "S3CRET", "client_secret": ["S3CRET"]}]},
    "token": None,
}


def test_secrets_are_masked_at_any_depth(platform: Platform):
    masked = {"name": "kept", "api_key": "***", "token": None}
    masked["oauth"] = {"accessToken": "***", "deep": [{"Password": "***", "client_secret": "***"}]}
    statements = """
        insert into social_accounts (user_id, platform, account_handle, access_token_encrypted, metadata)
            values (@brand, 'tiktok', 'x', 'S3CRET', %s)
        update social_accounts set access_token_encrypted = 'S3CRET2', account_name = 'X', metadata = metadata || %s
            where account_handle = 'x'
        delete from social_accounts where account_handle = 'x' and metadata @> %s
    """
    with platform.owner.transaction(force_rollback=True):
        for statement in re.split(r"\n {8}(?=\w)", statements)[1:]:
            platform.owner.execute(with_ids(statement), [json.dumps(SECRETS)])
        rows = trail(platform.owner, "social_accounts")
    values = [value for row in rows for value in row[1:] if value]
    assert len(values) == 4
    assert "S3CRET" not in json.dumps(rows)
    for value in values:
        assert value["metadata"] == masked
        assert value["access_token_encrypted"] == "***"


def test_hashes_are_masked(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute("update files set file_name = 'x.pdf'")
        values = [value for row in trail(platform.owner, "files") for value in row[1:]]
        assert {value["content_sha256"] for value in values if value["content_sha256"]} == {"***"}


def test_what_machines_keep_of_an_account_leaves_no_trail(platform: Platform):
    """Workers renew tokens, and platforms refuse them. What people do is logged by their functions."""
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute("update social_accounts set access_token_encrypted = 'other'")
        platform.owner.execute("update social_accounts set status = 'reconnect', status_reason = 'Refused.'")
        assert trail(platform.owner, "social_accounts") == []
        platform.owner.execute("update social_accounts set account_name = 'Other'")
        assert len(trail(platform.owner, "social_accounts")) == 2


@pytest.mark.parametrize("caller", ["brand", "admin", "worker"])
def test_nobody_writes_the_trail_of_others(platform: Platform, caller):
    with platform.acting(caller) as connection, refused("42501"):
        connection.execute("update audit_logs set changed_by = null")


def test_ledgers_have_no_trail_to_pay_for(platform: Platform):
    """An insert into a ledger costs the same with and without auditing."""
    rows = platform.owner.execute("""
        select tgrelid::regclass::text from pg_trigger where tgfoid = 'ddp.audit_changes'::regproc
            and tgrelid in ('email_sends'::regclass, 'sms_sends'::regclass, 'file_actions'::regclass)
    """)
    assert rows.fetchall() == []


def test_secrets_are_looked_for_in_every_json_column(platform: Platform):
    """ddp.audit_changes looks into at most five columns."""
    rows = platform.owner.execute("""
        select tgrelid::regclass::text from pg_trigger t join pg_attribute a on a.attrelid = t.tgrelid
        where tgname = 'audit_insert' and a.atttypid = 'jsonb'::regtype
        group by 1 having count(*) > 5
    """)
    assert rows.fetchall() == []
