-- name: account
-- An account with posts, of a new tenant.
with tenant as (
    insert into users (user_email, user_name, user_type, is_active)
    values (gen_random_uuid() || '@example.com', 'Brand', 'brand', true)
    returning user_id
)
insert into social_accounts (
    user_id, platform, account_handle, account_kind, external_account_id, status, scopes, access_token_encrypted
)
select user_id, 'facebook', 'shop', 'page', %(external_id)s, 'active', '{}', 'token' from tenant
returning account_id, user_id;

-- name: posts
-- So many published posts of an account: their ids are those of the account's page and a number.
insert into social_posts (account_id, post_content, post_type, status, external_post_id, published_at)
select
    %(account_id)s, 'A new watch', 'text', 'published', %(external_id)s || '_' || n,
    now() - interval '1 year' * %(years)s - interval '1 hour'
from generate_series(1, %(posts)s) n
returning post_id;

-- name: due
-- All readings of counters are due, and nobody has them.
update ddp.social_polls set due_at = now() - interval '1 minute', claimed_by = null, claimed_until = null, is_nudged = false
where kind = 'counters';

-- name: not_due
-- Readings of what is computed are not.
delete from ddp.social_polls where kind = 'insights';

-- name: bare_claim
-- The floor: takes so many readings that are due, and what a worker needs of their posts and accounts.
with claimed as (
    update ddp.social_polls w set claimed_by = %(worker)s, claimed_until = now() + interval '2 minutes', is_nudged = false
    where (w.post_id, w.kind) in (
        select d.post_id, d.kind from ddp.social_polls d
        where d.due_at <= now() and not d.is_held and (d.claimed_until is null or d.claimed_until <= now())
        order by d.due_at
        limit %(limit)s
        for no key update skip locked
    )
    returning w.post_id, w.kind, w.round, w.gone_since, w.paid_on
)
select
    c.post_id, c.kind, c.round, c.gone_since, c.paid_on, a.account_id, a.user_id, a.platform, a.external_account_id,
    a.account_kind, a.account_handle, a.scopes, a.access_token_encrypted, p.external_post_id, p.post_type, p.published_at
from claimed c
join social_posts p on p.post_id = c.post_id
join social_accounts a on a.account_id = p.account_id;

-- name: bare_events
-- The floor: the same rows of events, and readings moved forward, by keys.
with stored as (
    insert into ddp.social_events (
        digest, platform, kind, status, external_account_id, external_post_id, external_user_hash, post_id, occurred_at, raw
    )
    select
        decode(e.digest, 'hex'), e.platform, e.kind, 'applied', e.external_account_id, e.external_post_id,
        decode(e.external_user_hash, 'hex'), e.post_id, e.occurred_at, e.raw
    from jsonb_to_recordset(%(events)s::jsonb) e (
        digest text, platform social_platform, kind text, external_account_id text, external_post_id text,
        external_user_hash text, post_id uuid, occurred_at timestamptz, raw jsonb
    )
    on conflict (digest) do update set kind = excluded.kind
    returning post_id
)
update ddp.social_polls w set due_at = least(w.due_at, now()), nudged_at = now(), is_nudged = true
where w.kind = 'counters' and w.post_id in (select post_id from stored)
    and (w.nudged_at is null or w.nudged_at < now() - interval '1 minute');

-- name: events
-- How many events are stored, and of how many posts the reading was moved forward.
select
    (select count(*) from ddp.social_events where status = 'applied') as events,
    (select count(*) from ddp.social_polls where is_nudged) as posts;

-- name: ids
-- The posts by what platforms call them.
select external_post_id, post_id::text from social_posts;

-- name: measurements
-- A number a day and kind of each post, for a year.
insert into social_engagement (post_id, engagement_type, engagement_count, recorded_at)
select p.post_id, k.kind, 10 + d * 3, now() - interval '365 days' + d * interval '1 day'
from social_posts p
cross join generate_series(1, %(days)s) d
cross join unnest('{like,comment,view,reach}'::text[]) k (kind);
