-- requires: functions/notices.sql, functions/social_outcomes.sql, functions/record_measurements.sql, policies/engagement.sql
-- When the numbers of a post are read. How often is the platforms' rules' to say: workers give the time of the next reading with the
-- result of the last one.

create or replace function ddp.start_social_polls() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    insert into ddp.social_polls (post_id, kind, account_id, due_at, is_held)
    select new.post_id, k.kind, new.account_id, greatest(clock_timestamp(), new.published_at) + k.after, a.status <> 'active'
    from (values ('counters', interval '5 minutes'), ('insights', interval '1 hour')) k (kind, after)
    join public.social_accounts a on a.account_id = new.account_id
    on conflict (post_id, kind) do nothing;
    return null;
end
$$;
comment on function ddp.start_social_polls() is 'Trigger on social_posts: what is published, and has the platform''s id, is measured.';

create or replace function ddp.lock_social_polls(p_post_ids uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    select from ddp.social_polls w where w.post_id = any (p_post_ids) order by w.post_id, w.kind for no key update
$$;
comment on function ddp.lock_social_polls(uuid[]) is
    'Locks the readings of these posts in one order, so that workers, events and people who want the same ones wait in turn.';

create or replace function ddp.hold_social_polls() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.lock_social_polls(array(
        select p.post_id from ddp.social_polls p
        where p.account_id = new.account_id and p.due_at is not null and p.is_held <> (new.status <> 'active')
    ));
    update ddp.social_polls p set is_held = new.status <> 'active'
    where p.account_id = new.account_id and p.due_at is not null and p.is_held <> (new.status <> 'active');
    return null;
end
$$;
comment on function ddp.hold_social_polls() is 'Trigger on social_accounts: readings wait while the account is not active.';

-- Accounts by their oldest reading; of each all that falls due soon, because a call reads up to a hundred posts.
create or replace function ddp.claim_social_polls(
    p_limit integer, p_worker uuid, p_lease interval, p_within interval default '2 minutes', p_post_ids uuid[] default null
) returns table (
    post_id uuid, kind varchar, round smallint, gone_since timestamptz, paid_on date, account_id uuid, user_id uuid,
    platform public.social_platform, external_account_id varchar, account_kind varchar, account_handle varchar, scopes text[],
    access_token_encrypted text, external_post_id varchar, post_type varchar, published_at timestamptz
)
    language sql volatile
    set search_path = ''
as $$
    with oldest as (
        select d.account_id, min(d.due_at) as due_at
        from (
            select w.account_id, w.due_at from ddp.social_polls w
            where p_post_ids is null and w.due_at <= clock_timestamp() and not w.is_held
                and (w.claimed_until is null or w.claimed_until <= clock_timestamp())
            order by w.due_at
            limit p_limit
        ) d
        group by d.account_id
    ), due as (
        select w.post_id, w.kind
        from oldest o
        join ddp.social_polls w on w.account_id = o.account_id
        where w.due_at <= clock_timestamp() + p_within and not w.is_held
            and (w.claimed_until is null or w.claimed_until <= clock_timestamp())
        order by o.due_at, w.account_id, w.kind, w.due_at
        limit p_limit
        for no key update of w skip locked
    ), named as (
        select w.post_id, w.kind from ddp.social_polls w
        where w.post_id = any (p_post_ids) and not w.is_held
            and (w.claimed_until is null or w.claimed_until <= clock_timestamp())
        for no key update skip locked
    ), found as (
        select d.post_id, d.kind from due d
        union all
        select n.post_id, n.kind from named n
    ), claimed as (
        update ddp.social_polls w set claimed_by = p_worker, claimed_until = clock_timestamp() + p_lease, is_nudged = false
        from found f
        where w.post_id = f.post_id and w.kind = f.kind
        returning w.post_id, w.kind, w.round, w.gone_since, w.paid_on
    )
    select
        c.post_id, c.kind, c.round, c.gone_since, c.paid_on, a.account_id, a.user_id, a.platform, a.external_account_id,
        a.account_kind, a.account_handle, a.scopes, a.access_token_encrypted, p.external_post_id, p.post_type, p.published_at
    from claimed c
    join public.social_posts p on p.post_id = c.post_id
    join public.social_accounts a on a.account_id = p.account_id
$$;
comment on function ddp.claim_social_polls(integer, uuid, interval, interval, uuid[]) is
    'Claims readings that are due, account by account, with all that a worker needs; with p_post_ids those of these posts, due or not.';

create or replace function ddp.end_social_polls(p_worker uuid, p_results jsonb) returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_ended integer;
    v_deleted uuid[];
begin
    -- Posts before their readings, as whoever records measurements.
    perform from public.social_posts p
    where p.post_id in (select (r.value ->> 'post_id')::uuid from jsonb_array_elements(p_results) r (value))
    order by p.post_id
    for no key update;
    perform ddp.lock_social_polls(array(
        select (r.value ->> 'post_id')::uuid from jsonb_array_elements(p_results) r (value)
    ));
    with results as (
        select r.* from jsonb_to_recordset(p_results) r (
            post_id uuid, kind text, outcome text, next_at timestamptz, reason text
        )
    ), ended as (
        update ddp.social_polls w
        set claimed_by = null, claimed_until = null,
            round = w.round + (r.outcome in ('measured', 'skipped'))::integer,
            measured_at = case r.outcome when 'measured' then clock_timestamp() else w.measured_at end,
            reason = r.reason,
            gone_since = case r.outcome
                when 'measured' then null
                when 'gone' then coalesce(w.gone_since, clock_timestamp())
                else w.gone_since
            end,
            -- An event that came meanwhile is not forgotten: its reading is still due.
            due_at = case
                when r.outcome = 'gone' then clock_timestamp() + interval '1 hour'
                when w.is_nudged then clock_timestamp()
                else r.next_at
            end
        from results r
        where w.post_id = r.post_id and w.kind = r.kind and w.claimed_by = p_worker
        returning w.post_id, w.gone_since, r.outcome
    )
    select count(*), array_agg(distinct e.post_id) filter (
        where e.outcome = 'gone' and e.gone_since <= clock_timestamp() - interval '1 hour'
    )
    into v_ended, v_deleted
    from ended e;
    perform ddp.delete_on_platform(v_deleted) where v_deleted is not null;
    return v_ended;
end
$$;
comment on function ddp.end_social_polls(uuid, jsonb) is
    'Ends readings that the worker still has: an array of objects with post_id, kind, outcome (measured, skipped, failed, gone), next_at '
    '(null: no more) and reason. A post that is gone in two readings an hour apart was deleted. Returns how many ended.';

create or replace function ddp.delete_on_platform(p_post_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_deleted uuid[];
begin
    with deleted as (
        update public.social_posts p set deleted_on_platform_at = clock_timestamp()
        where p.post_id = any (p_post_ids) and p.deleted_on_platform_at is null and p.status = 'published'
        returning p.post_id
    )
    select array_agg(d.post_id) into v_deleted from deleted d;
    update ddp.social_polls w set due_at = null, reason = 'gone' where w.post_id = any (p_post_ids);
    perform ddp.add_notices((
        select jsonb_agg(ddp.social_notice(d, 'social-post-deleted')) from unnest(v_deleted) d
    )) where v_deleted is not null;
end
$$;
comment on function ddp.delete_on_platform(uuid[]) is
    'Notes that published posts are no longer on their platforms: they keep their last numbers, and their owners are told.';

create or replace function ddp.nudge_social_polls(p_post_ids uuid[]) returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count integer;
begin
    -- Locked in the order of ddp.lock_social_polls.
    with wanted as materialized (
        select w.post_id from ddp.social_polls w
        where w.post_id = any (p_post_ids) and w.kind = 'counters' and w.due_at is not null
            and (w.nudged_at is null or w.nudged_at < clock_timestamp() - interval '1 minute')
        order by w.post_id
        for no key update
    )
    update ddp.social_polls w set due_at = least(w.due_at, clock_timestamp()), nudged_at = clock_timestamp(), is_nudged = true
    from wanted n
    where w.post_id = n.post_id and w.kind = 'counters';
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function ddp.nudge_social_polls(uuid[]) is
    'Something happened to these posts: their counters are read now, at most once a minute each.';

create or replace function ddp.engagement_figures() returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object(
        'oldest_due_seconds', coalesce((
            select extract(epoch from clock_timestamp() - min(w.due_at)) from ddp.social_polls w
            where w.due_at <= clock_timestamp() and not w.is_held
        ), 0),
        'unmatched_events', (select count(*) from ddp.social_events e where e.status = 'unmatched'),
        'metrics_retired_new', (
            select count(*) from ddp.social_retired_metrics m where m.retired_at > clock_timestamp() - interval '15 minutes'
        ),
        'subscriptions_lost_new', (
            select count(*) from ddp.social_subscriptions s
            where s.status = 'lost' and s.checked_at > clock_timestamp() - interval '15 minutes'
        ),
        'over_budget', (
            select count(distinct w.account_id) from ddp.social_polls w where w.reason = 'budget' and w.due_at is not null
        )
    )
$$;
comment on function ddp.engagement_figures() is
    'For alarms: seconds since the oldest reading fell due, events without a post, metrics that platforms retired and subscriptions that '
    'they ended within 15 minutes, accounts with readings that wait for a budget.';

revoke all on function
    ddp.start_social_polls(), ddp.lock_social_polls(uuid[]), ddp.hold_social_polls(), ddp.claim_social_polls(integer, uuid, interval, interval, uuid[]),
    ddp.end_social_polls(uuid, jsonb), ddp.delete_on_platform(uuid[]), ddp.nudge_social_polls(uuid[]), ddp.engagement_figures()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.lock_social_polls(uuid[]), ddp.claim_social_polls(integer, uuid, interval, interval, uuid[]), ddp.end_social_polls(uuid, jsonb),
    ddp.delete_on_platform(uuid[]), ddp.nudge_social_polls(uuid[]), ddp.engagement_figures()
    to service_role;
