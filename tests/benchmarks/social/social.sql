-- name: account
-- An account that posts go out through, of a new tenant.
with tenant as (
    insert into users (user_email, user_name, user_type, is_active)
    values (gen_random_uuid() || '@example.com', 'Brand', 'brand', true)
    returning user_id
)
insert into social_accounts (
    user_id, platform, account_handle, account_kind, external_account_id, status, scopes, access_token_encrypted
)
select user_id, 'facebook', 'shop', 'page', %(external_id)s, 'active', '{}', %(token)s from tenant
returning account_id;

-- name: posts
-- So many posts of an account, all due at the same time, whose next step is the one named.
with due as (
    insert into social_posts (account_id, post_content, post_type, status, scheduled_at)
    select
        %(account_id)s, 'A new watch, number ' || n, 'text', %(status)s::social_post_status,
        now() + %(due_in)s + n * %(apart)s::interval
    from generate_series(1, %(posts)s) n
    returning post_id, scheduled_at
), work as (
    insert into ddp.social_work (post_id, step, due_at) select post_id, %(step)s, scheduled_at from due
)
select post_id from due;

-- name: keep
-- What preparation has left of each post.
insert into ddp.social_checkpoints (post_id, part_no, state_encrypted)
select post_id, 0, state from unnest(%(post_ids)s::uuid[], %(states)s::text[]) k (post_id, state);

-- name: again
-- Nobody has been told about anything.
update ddp.social_work set queued_until = null;

-- name: claim
-- The floor of the scan: takes so many steps that fall due soon, with nothing else of the ledger.
update ddp.social_work w set queued_until = greatest(w.due_at, now()) + interval '25 seconds'
where w.post_id = any (array(
    select d.post_id from ddp.social_work d
    where d.due_at <= now() + interval '2 minutes' and (d.queued_until is null or d.queued_until <= now())
    order by d.due_at, d.post_id
    limit %(limit)s
    for update skip locked
))
returning w.post_id, extract(epoch from greatest(w.due_at - now(), interval '0')) as delay;

-- name: due_at
-- These posts are due so soon.
with due as (
    update social_posts set scheduled_at = clock_timestamp() + %(due_in)s
    where post_id = any (%(post_ids)s::uuid[])
    returning post_id, scheduled_at
)
update ddp.social_work w set due_at = d.scheduled_at from due d where w.post_id = d.post_id
returning extract(epoch from d.scheduled_at) as due_at;

-- name: published
-- How many of these posts are out.
select count(*) as posts from social_posts where status = 'published' and post_id = any (%(post_ids)s::uuid[]);
