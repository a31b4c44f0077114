"""Lists read what they return, under row level security, however many rows others have."""

from __future__ import annotations

import pytest

from tests.database.schema.platform import Platform, id_of

LIMIT = 20

IDS = {
    "me": id_of("brand"),
    "message": id_of("email_campaigns/brands"),
    "account": id_of("social_accounts/brands"),
}
QUERIES = {
    "own files": (
        "select * from files where created_by_user_id = '{me}' and deleted_at is null"
        " order by created_at desc, file_id desc limit 20"
    ),
    "next page of own files": (
        "select * from files where created_by_user_id = '{me}' and deleted_at is null"
        " and (created_at, file_id) < (now() - interval '1 hour', '{me}')"
        " order by created_at desc, file_id desc limit 20"
    ),
    "own trash": (
        "select * from files where created_by_user_id = '{me}' and deleted_at is not null"
        " order by deleted_at desc, file_id desc limit 20"
    ),
    "own files by name": (
        "select * from files where created_by_user_id = '{me}' and deleted_at is null"
        " order by file_name asc, file_id asc limit 20"
    ),
    "next page of own files by name": (
        "select * from files where created_by_user_id = '{me}' and deleted_at is null"
        " and (file_name, file_id) > ('f2', '{me}') order by file_name asc, file_id asc limit 20"
    ),
    "next page of own files by size": (
        "select * from files where created_by_user_id = '{me}' and deleted_at is null"
        " and (file_size, file_id) < (1000, '{me}') order by file_size desc, file_id desc limit 20"
    ),
    "next page of own products by title": (
        "select * from products where created_by_user_id = '{me}'"
        " and (product_title, product_id) > ('f2', '{me}') order by product_title asc, product_id asc limit 20"
    ),
    "next page of own campaigns by start": (
        "select * from campaigns where created_by_user_id = '{me}'"
        " and (coalesce(start_date, 'infinity'), campaign_id) > ('2027-01-01', '{me}')"
        " order by coalesce(start_date, 'infinity') asc, campaign_id asc limit 20"
    ),
    "own campaigns by start, the last first": (
        "select * from campaigns where created_by_user_id = '{me}'"
        " order by coalesce(start_date, 'infinity') desc, campaign_id desc limit 20"
    ),
    "own files, the oldest first": (
        "select * from files where created_by_user_id = '{me}' and deleted_at is null"
        " order by created_at asc, file_id asc limit 20"
    ),
    "own files of a period": (
        "select * from files where created_by_user_id = '{me}' and deleted_at is null"
        " and created_at >= now() - interval '3 hours' and created_at < now() - interval '2 hours'"
        " order by created_at desc, file_id desc limit 20"
    ),
    "own actions": "select * from file_actions where user_id = '{me}' order by action_timestamp desc limit 20",
    "own uploads": (
        "select * from uploads where created_by_user_id = '{me}' order by created_at desc, upload_id desc limit 20"
    ),
    "own campaigns": (
        "select * from campaigns where created_by_user_id = '{me}' order by created_at desc limit 20"
    ),
    "own e-mail campaigns": (
        "select * from email_campaigns where created_by_user_id = '{me}' order by created_at desc limit 20"
    ),
    "next page of the calendar of posts": (
        "select * from (select c.*, coalesce(c.scheduled_at, c.published_at, c.created_at) as calendar_at"
        " from social_posts c) p where created_by_user_id = '{me}'"
        " and (calendar_at, post_id) > (now() - interval '1 hour', '{me}')"
        " order by calendar_at asc, post_id asc limit 20"
    ),
    "own posts": (
        "select * from social_posts where account_id = '{account}' order by created_at desc limit 20"
    ),
    "posts of all own accounts": (
        "select * from social_posts where created_by_user_id = '{me}' order by created_at desc, post_id desc limit 20"
    ),
    "posts for own campaigns": (
        "select * from social_posts where campaign_owner_id = '{me}' order by created_at desc, post_id desc limit 20"
    ),
    "own templates": (
        "select * from templates where created_by_user_id = '{me}' order by created_at desc limit 20"
    ),
    "own recipients": (
        "select * from email_sends where email_campaign_id = '{message}' order by recipient_email limit 20"
    ),
    "next page of own recipients": (
        "select * from email_sends where email_campaign_id = '{message}' and recipient_email > 'r1'"
        " order by recipient_email limit 20"
    ),
    "own products": (
        "select * from products where created_by_user_id = '{me}' order by created_at desc, product_id desc limit 20"
    ),
    "next page of own products": (
        "select * from products where created_by_user_id = '{me}'"
        " and (created_at, product_id) < (now() - interval '1 hour', '{me}')"
        " order by created_at desc, product_id desc limit 20"
    ),
    "everyone's published products": (
        "select * from products where published_at <= now() order by published_at desc, product_id desc limit 20"
    ),
    "next page of everyone's published products": (
        "select * from products where published_at <= now()"
        " and (published_at, product_id) < (now() - interval '1 hour', '{me}')"
        " order by published_at desc, product_id desc limit 20"
    ),
    "own watch models": (
        "select * from watch_models where created_by_user_id = '{me}' order by created_at desc, model_id desc limit 20"
    ),
    "everyone's active watch models": (
        "select * from watch_models where is_active order by created_at desc, model_id desc limit 20"
    ),
    "own collections": (
        "select * from collections where created_by_user_id = '{me}'"
        " order by created_at desc, collection_id desc limit 20"
    ),
    "everyone's public collections": (
        "select * from collections where is_public order by created_at desc, collection_id desc limit 20"
    ),
    "own models by region": (
        "select * from regional_wish_lists where brand_id = '{me}'"
        " and (region, rank_in_region, regional_wish_id) > ('Region 1', 500, '{me}')"
        " order by region, rank_in_region, regional_wish_id limit 20"
    ),
    "own imports": (
        "select * from product_imports where created_by_user_id = '{me}'"
        " order by created_at desc, product_import_id desc limit 20"
    ),
    "own consents": (
        "select phone_consent_id from phone_consents"
        " where owner_user_id = (select coalesce(null::uuid, ddp.active_user_id()))"
        " and (recorded_at, phone_consent_id) < (now() - interval '1 hour', '{me}')"
        " order by recorded_at desc, phone_consent_id desc limit 20"
    ),
    "own sessions": "select * from sessions where user_id = '{me}' order by started_at desc limit 20",
}
EVERYBODYS = ("campaign", "email_campaign", "sms_campaign", "product", "collection")
FOR_ADMINS = {
    **{
        f"all {name}s": f"select * from {name}s order by created_at desc, {name}_id desc limit 20"
        for name in EVERYBODYS
    },
    "all answers": (
        "select inbound_message_id from inbound_messages order by received_at desc, inbound_message_id desc limit 20"
    ),
    "all posts": "select * from social_posts order by created_at desc, post_id desc limit 20",
    "the latest changes": (
        "select * from audit_logs where changed_at >= now() - interval '31 days' and changed_at < '9999-01-01'"
        " order by changed_at desc, log_id desc limit 20"
    ),
    "all files": "select * from files where deleted_at is null order by created_at desc, file_id desc limit 20",
    "next page of all files": (
        "select * from files where deleted_at is null and (created_at, file_id) < (now() - interval '1 hour', '{me}')"
        " order by created_at desc, file_id desc limit 20"
    ),
}
WISHES = (
    f"select * from wish_list_items where retailer_id = '{id_of('friend')}'"
    " order by created_at desc, wish_id desc limit 20"
)
TAKES_PART = (
    "select c.*, p.joined_at from campaign_participants p join campaigns c on c.campaign_id = p.campaign_id"
    f" where p.retailer_id = '{id_of('friend')}' order by p.joined_at desc limit 20"
)
NEWEST_JOINED = (
    "select c.* from campaign_participants p join campaigns c on c.campaign_id = p.campaign_id"
    f" where p.retailer_id = '{id_of('friend')}' and p.participant_state = 'accepted'"
    " order by p.campaign_created_at desc, p.campaign_id desc limit 20"
)


CROWD = """
    insert into files (file_name, file_type, file_size, file_path, created_by_user_id, created_at, deleted_at)
    select 'f' || n, 'image', n, 'files/x', (array(select user_id from users))[1 + n % 6],
        now() - n * interval '1 second', case when n % 5 = 0 then now() end
    from generate_series(1, 30000) n;
    insert into file_actions (file_id, user_id, action_type)
    select file_id, created_by_user_id, 'VIEW' from files;
    insert into uploads (created_by_user_id, file_name, content_type, file_type, file_size, content_sha256,
        method, created_at, expires_at)
    select created_by_user_id, file_name, 'image/png', 'image', 1, sha256(file_name::bytea), 'single', created_at,
        created_at + interval '1 day'
    from files;
    insert into campaigns (campaign_name, created_by_user_id, created_at, start_date)
    select file_name, created_by_user_id, created_at,
        case when file_size % 3 = 0 then created_at + interval '90 days' end
    from files where file_name like 'f%0';
    insert into campaign_participants (campaign_id, retailer_id)
    select campaign_id, (select user_id from users where user_name = 'friend') from campaigns
    where created_by_user_id <> '{me}';
    insert into email_campaigns
        (campaign_id, email_subject, email_content, sender_email, created_by_user_id, created_at)
    select campaign_id, 'x', 'x', 'x@example.com', created_by_user_id, created_at from campaigns;
    insert into email_sends (email_campaign_id, recipient_email, created_by_user_id)
    select email_campaign_id, 'r' || n || '@example.com', created_by_user_id
    from email_campaigns, generate_series(1, case email_campaign_id when '{message}' then 5000 else 2 end) n;
    insert into sms_campaigns (campaign_id, sms_content, sender_number, created_by_user_id, created_at)
    select campaign_id, 'x', '+15005550006', created_by_user_id, created_at from campaigns;
    insert into social_posts (account_id, campaign_id, post_content, created_at, status, published_at)
    select account_id, case when n % 7 = 0 then c.campaign_id end, 'x', now() - n * interval '1 second',
        case when n % 10 = 0 then 'draft' else 'published' end::social_post_status,
        case when n % 10 <> 0 then now() end
    from social_accounts, generate_series(1, 3000) n,
        (select campaign_id from campaigns where created_by_user_id = '{me}' limit 1) c;
    insert into templates (template_name, template_type, created_by_user_id, created_at)
    select campaign_name, 'email', created_by_user_id, created_at from campaigns;
    insert into sessions (user_id, started_at)
    select created_by_user_id, created_at from campaigns;
    insert into products (external_product_id, product_title, created_by_user_id, created_at, published_at)
    select file_name, file_name, created_by_user_id, created_at, case when file_name like '%0' then created_at end
    from files where file_name like 'f%';
    insert into watch_models (model_id, model_name, created_by_user_id, created_at, is_active)
    select file_id, file_name, created_by_user_id, created_at, file_name like '%0' from files where file_name like 'f%';
    insert into wish_list_items (model_id, retailer_id, created_at)
    select m.model_id, u.user_id, m.created_at from watch_models m, users u
    where u.user_name in ('retailer', 'friend') and m.model_name like 'f%0';
    insert into regional_wish_lists (model_id, region, rank_in_region, brand_id)
    select m.model_id, 'Region ' || n, row_number() over (partition by n, m.created_by_user_id), m.created_by_user_id
    from watch_models m, generate_series(1, 3) n where m.is_active and m.model_name like 'f%';
    insert into collections (collection_name, created_by_user_id, created_at, is_public)
    select file_name, created_by_user_id, created_at, file_name like '%0' from files where file_name like 'f%';
    insert into product_imports (file_id, created_by_user_id, created_at)
    select file_id, created_by_user_id, created_at from files where file_name like 'f%';
    insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at, recorded_at)
    select created_by_user_id, sha256(file_name::bytea), 'x', 'x', created_at, created_at from files
    where file_name like 'f%';
    insert into inbound_messages (
        provider_message_id, received_at, identity, phone_hash, verdict, owner_user_id, is_for_everyone
    )
    select file_name, created_at, '72645', sha256(file_name::bytea), 'other', created_by_user_id, false from files
    where file_name like 'f%';
    analyze phone_consents, inbound_messages;
    analyze products, watch_models, wish_list_items, regional_wish_lists, collections, product_imports, audit_logs;
    analyze files, file_actions, uploads, campaigns, campaign_participants, email_campaigns, email_sends,
        social_posts, templates, sessions, sms_campaigns;
"""


@pytest.fixture(scope="module")
def crowd(platform: Platform):
    """Many rows, a sixth of them the brand's; removed after this module.

    A superuser's transaction: it can become the API's role, which then sees uncommitted rows.
    """
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute(CROWD.format(**IDS).encode())
        platform.become(connection, "brand")
        connection.execute("set local role authenticated")
        yield connection


def test_an_administrator_lists_the_newest_files_of_everyone(crowd, platform: Platform):
    platform.become(crowd, "admin")
    try:
        query = "select * from files where deleted_at is null order by created_at desc, file_id desc limit 20"
        plan = crowd.execute(f"explain (analyze, format json) {query}".encode()).fetchone()[0][0]["Plan"]
    finally:
        platform.become(crowd, "brand")
    assert plan["Actual Rows"] == LIMIT
    assert sum(rows_read(node) for node in walk(plan) if node["Node Type"].endswith("Scan")) <= 2 * LIMIT, (
        plan
    )


@pytest.mark.parametrize("name", QUERIES)
def test_lists_read_what_they_return(crowd, name):
    assert_reads_what_it_returns(crowd, QUERIES[name])


@pytest.mark.parametrize("name", FOR_ADMINS)
def test_lists_of_administrators_read_what_they_return(crowd, platform, name):
    platform.become(crowd, "admin")
    try:
        assert_reads_what_it_returns(crowd, FOR_ADMINS[name])
    finally:
        platform.become(crowd, "brand")


@pytest.mark.parametrize("query", [TAKES_PART, NEWEST_JOINED])
def test_lists_of_participants_read_what_they_return(crowd, platform, query):
    """Reads each campaign once and each participation once."""
    platform.become(crowd, "friend")
    try:
        assert_reads_what_it_returns(crowd, query)
    finally:
        platform.become(crowd, "brand")


def test_wishes_of_retailers_read_what_they_return(crowd, platform):
    platform.become(crowd, "friend")
    try:
        assert_reads_what_it_returns(crowd, WISHES)
    finally:
        platform.become(crowd, "brand")


def assert_reads_what_it_returns(connection, query):
    explain = f"explain (analyze, format json) {query.format(**IDS)}"
    plan = connection.execute(explain.encode()).fetchone()[0][0]["Plan"]
    scans = [node for node in walk(plan) if node["Node Type"].endswith("Scan")]
    assert plan["Actual Rows"] == LIMIT
    assert not [node for node in scans if node["Node Type"] == "Seq Scan" and rows_read(node) > LIMIT]
    assert sum(rows_read(node) for node in scans) <= 2 * LIMIT, plan


def rows_read(node):
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]


def walk(node):
    yield node
    for child in node.get("Plans", ()):
        yield from walk(child)
