-- requires: functions/metric_changes.sql, functions/take_changes.sql, functions/refresh_analytics.sql
-- requires: functions/reset_action_stats.sql, functions/kept_days.sql, functions/recomputation.sql, functions/slices.sql
-- Deriving everything again from the facts, in slices: some time's actions, or a range of the entities that other facts
-- count for. Each slice is one transaction, which any refresh does when it comes to it: whoever began may be killed.
--
-- A slice counts the facts that its statement sees, and drops the same facts' changes from the queue. A fact that commits
-- meanwhile is in neither, and its change waits in the queue. While slices are left, no refresh takes the queue, or facts
-- of a later slice would count twice; so the statistics stand still and `as_of` with them.

create or replace function ddp.is_recomputing() returns boolean
    language sql stable security definer
    set search_path = ''
    return exists (select from ddp.recompute_slices);
comment on function ddp.is_recomputing() is
    'Whether a recomputation is under way. Nothing may move facts to the archive then: they would count twice, or not at all.';

create or replace function ddp.cleared_tables() returns table (source_name text)
    language sql immutable
    set search_path = ''
    rows 20
as $$
    values
        ('ddp.file_user_stats'), ('ddp.file_stats'), ('ddp.user_stats'), ('ddp.session_stats'),
        ('ddp.email_campaign_stats'), ('ddp.sms_campaign_stats'), ('ddp.social_post_stats'), ('ddp.campaign_stats'),
        ('ddp.social_post_days'), ('ddp.social_account_days'),
        ('ddp.campaign_retailer_stats'),
        ('ddp.collection_stats'), ('ddp.product_stats'), ('ddp.model_stats'), ('ddp.retailer_stats'),
        ('ddp.retailer_totals'), ('ddp.asset_stats'), ('ddp.template_reach'), ('ddp.template_senders'),
        ('ddp.quarter_hours'), ('ddp.daily_visitors'), ('ddp.unlisted_activity'),
        ('public.daily_analytics'), ('public.daily_asset_downloads'), ('public.retailer_asset_activity'),
        ('public.template_retailer_usage'), ('public.regional_wish_lists'), ('public.retailer_scores')
$$;
comment on function ddp.cleared_tables() is 'All tables that a recomputation fills again, in the order in which they are cleared.';

create or replace function ddp.start_recompute() returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_slices integer;
begin
    perform pg_advisory_xact_lock(hashtext('ddp.refresh_analytics'));
    perform pg_advisory_xact_lock(hashtext('ddp.archive'));  -- a cleanup under way has put its facts into the archive
    delete from ddp.recompute_slices;
    insert into ddp.recompute_slices (position, step, source_name, lower_bound, upper_bound)
    select
        row_number() over (order by s.step, s.place, s.lower_bound nulls first),
        s.step, s.source_name, s.lower_bound, s.upper_bound
    from (
        select 'clear' as step, t.place::integer, t.source_name, null as lower_bound, null as upper_bound
        from ddp.cleared_tables() with ordinality t (source_name, place)
        union all
        select 'count', f.place::integer, f.source_name, s.lower_bound, s.upper_bound
        from ddp.recomputed_facts() with ordinality f (source_name, key, queued_entities, place)
        cross join lateral ddp.slices_of(f.source_name) s
    ) s;
    get diagnostics v_slices = row_count;
    perform ddp.note_recomputation_began(v_slices);
    return v_slices;
end
$$;
comment on function ddp.start_recompute() is
    'Begins a recomputation, or begins it again; returns how many slices it has. Refreshes do them, each minute or on '
    'request. Waits for a refresh under way.';

-- Days whose facts were removed stay as they are.
create or replace function ddp.not_final(p_table text) returns text
    language sql stable
    set search_path = ''
as $$
    select case p_table
        when 'public.daily_analytics' then format(
            $condition$
                o.entity_type in ('file', 'campaign', 'email_campaign', 'sms_campaign', 'social_post', 'user', 'platform')
                and (
                    o.date_recorded >= %L
                    or o.date_recorded >= ddp.first_kept_day(ddp.counted_entity(o.entity_type, o.metric_name))
                )
            $condition$, (select coalesce(max(k.first_day), '-infinity') from ddp.kept_since k)
        )
        when 'public.daily_asset_downloads' then format('o.download_date >= %L', ddp.first_kept_day('file'))
        when 'public.retailer_asset_activity'
            then format('o.activity_date >= %L', ddp.first_kept_day('file')::timestamp at time zone 'UTC')
        when 'ddp.daily_visitors' then format('o.day >= %L', ddp.first_kept_day('file'))
        when 'ddp.social_post_days' then format('o.day >= %L', ddp.first_kept_day('social_engagement'))
        when 'ddp.social_account_days' then format('o.day >= %L', ddp.first_kept_day('social_engagement'))
        when 'ddp.unlisted_activity' then format('o.day >= %L', ddp.first_kept_day('file'))
        when 'ddp.quarter_hours' then
            'o.quarter >= ddp.first_kept_day(ddp.counted_entity(''platform'', o.metric_name))'
            '::timestamp at time zone ''UTC'''
        else 'true'
    end
$$;
comment on function ddp.not_final(text) is 'Which rows `o` of a derived table recomputing derives again.';

create or replace function ddp.clear_statistics(p_table text) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_most constant integer := 100000;
    v_removed integer;
begin
    if p_table in ('ddp.file_user_stats', 'ddp.file_stats', 'ddp.user_stats', 'ddp.session_stats') then
        return ddp.reset_statistics(p_table, v_most) < v_most;
    end if;
    execute format(
        'delete from %1$s x where (x.tableoid, x.ctid) in (select o.tableoid, o.ctid from %1$s o where %2$s limit %3$s)',
        p_table, ddp.not_final(p_table), v_most
    );
    get diagnostics v_removed = row_count;
    return v_removed < v_most;
end
$$;
comment on function ddp.clear_statistics(text) is
    'Sets a portion of a derived table to what the archive says, mostly nothing; returns whether it is done.';

create or replace function ddp.count_slice(p_slice ddp.recompute_slices) returns bigint
    language plpgsql volatile
    set search_path = ''
    set timezone = 'UTC'
as $$
declare
    v_facts record;
    v_key text;
begin
    select f.* into strict v_facts from ddp.recomputed_facts() f where f.source_name = p_slice.source_name;
    v_key := case when v_facts.key in ('action_timestamp', 'occurred_at') then 'last_at' else 'entity_id' end;
    return ddp.add_taken_changes(format(
        'with dropped as ('
        'delete from ddp.metric_changes q where q.entity_type = any (%L) and q.metric_name <> ''touched'' and %s'
        -- Messages count for sends and for conversions, which are different facts.
        ' and (q.metric_name like ''conversion%%'') = %L'
        '), changes (entity_type, entity_id, user_id, metric_name, day, change, last_at, quarter) as (%s)',
        v_facts.queued_entities,
        -- The facts of a change of the queue are of one quarter hour, its last_at's. Null bounds are left out.
        concat_ws(
            ' and ', 'true', format('q.%I >= ', v_key) || quote_literal(p_slice.lower_bound),
            format('q.%I < ', v_key) || quote_literal(p_slice.upper_bound)
        ),
        p_slice.source_name = 'conversions',
        ddp.metric_changes_of(
            p_slice.source_name, format('select f.*, 1 as sign from (%s) f', ddp.facts_of_slice(p_slice)), p_quarters => true
        )
    ));
end
$$;
comment on function ddp.count_slice(ddp.recompute_slices) is
    'Takes what a slice''s facts count for into ddp.taken_changes, instead of their changes in the queue; returns how many '
    'changes that are.';

create or replace function ddp.recompute_slice() returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_slice ddp.recompute_slices;
    v_taken bigint := 0;
    v_is_done boolean := true;
begin
    select s.* into v_slice from ddp.recompute_slices s order by s.position limit 1;
    if v_slice.position = 0 then  -- asked for by a migration
        perform ddp.start_recompute();
        return 0;
    end if;
    if v_slice.step = 'clear' then
        v_is_done := ddp.clear_statistics(v_slice.source_name);
    else
        v_taken := ddp.count_slice(v_slice);
    end if;
    if v_is_done then
        delete from ddp.recompute_slices s where s.position = v_slice.position;
        perform ddp.note_recomputation_ended();
    end if;
    return v_taken;
end
$$;
comment on function ddp.recompute_slice() is
    'Does the next slice of a recomputation, or a part of it; returns how many changes wait in ddp.taken_changes.';

create or replace function ddp.recompute_analytics() returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.start_recompute();
    return ddp.refresh_analytics();
end
$$;
comment on function ddp.recompute_analytics() is
    'A whole recomputation in one transaction, for tests and small databases: everywhere else, ddp.start_recompute() and '
    'then refreshes. Corrects for changes that bypassed the triggers. Does not block writers.';
revoke all on function
    ddp.is_recomputing(), ddp.cleared_tables(), ddp.start_recompute(), ddp.not_final(text), ddp.clear_statistics(text),
    ddp.count_slice(ddp.recompute_slices), ddp.recompute_slice(), ddp.recompute_analytics()
    from public, anon, authenticated, service_role;
grant execute on function ddp.is_recomputing(), ddp.start_recompute() to service_role;
