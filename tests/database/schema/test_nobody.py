"""Whoever has no active account gets nothing of any table, view or function there is, read from the catalogue."""

from __future__ import annotations

import psycopg
import pytest

from tests.database.schema.platform import Platform

NOBODIES = ("asleep", "former", "stranger", "claimless", "anonymous")
RELATIONS = """
select c.oid::regclass::text from pg_class c
where c.relnamespace in ('public'::regnamespace, 'ddp'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm')
order by 1
"""
# Every function of clients, called without any value.
FUNCTIONS = """
select p.proname, format('%s(%s)', p.oid::regproc, (
    select string_agg(format('null::%s', t.oid::regtype), ', ' order by t.place)
    from unnest(p.proargtypes) with ordinality t (oid, place)
))
from pg_proc p
where p.pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', p.oid, 'execute')
order by 1
"""


# What a person without an active account may read: the own membership, invited or ended.
OF_THE_PERSON = {"account_members"}
# What such a person may call: to sign in, to learn who one is, to accept an invitation, and to open a public link.
FOR_ANYBODY = {
    "accept_invitation",
    "accounts_of_caller",
    "change_person",
    "invitations_of_caller",
    "may_send_from",  # says no
    "open_public_share",
    "person_of_caller",
    "sign_in",
    "update_user_last_login",
}


@pytest.mark.parametrize("caller", NOBODIES)
def test_no_table_and_no_view_shows_a_row(platform: Platform, caller: str):
    relations = [name for (name,) in platform.owner.execute(RELATIONS)]
    assert {name for name in relations if _shows_rows(platform, caller, name)} <= OF_THE_PERSON


def _shows_rows(platform: Platform, caller: str, relation: str) -> bool:
    with platform.acting(caller) as connection:
        try:
            return connection.execute(f"select from {relation} limit 1".encode()).rowcount > 0
        except psycopg.Error as error:
            return error.sqlstate not in ("42501", "PT401")


@pytest.mark.parametrize("caller", NOBODIES)
def test_no_function_does_anything(platform: Platform, caller: str):
    calls = platform.owner.execute(FUNCTIONS).fetchall()
    assert {name for name, call in calls if not _refuses(platform, caller, call)} <= FOR_ANYBODY


def _refuses(platform: Platform, caller: str, call: str) -> bool:
    with platform.acting(caller) as connection:
        try:
            connection.execute(f"select from {call}".encode())
        except psycopg.Error as error:
            return error.sqlstate in ("42501", "PT401", "PT403")
    return False
