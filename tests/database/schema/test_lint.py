"""The checks of Supabase's database linter and our own, on the applied schema and on deliberate offences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ddp.queries import load
from tests.database.schema.platform import Platform
from tests.database.schema.test_catalogue import CALLABLE

LINT = load(__file__.replace("test_lint", "lint"))
OFFENCES = load(__file__.replace("test_lint", "offences"))
CHECKS = re.findall(r"^-- name: (\w+)$", Path(__file__).with_name("lint.sql").read_text(), re.MULTILINE)

# Intended findings: (check, object) → reason.
MEANT = {
    ("anon_security_definer_function_executable", "public.open_public_share"): (
        "a public link is opened by whoever has it; the function compares a hash and shows that one file"
    ),
    ("sensitive_columns_exposed", "sender_identities.dkim_tokens authenticated"): (
        "SES's name for the labels of the public DNS records that prove a domain"
    ),
    ("anon_security_definer_function_executable", "public.social_deletion"): (
        "whoever asked a platform to be forgotten has no account here; the code, which only they have, shows two times"
    ),
    ("unvalidated_constraint", "social_engagement social_engagement_type_known"): (
        "measurements of older releases keep their words"
    ),
    (
        "sensitive_columns_exposed",
        "social_accounts.token_expires_at authenticated",
    ): "when the token ends, not the token",
    ("security_definer_view", "ddp.files_of_caller"): (
        "for policies, which would otherwise plan the whole policy of `files` too; shows what its own condition leaves"
    ),
    ("security_definer_view", "ddp.masked_campaigns_of_caller"): (
        "for the policy on `email_sends`, which would otherwise plan the whole policy of `send_plans` too"
    ),
    ("security_definer_view", "ddp.masked_sms_of_caller"): (
        "for the policy on `sms_sends`, which would otherwise plan the whole policy of `send_plans` too"
    ),
    ("security_definer_view", "ddp.profiles_of_caller"): (
        "shows id, name and type of those whom the caller may find; the policy on `users` shows whole rows"
    ),
    ("security_definer_view", "ddp.open_campaigns_of_caller"): (
        "shows what the caller may join, without budget, audience and settings; the policy shows whole rows"
    ),
    (
        "security_definer_view",
        "ddp.campaigns_open_to_all",
    ): "readable by nobody: a view and a function show it",
    (
        "security_definer_view",
        "ddp.campaigns_by_invitation",
    ): "readable by nobody: a view and a function show it",
    (
        "sensitive_columns_exposed",
        "senders.tokens authenticated",
    ): "how many messages the sender may send now: no secret",
    ("no_primary_key", "ddp.metric_changes"): "a queue that is only added to and read whole",
    ("no_primary_key", "ddp.taken_changes"): "the part of that queue being worked on",
}
# Signed-in callers write ledgers, states and counters only through functions, which check the caller and the row's
# owner first. So the functions that they may call (test_catalogue.py) run with the owner's rights, except for these.
INVOKERS = {
    "ddp.is_file_name",
    "ddp.is_metadata",
    "ddp.is_time_zone",
    "ddp.response_is_sent",
    "ddp.session_seconds",
    "ddp.is_plain_text",
    "ddp.is_web_address",
    "ddp.sender_field_rule",
    "ddp.sender_fields",
    "ddp.shown_sender",
    "ddp.image_tokens",
    "ddp.image_files",
    "ddp.text_of_email",
    # Of the release before: they call the functions that took their places.
    "public.request_send_export",
    "public.settle_unknown_sends",
}
CALLABLE_BY_USERS = {
    line.split()[1] for line in CALLABLE.strip().splitlines() if line.startswith("authenticated")
}
MEANT |= {
    ("authenticated_security_definer_function_executable", name): "see above"
    for name in CALLABLE_BY_USERS - INVOKERS
}


# The planner puts them in their callers' places, which `set` would prevent. A search path cannot change what their
# bodies name.
MEANT |= {
    ("function_search_path_mutable", name): "see above"
    for name in (
        "ddp.reserve_email_price(uuid,numeric[])",
        "ddp.email_cost(bigint,numeric,numeric)",
        "ddp.variant_letter(integer)",
        "ddp.due_from(timestamp with time zone,smallint,timestamp with time zone)",
        "ddp.own_content_of_email(uuid)",
        "ddp.own_content_of_sms(uuid)",
        "ddp.sms_cost(bigint,numeric,numeric)",
        "ddp.email_charged(email_sends)",
        "ddp.email_costs_booked(uuid[],uuid[],numeric[])",
        "ddp.email_clock(email_sends)",
        "ddp.email_has_hours(send_plans)",
        "ddp.email_allowed_at(timestamp with time zone,send_plans,text)",
        "ddp.sms_clock(sms_sends)",
        "ddp.sms_has_hours(send_plans)",
        "ddp.email_heeds(character varying,suppression_reason)",
        "ddp.sms_heeds(character varying,suppression_reason)",
        "ddp.email_withdrawals(send_plans,bytea)",
        "ddp.sms_withdrawals(send_plans,bytea)",
        "ddp.sms_reserved(sms_sends)",
        "ddp.sms_charged(sms_sends)",
        "ddp.email_to_reserve(email_sends)",
        "ddp.sms_to_reserve(sms_sends)",
        "ddp.release_email_results(uuid[],uuid[],smallint[],text[])",
        "ddp.release_email_calls(uuid[],uuid[])",
        "ddp.email_details(send_plans,uuid[])",
        "ddp.email_group_of(uuid,uuid,text)",
        "ddp.sms_group_of(uuid,uuid,text)",
        "ddp.lock_email_budgets(uuid)",
        "ddp.may_text_from(origination_identities,uuid,text)",
        "ddp.sms_month(timestamp with time zone)",
        "ddp.sms_budgets_of(uuid,date)",
        "ddp.correct_email_costs()",
        "ddp.frozen_plan(uuid)",
        "ddp.variants_of(uuid)",
        "ddp.sms_budgets_for(send_plans,date)",
        "ddp.sms_describes(sms_sends,smallint)",
        "ddp.sms_sentence(sms_sends)",
    )
}


def offenders(connection, check: str) -> set[str]:
    return {row[0] for row in connection.execute(getattr(LINT, check))}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_offends_but_what_is_meant(platform: Platform, check: str):
    assert offenders(platform.owner, check) == {name for named, name in MEANT if named == check}


@pytest.mark.parametrize("check", CHECKS)
def test_the_check_names_what_is_planted(platform: Platform, check: str):
    connection = platform.login("superuser")  # some offences need a superuser
    with connection.transaction(force_rollback=True):
        before = offenders(connection, check)
        connection.execute(getattr(OFFENCES, check))
        named = offenders(connection, check) - before
    assert len(named) == 1, named
    assert re.search(r"planted|citext", named.pop())
