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

create or replace function ddp.name_social_posts(p_names jsonb) returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_named uuid[];
begin
    -- Posts before their readings, as whoever records measurements.
    perform from public.social_posts p
    where p.post_id in (select (n.value ->> 'post_id')::uuid from jsonb_array_elements(p_names) n (value))
    order by p.post_id
    for no key update;
    with given as (
        select distinct on (a.account_id, n.external_id)
            p.post_id, n.external_id, format('https://www.tiktok.com/@%s/video/%s', a.account_handle, n.external_id) as permalink
        from jsonb_to_recordset(p_names) n (post_id uuid, publish_id text, external_id text)
        join public.social_posts p on p.post_id = n.post_id and p.external_post_id = n.publish_id
        join public.social_accounts a on a.account_id = p.account_id and a.platform = 'tiktok'
        where not exists (
            select from public.social_posts o where o.account_id = p.account_id and o.external_post_id = n.external_id
        )
        order by a.account_id, n.external_id, p.post_id
    ), named as (
        update public.social_posts p
        set external_post_id = g.external_id, permalink = coalesce(p.permalink, g.permalink)
        from given g
        where p.post_id = g.post_id
        returning p.post_id
    ), parts as (
        update public.social_post_parts t
        set external_id = g.external_id, permalink = coalesce(t.permalink, g.permalink)
        from given g
        where t.post_id = g.post_id and t.part_no = 0
    )
    select array_agg(n.post_id) into v_named from named n;
    if v_named is null then
        return 0;
    end if;
    -- Readings of today asked for nothing: another nudge within the minute does not keep this one back.
    perform ddp.lock_social_polls(v_named);
    update ddp.social_polls w set nudged_at = null where w.post_id = any (v_named) and w.kind = 'counters';
    perform ddp.nudge_social_polls(v_named);
    return cardinality(v_named);
end
$$;
comment on function ddp.name_social_posts(jsonb) is
    'TikTok gives a post the id by which it is measured when moderation has ended: an array of objects with post_id, publish_id (its id '
    'until then) and external_id. Their numbers are read soon. A post with another id by now keeps it. Returns how many were named.';

create or replace function ddp.match_early_events() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    with early as (
        select e.digest
        from public.social_accounts a
        -- Facebook names a video by its story, {page}_{video}.
        join ddp.social_events e on e.platform = a.platform
            and e.external_post_id in (new.external_post_id, a.external_account_id || '_' || new.external_post_id)
        where a.account_id = new.account_id and e.status = 'unmatched'
            and (e.external_account_id is null or e.external_account_id = a.external_account_id)
        order by e.digest
        for no key update of e
    )
    update ddp.social_events e set status = 'applied', post_id = new.post_id
    from early x
    where e.digest = x.digest;
    if found then
        perform ddp.nudge_social_polls(array[new.post_id]);
    end if;
    -- With its other id the post comes here again, and finds the event that has told it.
    perform ddp.name_social_posts(jsonb_agg(jsonb_build_object(
        'post_id', new.post_id, 'publish_id', e.external_publish_id, 'external_id', e.external_post_id
    )))
    from public.social_accounts a
    join ddp.social_events e on e.platform = a.platform and e.external_account_id = a.external_account_id
    where a.account_id = new.account_id and e.status = 'unmatched' and e.external_publish_id = new.external_post_id
    having count(*) > 0;
    return null;
end
$$;
comment on function ddp.match_early_events() is
    'Trigger on social_posts: events that came before the post had its id are its events, its numbers are read soon, and the id that '
    'they tell is the post''s.';

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
    p_limit integer, p_worker uuid, p_lease interval, p_within interval default '2 minutes'
) returns table (
    post_id uuid, kind varchar, paid_on date, account_id uuid, user_id uuid,
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
            where w.due_at <= clock_timestamp() and not w.is_held
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
    ), claimed as (
        update ddp.social_polls w set claimed_by = p_worker, claimed_until = clock_timestamp() + p_lease, is_nudged = false
        from due d
        where w.post_id = d.post_id and w.kind = d.kind
        returning w.post_id, w.kind, w.paid_on
    )
    select
        c.post_id, c.kind, c.paid_on, a.account_id, a.user_id, a.platform, a.external_account_id,
        a.account_kind, a.account_handle, a.scopes, a.access_token_encrypted, p.external_post_id, p.post_type, p.published_at
    from claimed c
    join public.social_posts p on p.post_id = c.post_id
    join public.social_accounts a on a.account_id = p.account_id
$$;
comment on function ddp.claim_social_polls(integer, uuid, interval, interval) is
    'Claims readings that are due, account by account, with all that a worker needs.';

create or replace function ddp.end_social_polls(p_worker uuid, p_results jsonb, p_measurements jsonb default '[]')
    returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_ended integer;
    v_deleted uuid[];
    v_doubted uuid[];
begin
    -- Posts before their readings, as whoever records measurements.
    perform from public.social_posts p
    where p.post_id in (select (r.value ->> 'post_id')::uuid from jsonb_array_elements(p_results) r (value))
    order by p.post_id
    for no key update;
    perform ddp.lock_social_polls(array(
        select (r.value ->> 'post_id')::uuid from jsonb_array_elements(p_results) r (value)
    ));
    -- Who has lost a reading has an older number than whoever has it now: stored after theirs, it would pass for the newest.
    perform from ddp.record_measurements((
        select coalesce(jsonb_agg(m.value), '[]')
        from jsonb_array_elements(p_measurements) m (value)
        join ddp.social_polls w on w.post_id = (m.value ->> 'post_id')::uuid and w.kind = m.value ->> 'kind'
        where w.claimed_by = p_worker
    ), true);
    with told as (
        select r.post_id, r.kind, r.next_at, r.reason, case
            -- The platform said that it is no longer public, and does not name it any more.
            when r.reason = 'not_said' and exists (
                select from ddp.social_events e
                join ddp.social_polls w on w.post_id = r.post_id and w.kind = r.kind
                where e.post_id = r.post_id and e.kind = 'post_withdrawn'
                    and (w.measured_at is null or e.received_at > w.measured_at)
            ) then 'gone'
            else r.outcome
        end as outcome
        from jsonb_to_recordset(p_results) r (post_id uuid, kind text, outcome text, next_at timestamptz, reason text)
    ), results as (
        -- What one kind of reading has measured since the other first missed it is there: the other is asked again in a day.
        select
            t.post_id, t.kind, case when d.is_denied then 'skipped' else t.outcome end as outcome,
            case when d.is_denied then clock_timestamp() + interval '1 day' else t.next_at end as next_at,
            case when d.is_denied then 'not_said' else t.reason end as reason
        from told t
        cross join lateral (
            select t.outcome = 'gone' and exists (
                select from ddp.social_polls w
                join ddp.social_polls o on o.post_id = w.post_id and o.measured_at > w.gone_since
                where w.post_id = t.post_id and w.kind = t.kind
            ) as is_denied
        ) d
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
        returning w.post_id, w.kind, w.gone_since, r.outcome
    )
    select
        count(*),
        array_agg(distinct e.post_id) filter (
            where e.outcome = 'gone' and e.gone_since <= clock_timestamp() - interval '1 hour'
        ),
        array_agg(distinct e.post_id) filter (where e.outcome = 'gone' and e.kind = 'insights')
    into v_ended, v_deleted, v_doubted
    from ended e;
    perform ddp.nudge_social_polls(v_doubted) where v_doubted is not null;
    perform ddp.delete_on_platform(v_deleted) where v_deleted is not null;
    return v_ended;
end
$$;
comment on function ddp.end_social_polls(uuid, jsonb, jsonb) is
    'Ends readings that the worker still has: an array of objects with post_id, kind, outcome (measured, skipped, failed, gone), next_at '
    '(null: no more) and reason; and records what they read, where it changed: measurements as ddp.record_measurements takes them, each '
    'with the kind of its reading. A post that is gone in two readings an hour apart, while no kind of reading has found it, was '
    'deleted: counters are read soon when insights miss it. What a platform told to be no longer public is gone when it says nothing '
    'of it. Returns how many ended.';

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
    with due as (
        -- While everything is late, the longest due say enough: each minute counts no more of them than this.
        select d.account_id, d.due_at from ddp.social_polls d
        where d.due_at <= clock_timestamp() and not d.is_held
        order by d.due_at
        limit 10000
    ), oldest as (
        select a.platform, extract(epoch from clock_timestamp() - min(d.due_at)) as seconds
        from due d
        join public.social_accounts a on a.account_id = d.account_id
        group by a.platform
    ), unmatched as (
        select e.platform, count(*) as events from ddp.social_events e where e.status = 'unmatched' group by e.platform
    ), retired as (
        select m.platform, count(*) as metrics, count(*) filter (
            where m.retired_at > clock_timestamp() - interval '15 minutes'
        ) as new
        from ddp.social_retired_metrics m
        group by m.platform
    ), lost as (
        select a.platform, count(*) as subscriptions, count(*) filter (
            where s.checked_at > clock_timestamp() - interval '15 minutes'
        ) as new
        from ddp.social_subscriptions s
        join public.social_accounts a on a.account_id = s.account_id
        where s.status = 'lost'
        group by a.platform
    ), poor as (
        select a.platform, count(distinct w.account_id) as accounts
        from ddp.social_polls w
        join public.social_accounts a on a.account_id = w.account_id
        where w.reason = 'budget' and w.due_at is not null
        group by a.platform
    ), platforms as (
        select
            p.platform, coalesce(o.seconds, 0) as oldest_due_seconds, coalesce(u.events, 0) as unmatched_events,
            coalesce(r.metrics, 0) as metrics_retired, coalesce(r.new, 0) as metrics_retired_new,
            coalesce(l.subscriptions, 0) as subscriptions_lost, coalesce(l.new, 0) as subscriptions_lost_new,
            coalesce(b.accounts, 0) as over_budget
        from unnest(enum_range(null::public.social_platform)) p (platform)
        left join oldest o on o.platform = p.platform
        left join unmatched u on u.platform = p.platform
        left join retired r on r.platform = p.platform
        left join lost l on l.platform = p.platform
        left join poor b on b.platform = p.platform
    )
    select jsonb_build_object(
        'oldest_due_seconds', max(p.oldest_due_seconds), 'unmatched_events', sum(p.unmatched_events),
        'metrics_retired_new', sum(p.metrics_retired_new), 'subscriptions_lost_new', sum(p.subscriptions_lost_new),
        'over_budget', sum(p.over_budget), 'platforms', jsonb_object_agg(p.platform, to_jsonb(p) - 'platform')
    )
    from platforms p
$$;
comment on function ddp.engagement_figures() is
    'For alarms: seconds since the oldest reading fell due, events without a post, metrics that platforms retired and subscriptions that '
    'they ended within 15 minutes, accounts with readings that wait for a budget. platforms has the same of each platform, and '
    'metrics_retired and subscriptions_lost of any age.';

revoke all on function
    ddp.start_social_polls(), ddp.name_social_posts(jsonb), ddp.match_early_events(), ddp.lock_social_polls(uuid[]), ddp.hold_social_polls(), ddp.claim_social_polls(integer, uuid, interval, interval),
    ddp.end_social_polls(uuid, jsonb, jsonb), ddp.delete_on_platform(uuid[]), ddp.nudge_social_polls(uuid[]), ddp.engagement_figures()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.name_social_posts(jsonb), ddp.lock_social_polls(uuid[]), ddp.claim_social_polls(integer, uuid, interval, interval), ddp.end_social_polls(uuid, jsonb, jsonb),
    ddp.delete_on_platform(uuid[]), ddp.nudge_social_polls(uuid[]), ddp.engagement_figures()
    to service_role;
