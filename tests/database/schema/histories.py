"""Random histories of everything that statistics come from, and what must hold after any of them."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import psycopg

from tests.database.schema.analytics import make_partitions, refresh, run, snapshot
from tests.database.schema.platform import with_ids

# Zones whose days begin at a quarter of an hour, whose clocks change by half an hour, and by an hour.
ZONES = ("Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York")
# Times at which days begin and clocks change there, each also a microsecond before and after.
EDGES = """
create temporary table edges on commit drop as
select q.at + shift as at
from unnest(%s::text[]) zone
cross join generate_series(date_trunc('hour', now()) - interval '99 days', now() - interval '1 day', '15 minutes') q (at)
cross join unnest('{-1 microsecond, 0, 1 microsecond}'::interval[]) shift
where (q.at at time zone zone)::time = '00:00'
    or (q.at at time zone zone) - ((q.at - interval '15 minutes') at time zone zone) <> interval '15 minutes'
"""

# What may happen; one line is picked at random, and does it to some rows.
OPERATIONS = """
insert into file_actions (file_id, user_id, action_type, action_timestamp, session_id) select file_id, (array[@retailer, @friend, @brand, null]::uuid[])[1 + floor(random() * 4)], (array['VIEW', 'DOWNLOAD', 'SHARE', 'UPLOAD']::file_action_type[])[1 + floor(random() * 4)], now() - random() * interval '90 days', (select session_id from sessions order by random() limit 1) from files where random() < 0.5
insert into sessions (user_id, started_at) select user_id, now() - random() * interval '30 days' from users where random() < 0.5
update sessions set ended_at = started_at + random() * interval '1 hour' where random() < 0.3
insert into email_sends (email_campaign_id, recipient_email, sent_at) select email_campaign_id, format('%s@x', gen_random_uuid()), now() from email_campaigns, generate_series(1, 3)
update email_sends set delivered_at = now() - random() * interval '9 days' where random() < 0.4
update email_sends set opened_at = now() - random() * interval '9 days', clicked_at = case when random() < 0.5 then now() end where random() < 0.4
update email_sends set sent_at = null where random() < 0.1
delete from email_sends where random() < 0.1
insert into sms_sends (sms_campaign_id, recipient_phone, sent_at) select sms_campaign_id, '+1' || floor(1e9 + random() * 8e9)::bigint, now() from sms_campaigns
update sms_sends set delivered_at = now() where random() < 0.5
update sms_sends set accepted_attempts = 1, units = 1 + floor(random() * 4), price = 0.00581, failed_at = now(), unsubscribed_at = now() - random() * interval '9 days' where random() < 0.4
update sms_sends set clicked_at = now() - random() * interval '200 days', charges = '{"1": 0.0062}', charged = 0.0062 where random() < 0.3
delete from sms_sends where random() < 0.1
insert into social_posts (account_id, campaign_id, published_at) select account_id, @campaigns/brands, now() - random() * interval '60 days' from social_accounts
update social_posts set published_at = now() where random() < 0.2
insert into social_posts (account_id, campaign_id, published_at, template_id, post_content) select account_id, case when random() < 0.7 then @campaigns/brands::uuid end, case when random() < 0.7 then now() - random() * interval '9 days' end, @templates/brands, case when random() < 0.3 then 'own' end from social_accounts
update social_posts set post_content = case when random() < 0.5 then 'other' end, template_id = case when random() < 0.7 then @templates/brands::uuid end where random() < 0.4
insert into social_engagement (post_id, engagement_type, engagement_count, recorded_at) select post_id, (array['like', 'share', 'view', 'reach', 'save', 'watch_seconds'])[1 + floor(random() * 6)], floor(random() * 50), now() - random() * interval '40 days' from social_posts
delete from social_engagement where random() < 0.1
with gone as (select post_id from social_posts where random() < 0.2), engagement as (delete from social_engagement e using gone g where e.post_id = g.post_id) delete from social_posts p using gone g where p.post_id = g.post_id
update email_sends set failed_at = now(), complained_at = now(), machine_opened_at = now() - random() * interval '200 days', unsubscribed_at = now() where random() < 0.2
with gone as (delete from email_sends s using email_campaigns e where s.email_campaign_id = e.email_campaign_id and e.requested_at is null and random() < 0.3) delete from email_campaigns e where e.requested_at is null and random() < 0.2 and not exists (select from email_sends s where s.email_campaign_id = e.email_campaign_id) and not exists (select from send_plans p where p.email_campaign_id = e.email_campaign_id) and not exists (select from conversions v where v.email_campaign_id = e.email_campaign_id) and not exists (select from ddp.archived_conversions v where v.email_campaign_id = e.email_campaign_id)
insert into email_campaigns (campaign_id, created_by_user_id, email_subject, email_content, sender_email, template_id) select @campaigns/brands, @retailer, 's', 'c', 'x@y', @templates/brands
update email_campaigns set template_id = case when random() < 0.7 then @templates/brands::uuid end, sent_at = now() - random() * interval '5 days' where requested_at is null
insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id) select 'x', 'logo', file_id, created_by_user_id from files where random() < 0.2 on conflict do nothing
update brand_assets set asset_type = (array['logo', 'picture'])[1 + floor(random() * 2)], unpublished_at = case when random() < 0.3 then now() end
insert into collection_files (collection_id, file_id, added_by_user_id) select collection_id, file_id, @brand from collections, files where random() < 0.2 on conflict do nothing
delete from collection_files where random() < 0.2
update files set deleted_at = case when random() < 0.5 then now() end where content_sha256 is null and random() < 0.3
insert into product_variants (product_id, variant_title, price, inventory_quantity) select product_id, 'v', random() * 100, floor(random() * 3) from products
update product_variants set inventory_quantity = inventory_quantity - 1, compare_at_price = 50 where random() < 0.4
delete from product_variants where random() < 0.2
insert into wish_list_items (model_id, retailer_id, wish_count) select model_id, user_id, 1 + floor(random() * 5) from watch_models, users where user_type = 'retailer' on conflict (retailer_id, model_id) do update set wish_count = excluded.wish_count
delete from wish_list_items where random() < 0.3
update users set profile_data = jsonb_build_object('region', (array['BAVARIA', 'CH'])[1 + floor(random() * 2)]) where random() < 0.5
insert into campaign_participants (campaign_id, retailer_id, campaign_owner_id) select campaign_id, @friend, created_by_user_id from campaigns where random() < 0.5 on conflict do nothing
delete from campaign_participants where random() < 0.2
update campaign_participants set participant_state = (enum_range(null::participant_state))[1 + floor(random() * 3)] where random() < 0.4
update templates set template_name = 'renamed' where random() < 0.5
insert into conversions (campaign_id, retailer_id, email_campaign_id, order_id, kind, value, currency, occurred_at) select campaign_id, created_by_user_id, case when random() < 0.7 then email_campaign_id end, gen_random_uuid()::text, 'order', floor(random() * 1000) / 100, 'EUR', now() - random() * interval '80 days' from email_campaigns
insert into conversions (campaign_id, retailer_id, email_campaign_id, order_id, kind, value, currency, occurred_at) select campaign_id, retailer_id, email_campaign_id, order_id, 'refund', -value, currency, now() from conversions where kind = 'order' and value > 0 and random() < 0.3 on conflict do nothing
insert into conversions (campaign_id, retailer_id, order_id, kind, value, currency, occurred_at) select @campaigns/brands, @retailer, gen_random_uuid()::text, 'pixel', 0, 'EUR', now() - interval '2 days'
insert into conversions (campaign_id, retailer_id, sms_campaign_id, order_id, kind, value, currency, occurred_at) select campaign_id, created_by_user_id, sms_campaign_id, gen_random_uuid()::text, 'order', 12, 'EUR', now() - random() * interval '9 days' from sms_campaigns where created_by_user_id is not null and random() < 0.5
update conversions set kind = 'order', value = 5 where kind = 'pixel' and random() < 0.5
update conversions set recorded_at = now() - interval '200 days' where random() < 0.3
select ddp.clean_conversions(now() - interval '100 days', 3)
insert into campaign_expenses (campaign_id, amount, created_by_user_id) select campaign_id, 1 + floor(random() * 100), case when random() < 0.5 then created_by_user_id else @retailer end from campaigns where random() < 0.6
update campaign_participants set participant_state = 'left' where random() < 0.4
update campaign_participants set participant_state = 'accepted', joined_at = now() where participant_state = 'left'
select ddp.touch_aging_scores()
insert into file_actions (file_id, user_id, action_type, action_timestamp) select f.file_id, @friend, 'VIEW', e.at from files f, edges e where random() < 0.01
insert into file_actions (file_id, user_id, action_type, action_timestamp) select file_id, @retailer, 'DOWNLOAD', now() - random() * interval '3 years' from files where random() < 0.3
insert into sessions (user_id, started_at, ended_at) select @retailer, e.at, e.at + random() * interval '2 hours' from edges e where random() < 0.02
insert into email_sends (email_campaign_id, recipient_email, sent_at, delivered_at) select m.email_campaign_id, format('%s@x', gen_random_uuid()), e.at, e.at + interval '15 minutes' from email_campaigns m, edges e where random() < 0.01
update email_sends set sent_at = (select at from edges order by random() limit 1) where random() < 0.1
update email_sends set opened_at = opened_at, status = status, clicked_at = clicked_at where random() < 0.5
insert into social_posts (account_id, published_at) select account_id, (select at from edges order by random() limit 1) from social_accounts
insert into conversions (campaign_id, retailer_id, order_id, kind, value, currency, occurred_at) select @campaigns/brands, @retailer, gen_random_uuid()::text, 'order', 7, 'EUR', e.at from edges e where random() < 0.01
insert into conversions (campaign_id, retailer_id, order_id, kind, value, currency, occurred_at) select campaign_id, retailer_id, order_id, kind, value, currency, occurred_at from conversions where random() < 0.5 on conflict do nothing
with gone as (delete from sms_sends s using sms_campaigns m where s.sms_campaign_id = m.sms_campaign_id and m.requested_at is null and random() < 0.3) delete from sms_campaigns m where m.requested_at is null and random() < 0.3 and not exists (select from sms_sends s where s.sms_campaign_id = m.sms_campaign_id) and not exists (select from send_plans p where p.sms_campaign_id = m.sms_campaign_id) and not exists (select from conversions v where v.sms_campaign_id = m.sms_campaign_id) and not exists (select from ddp.archived_conversions v where v.sms_campaign_id = m.sms_campaign_id)
insert into sms_campaigns (campaign_id, sms_content, sender_number, created_by_user_id) select @campaigns/brands, 'x', '+12025550100', @retailer
insert into products (product_title, created_by_user_id) values ('x', @brand)
with gone as (select product_id from products where random() < 0.2), variants as (delete from product_variants v using gone g where v.product_id = g.product_id) delete from products p using gone g where p.product_id = g.product_id
insert into watch_models (model_name, created_by_user_id) select 'x', @brand
with gone as (select model_id from watch_models m where random() < 0.3 and not exists (select from regional_wish_lists r where r.model_id = m.model_id)), wishes as (delete from wish_list_items w using gone g where w.model_id = g.model_id) delete from watch_models m using gone g where m.model_id = g.model_id
insert into collections (collection_name, created_by_user_id, is_public) values ('x', @brand, random() < 0.5)
with gone as (select collection_id from collections where random() < 0.2), files as (delete from collection_files f using gone g where f.collection_id = g.collection_id) delete from collections c using gone g where c.collection_id = g.collection_id
insert into templates (template_name, template_type, created_by_user_id) values ('unused', 'email', @brand)
delete from templates where template_name = 'unused' and random() < 0.5
insert into ddp.erasures (kind, user_id, address, address_hash, is_dry_run, requested_by) values ('user', @friend, 'friend@example.com', sha256('friend'), false, @admin) on conflict do nothing
insert into ddp.erasures (kind, address, address_hash, is_dry_run, requested_by) select 'recipient', recipient_email, sha256(recipient_email::bytea), random() < 0.2, @admin from email_sends where recipient_email is not null order by random() limit 1 on conflict do nothing
select ddp.erase_portion(20) from generate_series(1, 30)
"""
# Steps of cleanups, with the shortest retentions that are allowed.
CLEANUPS = (
    "ddp.drop_old_partitions('file_actions', '30 days')",
    "ddp.drop_old_partitions('social_engagement', '90 days')",
    "ddp.drop_old_partitions('daily_analytics', '400 days')",
    "cleanup_old_sessions('7 days')",
)
# So that there is something to add up and to remove, and no table is empty, whatever the history does.
FIRST = """
insert into file_actions (file_id, user_id, action_type, action_timestamp) select @files/private, @friend, 'DOWNLOAD', now() - interval '80 days'
"""
LAST = """
insert into file_actions (file_id, user_id, action_type, action_timestamp) select @files/private, @friend, 'VIEW', e.at from edges e where random() < 0.2
insert into sessions (user_id, started_at) select @retailer, e.at from edges e where random() < 0.2
insert into social_posts (account_id, published_at) select @social_accounts/brands, e.at from edges e where random() < 0.2
update email_campaigns set template_id = @templates/brands where created_by_user_id = @retailer
insert into email_campaigns (campaign_id, created_by_user_id, email_subject, email_content, sender_email, template_id) select @campaigns/brands, @retailer, 's', 'c', 'x@y', @templates/brands
insert into email_sends (email_campaign_id, recipient_email, sent_at) select email_campaign_id, 'last@x', now() from email_campaigns on conflict do nothing
insert into email_sends (email_campaign_id, recipient_email, sent_at) select email_campaign_id, format('%s@x', gen_random_uuid()), e.at from email_campaigns, edges e where random() < 0.05
insert into sms_campaigns (campaign_id, sms_content, sender_number, created_by_user_id) values (@campaigns/brands, 'x', '+12025550100', @retailer)
insert into social_posts (account_id, campaign_id) select account_id, @campaigns/brands from social_accounts
insert into social_posts (account_id, campaign_id, template_id, published_at) select account_id, @campaigns/brands, @templates/brands, now() from social_accounts
insert into products (product_title, created_by_user_id) values ('last', @brand)
insert into collections (collection_name, created_by_user_id) values ('last', @brand)
insert into sessions (user_id) values (@retailer)
insert into watch_models (model_name, created_by_user_id) values ('last', @brand)
insert into wish_list_items (model_id, retailer_id) select model_id, @retailer from watch_models on conflict do nothing
insert into campaign_participants (campaign_id, retailer_id) values (@campaigns/brands, @retailer) on conflict (campaign_id, retailer_id) do update set participant_state = 'accepted', joined_at = now()
insert into social_engagement (post_id, engagement_type, engagement_count) select post_id, 'like', 1 from social_posts
"""


def live(session: psycopg.Connection, seed: int, *, steps: int, cleanups: tuple[str, ...] = ()) -> None:
    """A random history of that many steps, with refreshes, portions and steps of cleanups in between."""
    chance = random.Random(seed)
    session.execute("select setseed(%s)", [seed / 1000])
    session.execute(EDGES, [list(ZONES)])
    today = session.execute("select current_date").fetchone()[0]
    make_partitions(session, "file_actions", today - timedelta(days=100), today)
    session.execute(
        "select ddp.recompute_analytics()"
    )  # without the rows that the fixture wrote into rollups
    run(session, FIRST)
    operations = OPERATIONS.strip().splitlines()
    for _ in range(steps):
        run(session, chance.choice(operations))
        match chance.random():
            case n if n < 0.15:
                refresh(session)
            case n if n < 0.3:
                session.execute("select ddp.refresh_portion(%s)", [chance.choice([1, 7, 50])])
        if cleanups and chance.random() < 0.3:
            session.execute(f"select {chance.choice(cleanups)}".encode())
    for statement in LAST.strip().splitlines():
        run(session, statement)
    refresh(session)


def require_what_recomputing_gives(session: psycopg.Connection) -> None:
    """Recompute, with slices cut by chance; every table of statistics must stay as it is."""
    refreshed = snapshot(session)
    session.execute("select ddp.start_recompute()")
    while session.execute("select ddp.is_recomputing()").fetchone() == (True,):
        session.execute("select ddp.cut_slice() from generate_series(1, 3) where random() < 0.2")
        session.execute("select ddp.refresh_portion()")
    session.execute("select ddp.refresh_analytics()")
    recomputed = snapshot(session)
    found = differing(refreshed, recomputed)
    assert not found, found


def differing(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """The first rows, by table, that are not in both: `-` is only before, `+` only after."""
    found = {}
    for name, rows in before.items():
        gone, new = Counter(rows) - Counter(after[name]), Counter(after[name]) - Counter(rows)
        if gone or new:
            found[name] = [f"- {row}" for row in [*gone][:3]] + [f"+ {row}" for row in [*new][:3]]
    return found


# The facts behind some of the metrics: metric, time, owner, and where they are.
FACTS = (
    ("file_views", "action_timestamp", "files.created_by_user_id", "file_actions join files using (file_id) where action_type = 'VIEW'"),
    ("views_made", "action_timestamp", "user_id", "file_actions where action_type = 'VIEW' and user_id is not null"),
    ("email_campaign_sent", "s.sent_at", "email_campaigns.created_by_user_id", "email_sends s join email_campaigns using (email_campaign_id)"),
    ("social_post_published", "published_at", "social_accounts.user_id", "social_posts join social_accounts using (account_id)"),
    ("user_sessions", "started_at", "user_id", "sessions"),
)  # fmt: skip


def require_days_of_zones(session: psycopg.Connection) -> None:
    """In each zone, quarter hours add up to the same local days as the facts do; the days, to the total."""
    totals = set()
    for zone in (*ZONES, "UTC"):
        days = {metric: _days(session, zone, metric, *facts) for metric, *facts in FACTS}
        for metric, (rolled_up, counted) in days.items():
            assert rolled_up == counted, (zone, metric)
        totals.add(tuple(sum(count for *_, count in rolled_up) for rolled_up, _ in days.values()))
    assert len(totals) == 1, totals
    assert all(totals.pop()), "a history without facts proves nothing"


def _days(session: psycopg.Connection, zone: str, metric: str, at: str, owner: str, facts: str) -> tuple:
    """Owner, local day and sum since all facts are there: from the quarter hours, and from the facts."""
    since = "greatest(ddp.first_quarter(), ddp.first_kept_day(ddp.counted_entity('user', %(metric)s))::timestamp at time zone 'UTC')"
    rolled_up = f"""
        select owner_user_id, (quarter at time zone %(zone)s)::date, sum(metric_value) from ddp.quarter_hours
        where metric_name = %(metric)s and owner_user_id is not null and quarter >= {since} group by 1, 2 order by 1, 2
    """
    counted = f"""
        select owner, (at at time zone %(zone)s)::date, count(*) from (select {owner} as owner, {at} as at from {facts}) f
        where at >= {since} group by 1, 2 order by 1, 2
    """
    values = {"zone": zone, "metric": metric}
    return tuple(session.execute(with_ids(query), values).fetchall() for query in (rolled_up, counted))
