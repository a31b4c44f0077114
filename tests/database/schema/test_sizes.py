"""Everything that a client writes has a size limit in the database, whatever it is written with."""

from __future__ import annotations

import psycopg
import pytest

from tests.database.schema.platform import Platform

# Where the texts, JSON values and arrays that a client gives to functions are stored. After `-`, what is not stored, or
# becomes something small (hashes, one audit row), and the longest that the function takes.
PARAMETERS = """
add_group_blackout           retailer_group_blackouts.reason
accept_asset_licence         licence_acceptances.licence_version
assign_origination_identity  - columns of varchar
change_asset_terms           brand_assets.licence_version brand_assets.licence_text brand_assets.group_ids
change_retailer_group        retailer_groups.group_name retailer_groups.rule_regions retailer_groups.rule_grades
change_person                users.user_name users.profile_data
check_address                - 32 bytes
create_campaign              campaigns.campaign_name campaigns.campaign_description campaigns.target_audience
create_campaign              campaigns.campaign_settings
create_campaign              campaigns.group_ids
create_retailer_group        retailer_groups.group_name retailer_groups.rule_regions retailer_groups.rule_grades
create_sender_identity       sender_identities.identity
create_social_post           social_posts.post_content social_posts.post_type social_posts.metadata
create_social_posts          social_posts.post_content social_posts.post_type social_posts.metadata social_posts.options
create_social_posts          social_posts.title social_post_parts.content social_post_media.alt_text
change_social_post           social_posts.post_content social_posts.post_type social_posts.metadata social_posts.options
create_campaign_item         campaign_items.post
change_campaign_item         - a title and times
order_campaign_items         - ids, not stored
refuse_approval              - columns of varchar
cancel_social_posts          - 100 ids, not stored
disconnect_social_account    - a word
publish_social_posts         - 100 ids, not stored
refuse_fund_claim            fund_claims.reason
request_fund_claim           fund_claims.description
read_notices                 - 1,000 ids, not stored
retry_social_posts           - 100 ids, not stored
social_budget                - a word
schedule_social_posts        social_posts.time_zone
set_social_slots             social_accounts.time_zone
settle_social_post           social_posts.external_post_id social_post_parts.external_id
unschedule_social_posts      - 100 ids, not stored
create_user                  users.user_email users.user_name users.profile_data
decide_email_ab_test         - a letter
decide_inbound_message       - a word
decide_sms_ab_test           - a letter
email_group_size             - a word
find_open_campaigns          - 255 characters, not stored
find_users                   - 255 characters, not stored
invite_member                account_members.invited_email
find_products                - not stored
find_watch_models            - not stored
invite_user                  user_invitations.invited_email
list_email_sends             - not stored
list_sms_sends               - not stored
may_send_from                - not stored
open_public_share            - not stored
phone_consents_of            - 32 bytes
preview_sms_origins          - 300 countries, not stored
publish_brand_asset          brand_assets.asset_name brand_assets.asset_type brand_assets.metadata
publish_brand_asset          brand_assets.licence_version brand_assets.licence_text
record_file_action           file_actions.metadata
record_phone_consents        phone_consents.wording phone_consents.phone_hash
record_sender_identity       sender_identities.status sender_identities.dkim_tokens
request_analytics_export     analytics_exports.list analytics_exports.format analytics_exports.request
request_erasure              erasures.kind erasures.address erasures.address_hash
set_retention                - not stored
request_email_export         send_exports.kind send_exports.statuses
request_email_forecast       send_forecasts.plan
request_sms_forecast         send_forecasts.plan
request_send_export          send_exports.kind send_exports.statuses
request_sms_export           send_exports.kind send_exports.statuses
request_sms_test_sends       sms_test_sends.recipient_phone sms_test_sends.template_data
request_test_sends           email_test_sends.recipient_email email_test_sends.template_data
request_upload               uploads.file_name uploads.content_type uploads.content_sha256
retry_email_sends            - 50 codes, in an audit row
retry_sms_sends              - 50 codes, in an audit row
search_directory             - 255 characters, not stored
sms_group_size               - a word
send_email_campaign          send_plans.audience send_plans.time_zone
send_sms_campaign            send_plans.audience
sender_identity_claimants    - not stored
set_sender                   senders.ses_tenant_name
settle_unknown_email_sends   - 10,000 ids, not stored
settle_unknown_sends         - 10,000 ids, not stored
settle_unknown_sms_sends     - 10,000 ids, not stored
share_file                   - 32 bytes
sign_in                      users.user_name users.profile_data
start_multipart_upload       uploads.storage_upload_id
set_email_ab_test            email_campaigns.ab_test
set_sms_ab_test              sms_campaigns.ab_test
set_currency                 - 3 characters
start_session                sessions.device_info sessions.location_data
suppress_address             suppressions.address_hash
sync_origination_identities  - columns of varchar
update_campaign_budget_spent campaign_expenses.description
withdraw_phone_consents      - 1,000 hashes, not stored
upsert_products              products.product_description products.tags products.metadata product_variants.metadata
"""

# Text, bytes, JSON and arrays without a length in their type.
UNBOUNDED = "(t.typname in ('text', 'bytea', 'json', 'jsonb') or t.typcategory = 'A')"

COLUMNS = f"""
    select format('%s.%s', c.relname, a.attname)
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and (
        {UNBOUNDED} or t.typname in ('varchar', 'bpchar') and a.atttypmod = -1
    )
"""

# Values of 9 MB by type: one long element, many short ones.
HUGE = {
    "text": ["repeat('x', 9000000)"],
    "character varying": ["repeat('x', 9000000)"],
    "bytea": ["convert_to(repeat('x', 9000000), 'UTF8')"],
    "jsonb": ["jsonb_build_object('x', repeat('x', 9000000))", "jsonb_build_array(repeat('x', 9000000))"],
    "character varying[]": ["array[repeat('x', 9000000)]", "array_fill('x'::text, array[100000])"],
    "uuid[]": ["array_fill(gen_random_uuid(), array[100000])"],
    "text[]": ["array[repeat('x', 9000000)]", "array_fill('pending'::text, array[100000])"],
}


def client_columns(platform: Platform) -> set[str]:
    """Columns without a length in their type that clients write by their grants, or through functions."""
    granted = "has_column_privilege('authenticated', c.oid, a.attnum, 'INSERT, UPDATE')"
    written = {row[0] for row in platform.owner.execute(f"{COLUMNS} and {granted}".encode())}
    unbounded = {row[0] for row in platform.owner.execute(COLUMNS.encode())}
    return written | (unbounded & {word for line in PARAMETERS.splitlines() for word in line.split()[1:]})


def accepts(platform: Platform, column: str, value: str, type_: str) -> bool:
    """Whether the validated check constraints on this column alone all hold for the value."""
    table, name = column.split(".")
    checks = platform.owner.execute(
        "select pg_get_expr(k.conbin, k.conrelid) from pg_constraint k join pg_attribute a"
        " on a.attrelid = k.conrelid and k.conkey = array[a.attnum]"
        " where k.conrelid = %s::regclass and k.contype = 'c' and k.convalidated and a.attname = %s",
        [f"public.{table}", name],
    ).fetchall()
    together = " and ".join(f"({check[0]})" for check in checks) or "true"
    row = platform.owner.execute(
        f"select {together} from (select ({value})::{type_} as {name}) {table}".encode()
    )
    return row.fetchone()[0] is not False


def unlimited(platform: Platform, columns: set[str]) -> list[str]:
    """The columns that take a value of 30 MB."""
    found = []
    for column in sorted(columns):
        table, name = column.split(".")
        (type_,) = platform.owner.execute(
            "select format_type(atttypid, null) from pg_attribute where attrelid = %s::regclass and attname = %s",
            [f"public.{table}", name],
        ).fetchone()
        if any(accepts(platform, column, value, type_) for value in HUGE[type_]):
            found.append(column)
    return found


def test_what_a_client_writes_has_a_limit(platform: Platform) -> None:
    assert unlimited(platform, client_columns(platform)) == []


def test_a_column_without_a_limit_is_found(platform: Platform) -> None:
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute("alter table campaigns drop constraint campaigns_settings_size")
        platform.owner.execute("alter table products drop constraint products_tags_size")
        assert unlimited(platform, client_columns(platform)) == [
            "campaigns.campaign_settings",
            "products.tags",
        ]


def test_every_parameter_of_a_clients_function_is_accounted_for(platform: Platform) -> None:
    takes_long_values = {
        row[0]
        for row in platform.owner.execute("""
            select p.proname from pg_proc p
            where p.pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', p.oid, 'EXECUTE')
                and exists (
                    select from unnest(p.proargtypes) given join pg_type t on t.oid = given
                    where t.typcategory = 'A' or t.typname in ('text', 'varchar', 'bytea', 'json', 'jsonb')
                )
        """)
    }
    named = {line.split()[0] for line in PARAMETERS.strip().splitlines()}
    assert named == takes_long_values


@pytest.mark.parametrize(
    "statement",
    [
        "update campaigns set campaign_settings = jsonb_build_object('x', repeat('x', 8000000))",
        "update campaigns set campaign_description = repeat('x', 9000000)",
        (
            "insert into templates (template_name, template_type, template_content, created_by_user_id)"
            " values ('x', 'web', jsonb_build_object('x', repeat('x', 9000000)), auth.uid())"
        ),
        "select create_campaign('x', repeat('x', 9000000))",
        "select start_session(jsonb_build_object('x', repeat('x', 8000000)))",
    ],
)
def test_a_client_is_refused(platform: Platform, statement: str) -> None:
    with (
        platform.acting("brand") as connection,
        pytest.raises(psycopg.Error, match=r"_size|at most") as caught,
    ):
        connection.execute(statement.encode())
    assert caught.value.sqlstate in {"23514", "PT422"}
