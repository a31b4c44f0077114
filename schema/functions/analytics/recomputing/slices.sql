-- requires: functions/detached_actions.sql
-- How a recomputation cuts the facts into slices, and cuts a slice again that takes too long. Facts with a time are cut by
-- it, at quarter hours: that is as exactly as the queue's changes say when their facts were. Others are cut by the entity
-- that they count for.

-- The key of facts puts each row, and its changes in the queue, into one slice. Facts without queued_entities only touch
-- what is derived from other tables.
create or replace function ddp.recomputed_facts()
    returns table (source_name text, key text, queued_entities text[])
    language sql immutable
    set search_path = ''
    rows 20
as $$
    values
        ('file_actions', 'action_timestamp', '{file, session}'::text[]),
        ('sessions', 'user_id', '{user}'),
        ('email_sends', 'email_campaign_id', '{email_campaign}'),
        ('sms_sends', 'sms_campaign_id', '{sms_campaign}'),
        ('social_posts', 'post_id', '{social_post}'),
        ('conversions', 'occurred_at', '{campaign, email_campaign, sms_campaign}'),
        ('archived_conversions', 'occurred_at', '{}'),
        ('campaign_expenses', 'campaign_id', '{}'),
        ('social_engagement', 'post_id', '{}'),
        ('email_campaigns', 'email_campaign_id', '{}'),
        ('sms_campaigns', 'sms_campaign_id', '{}'),
        ('campaign_participants', 'campaign_id', '{}'),
        ('templates', 'template_id', '{}'),
        ('campaign_templates', 'template_id', '{}'),
        ('files', 'file_id', '{}'),
        ('collection_files', 'collection_id', '{}'),
        ('brand_assets', 'file_id', '{}'),
        ('product_variants', 'product_id', '{}'),
        ('wish_list_items', 'model_id', '{}'),
        ('users', 'user_id', '{}')
$$;
comment on function ddp.recomputed_facts() is
    'All tables that statistics come from, in the order of a recomputation; the key that slices are ranges of; and the '
    'entities that their rows count for.';

create or replace function ddp.file_actions_tables() returns table (relation regclass, month date)
    language sql stable
    set search_path = ''
as $$
    select c.oid::regclass, to_date(right(c.relname, 7), 'YYYY_MM')
    from pg_catalog.pg_class c
    where c.relnamespace = 'ddp'::regnamespace and c.relkind = 'r' and c.relname ~ '^file_actions_\d{4}_\d{2}$'
$$;
comment on function ddp.file_actions_tables() is 'The months of file_actions, those that retention has detached included.';

create or replace function ddp.file_actions_source() returns text
    language sql stable
    set search_path = ''
as $$
    select
        'select * from public.file_actions'
        || coalesce(string_agg(' union all ' || ddp.detached_rows_of(m.table_name), ''), '')
    from ddp.detached_months m
    where m.parent_name = 'file_actions'
$$;
comment on function ddp.file_actions_source() is 'A query for all actions, those of detached months that are not archived included.';

-- A table that was never analyzed, as after pg_restore, may be large: 100 rows a page are more than any of the facts has.
create or replace function ddp.estimated_rows(p_table regclass) returns bigint
    language sql stable
    set search_path = ''
as $$
    select coalesce(sum(
        pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::integer
        * case when c.reltuples > 0 and c.relpages > 0 then c.reltuples / c.relpages else 100 end
    ), 0)::bigint
    from pg_catalog.pg_class c
    where c.oid = p_table or c.oid in (select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = p_table)
$$;
comment on function ddp.estimated_rows(regclass) is
    'About how many rows a table has, as the planner reckons; rather more where it was never analyzed.';

create or replace function ddp.slice_length(p_rows bigint) returns interval
    language sql immutable
    set search_path = ''
    return case
        when p_rows <= 100000 then interval '1 month'
        when p_rows <= 30 * 100000 then interval '1 day'
        when p_rows <= 30 * 4 * 100000 then interval '6 hours'
        when p_rows <= 30 * 24 * 100000 then interval '1 hour'
        else interval '15 minutes'
    end;
comment on function ddp.slice_length(bigint) is
    'How long slices of a month with this many facts are, so that each has at most about 100,000.';

-- Actions and conversions: by month, or by days, hours or quarter hours where a month has many. Other facts: by ranges of
-- their entities' ids. Each has about 100,000 facts at most.
create or replace function ddp.slices_of(p_source_name text) returns table (lower_bound text, upper_bound text)
    language sql stable
    set search_path = ''
    set timezone = 'UTC'
as $$
    with bounds as (
        select distinct b.bound::timestamptz::text as bound
        from ddp.file_actions_tables() t
        cross join lateral generate_series(
            t.month::timestamp, t.month + interval '1 month', ddp.slice_length(ddp.estimated_rows(t.relation))
        ) b (bound)
        where p_source_name = 'file_actions'
        union all
        select m.bound::text
        from (select min(c.occurred_at) as first_at, max(c.occurred_at) as last_at from public.conversions c) f
        cross join lateral (select 1 + extract(epoch from f.last_at - f.first_at) / 86400 / 30 as months) d
        cross join lateral generate_series(
            date_trunc('month', f.first_at), f.last_at,
            ddp.slice_length((ddp.estimated_rows('public.conversions') / d.months)::bigint)
        ) m (bound)
        where p_source_name = 'conversions'
        union all
        select (lpad(to_hex(n * 65536 / parts.number), 4, '0') || '0000-0000-0000-0000-000000000000')
        from (
            select least(greatest(ceil(ddp.estimated_rows(
                coalesce(to_regclass('public.' || p_source_name), to_regclass('ddp.' || p_source_name))
            ) / 100000.0), 1), 8192)::integer as number
        ) parts
        cross join lateral generate_series(1, parts.number - 1) n
        where p_source_name not in ('file_actions', 'conversions', 'archived_conversions')
    )
    select null, (select min(b.bound) from bounds b)
    union all
    select b.bound, lead(b.bound) over (order by b.bound) from bounds b
$$;
comment on function ddp.slices_of(text) is
    'The ranges into which facts are cut: from lower_bound until before upper_bound; null: no bound.';

create or replace function ddp.facts_of_slice(p_slice ddp.recompute_slices) returns text
    language sql stable
    set search_path = ''
as $$
    -- concat_ws leaves out a bound that is null.
    select format('select x.* from (%s) x where ', case p_slice.source_name
        when 'file_actions' then ddp.file_actions_source()
        when 'archived_conversions' then 'select * from ddp.archived_conversions'
        else format('select * from public.%I', p_slice.source_name)
    end) || concat_ws(
        ' and ', 'true', format('x.%I >= ', f.key) || quote_literal(p_slice.lower_bound),
        format('x.%I < ', f.key) || quote_literal(p_slice.upper_bound)
    )
    from ddp.recomputed_facts() f
    where f.source_name = p_slice.source_name
$$;
comment on function ddp.facts_of_slice(ddp.recompute_slices) is 'A query for the facts of a slice.';

create or replace function ddp.middle_of(p_least timestamptz, p_most timestamptz) returns timestamptz
    language sql immutable
    set search_path = ''
    return least(
        date_bin('15 minutes', p_least + (p_most - p_least) / 2 + interval '15 minutes' - interval '1 microsecond', 'epoch'),
        date_bin('15 minutes', p_most, 'epoch')
    );
comment on function ddp.middle_of(timestamptz, timestamptz) is
    'The beginning of the quarter hour in the middle of two times; not after the first if both are in one quarter hour.';

create or replace function ddp.middle_of(p_least uuid, p_most uuid) returns uuid
    language sql immutable
    set search_path = ''
as $$
    select (lpad(to_hex((b.least + b.most + 1) / 2), 15, '0') || repeat('0', 17))::uuid
    from (
        select
            ('x' || left(replace(p_least::text, '-', ''), 15))::bit(60)::bigint as least,
            ('x' || left(replace(p_most::text, '-', ''), 15))::bit(60)::bigint as most
    ) b
$$;
comment on function ddp.middle_of(uuid, uuid) is
    'The id in the middle of two, by their first 60 bits; not after the first if these are the same.';

create or replace function ddp.cut_slice() returns boolean
    language plpgsql volatile security definer
    set search_path = ''
    set timezone = 'UTC'
as $$
declare
    v_slice ddp.recompute_slices;
    v_middle text;
begin
    if not pg_try_advisory_xact_lock(hashtext('ddp.refresh_analytics')) then
        return false;
    end if;
    select s.* into v_slice from ddp.recompute_slices s order by s.position limit 1;
    if v_slice.step is distinct from 'count' then
        return false;
    end if;
    execute format(
        'select m.middle::text'
        ' from (select f.%1$I as key from (%2$s) f order by f.%1$I limit 1) least'
        ' cross join (select f.%1$I as key from (%2$s) f order by f.%1$I desc limit 1) most'
        ' cross join lateral (select ddp.middle_of(least.key, most.key) as middle) m'
        ' where m.middle > least.key',
        (select f.key from ddp.recomputed_facts() f where f.source_name = v_slice.source_name),
        ddp.facts_of_slice(v_slice)
    ) into v_middle;
    if v_middle is null then
        return false;
    end if;
    -- Slices before this one are done, and so are those that clear, which come first: the place before it is free.
    insert into ddp.recompute_slices (position, step, source_name, lower_bound, upper_bound)
    values (v_slice.position - 1, 'count', v_slice.source_name, v_slice.lower_bound, v_middle);
    update ddp.recompute_slices s set lower_bound = v_middle where s.position = v_slice.position;
    update ddp.recomputation r set slices = r.slices + 1 where r.ended_at is null;
    return true;
end
$$;
comment on function ddp.cut_slice() is
    'Cuts the next slice of a recomputation in two, after it took too long. False: it cannot be cut, because it clears a '
    'table, has the facts of one entity or one quarter hour, or another refresh is at work.';
revoke all on function
    ddp.recomputed_facts(), ddp.file_actions_tables(), ddp.file_actions_source(), ddp.estimated_rows(regclass),
    ddp.slice_length(bigint), ddp.slices_of(text), ddp.facts_of_slice(ddp.recompute_slices),
    ddp.middle_of(timestamptz, timestamptz), ddp.middle_of(uuid, uuid), ddp.cut_slice()
    from public, anon, authenticated, service_role;
grant execute on function ddp.cut_slice() to service_role;
