"""What a front end gets through Supabase: every column by `select('*')`, and changes by Realtime."""

from __future__ import annotations

import re

import psycopg
import pytest
from psycopg import sql

from tests.database.schema.platform import Platform
from tests.database.servers import REPOSITORY, SCHEMA

# Their hidden columns stay where the description and the functions that write them have them.
WITH_HIDDEN_COLUMNS = {
    "social_accounts", "suppressions", "inbound_messages", "phone_consents", "origination_identities",
}  # fmt: skip
REALTIME = (SCHEMA / "triggers" / "realtime.sql").read_text().encode()
PUBLISHED = {
    "uploads": (
        "upload_id file_id created_by_user_id state rejection_code expires_at created_at updated_at settled_at"
    ),
    "send_plans": (
        "send_plan_id channel email_campaign_id sms_campaign_id created_by_user_id scheduled_at created_at queued_at"
        " planned_at started_at paused_at resumed_at cancelled_at completed_at failed_at failure_code"
    ),
    "notices": "notice_id user_id cause subject_type subject_id day count detail created_at updated_at read_at",
}
PAGE = REPOSITORY / "functions" / "client" / "SUPABASE.md"


def test_every_column_can_be_selected_but_of_these_tables(platform: Platform):
    tables = [row[0] for row in platform.owner.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')"
    )]  # fmt: skip
    refused = set()
    with platform.acting("brand") as connection:
        for table in tables:
            try:
                with connection.transaction():
                    connection.execute(
                        sql.SQL("select * from public.{} limit 1").format(sql.Identifier(table))
                    )
            except psycopg.errors.InsufficientPrivilege:
                refused.add(table)
    assert refused == WITH_HIDDEN_COLUMNS


def published(connection: psycopg.Connection) -> dict[str, set[str]]:
    rows = connection.execute(
        "select tablename, attnames::text[] from pg_publication_tables where pubname = 'supabase_realtime'"
    )
    return {table: set(columns) for table, columns in rows}


def test_realtime_gets_ids_times_and_failure_codes(platform: Platform):
    """Also where somebody added a whole table by hand; what else is published stays."""
    owner = platform.owner
    with owner.transaction(force_rollback=True):
        owner.execute("create publication supabase_realtime for table public.uploads, public.geography")
        for _ in range(2):
            owner.execute(REALTIME)
        found = published(owner)
        assert "country_code" in found.pop("geography")
        assert found == {table: set(columns.split()) for table, columns in PUBLISHED.items()}


@pytest.mark.parametrize("table", PUBLISHED)
def test_what_is_published_can_be_updated_and_deleted(session: psycopg.Connection, table: str):
    """PostgreSQL refuses both if the list leaves out a part of the key."""
    session.execute("create publication supabase_realtime")
    session.execute(REALTIME)
    session.execute(sql.SQL("update {} set created_at = created_at").format(sql.Identifier(table)))


def test_a_publication_of_everything_stays_and_nobody_elses_is_touched(session: psycopg.Connection):
    session.execute("create publication supabase_realtime for all tables")
    session.execute(REALTIME)
    assert "audience" in published(session)["send_plans"]


def test_the_embedding_hints_of_the_page_exist(platform: Platform):
    hints = set(re.findall(r"\w+!(\w+)\s*\(", PAGE.read_text(encoding="utf-8")))
    constraints = {
        row[0] for row in platform.owner.execute("select conname from pg_constraint where contype = 'f'")
    }
    assert hints
    assert hints - {"inner"} <= constraints
