-- requires: functions/metric_changes.sql, functions/take_changes.sql, functions/fold_file_actions.sql, functions/fold_campaigns.sql
-- requires: functions/fold_catalogues.sql, functions/fold_templates.sql, functions/retailer_scores.sql
-- requires: functions/fold_retailer_stats.sql, functions/fold_daily.sql, functions/fold_quarter_hours.sql
-- requires: functions/fold_assets.sql, functions/fold_conversions.sql, functions/fold_engagement_days.sql
-- requires: functions/template_recipients.sql
-- A refresh takes the queue in portions, each in a transaction of its own. One refresh runs at a time: who finds another
-- one at work leaves it to that one.

-- Statistics of what a large portion filled, else the planner would assume the earlier size. A table that grew by less than
-- a fifth since is left to autovacuum: a backlog of many portions would else be analyzed again with each. Of
-- daily_analytics only the months that were touched. Nobody is waited for.
create or replace function ddp.analyze_touched(p_tables text[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_table regclass;
begin
    for v_table in
        select c.oid
        from unnest(p_tables) t (name)
        join pg_catalog.pg_class c on c.oid = t.name::regclass
        where pg_catalog.pg_relation_size(c.oid) > 1.2 * c.relpages * current_setting('block_size')::bigint
    loop
        execute format('analyze (skip_locked) %s', v_table);
    end loop;
end
$$;
comment on function ddp.analyze_touched(text[]) is
    'ANALYZE of those of some tables that grew by a fifth since it was last done, without waiting for locks.';

create or replace function ddp.touched_months() returns text[]
    language sql stable
    set search_path = ''
as $$
    select coalesce(array_agg(m.relation::text), '{}')
    from (
        select distinct to_regclass('ddp.daily_analytics_' || to_char(t.day, 'YYYY_MM')) as relation
        from ddp.taken_changes t
        where isfinite(t.day)
    ) m
    where m.relation is not null
$$;
comment on function ddp.touched_months() is 'The partitions of daily_analytics that the taken changes changed.';

-- Each fold names what it reads; planning one that has nothing to do costs as much as a small one's work.
create or replace function ddp.folds_of(p_entity_types text[]) returns setof text
    language sql immutable
    set search_path = ''
as $$
    select f.name
    from (values
        ('file_actions', '{file, user, session}'::text[]),
        ('sends', '{email_campaign, sms_campaign}'),
        ('conversions', '{campaign, email_campaign, sms_campaign}'),
        ('social_posts', '{social_post}'),
        ('engagement_days', '{social_post}'),
        ('campaigns', '{campaign, email_campaign, sms_campaign, social_post}'),
        ('daily_analytics', '{file, user, campaign, email_campaign, sms_campaign, social_post}'),
        ('quarter_hours', '{file, user, campaign, email_campaign, sms_campaign, social_post}'),
        ('last_days', '{email_campaign, sms_campaign}'),
        ('templates', '{template, email_campaign, sms_campaign}'),
        ('template_reach', '{template, campaign}'),
        ('collections', '{collection, file}'),
        ('products', '{product}'),
        ('wishes', '{model, user}'),
        ('retailer_stats', '{asset, user}'),
        ('retailer_totals', '{file, asset, user}'),
        ('retailer_scores', '{user, retailer, campaign, expenses, email_campaign, sms_campaign, account}'),
        ('asset_stats', '{file, asset, asset_state}'),
        ('daily_asset_downloads', '{file, asset_type}'),
        ('retailer_asset_activity', '{file, asset}')
    ) f (name, reads)
    where f.reads && p_entity_types
$$;
comment on function ddp.folds_of(text[]) is
    'The functions ddp.fold_… that changes of these entity types concern, in their order: some tables derive from others.';

create or replace function ddp.fold_taken_changes(p_taken bigint) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_fold text;
begin
    for v_fold in
        select f from ddp.folds_of(array(select distinct t.entity_type::text from ddp.taken_changes t)) f
    loop
        execute format('select ddp.fold_%s()', v_fold);
        if p_taken > 10000 then
            perform ddp.analyze_touched(case v_fold
                when 'file_actions' then '{ddp.file_stats, ddp.file_user_stats}'
                when 'sends' then '{ddp.email_campaign_stats, ddp.sms_campaign_stats}'
                when 'daily_analytics' then ddp.touched_months()
                else '{}'
            end);
        end if;
    end loop;
end
$$;
comment on function ddp.fold_taken_changes(bigint) is
    'Adds the taken changes (p_taken rows) to everything derived from them.';

-- A portion of 100,000 changes takes 5 to 15 s on two cores; sorts and hashes of it stay in memory. A lock that somebody
-- holds for longer than 5 s fails the portion, which the next refresh takes again.
create or replace function ddp.refresh_portion(
    p_most integer default 100000, out taken bigint, out is_drained boolean
)
    language plpgsql volatile security definer
    set search_path = ''
    set work_mem = '64MB'
    set jit = off
    set lock_timeout = '5s'
as $$
begin
    if not pg_try_advisory_xact_lock(hashtext('ddp.refresh_analytics')) then
        return;
    end if;
    if ddp.is_recomputing() then
        taken := ddp.recompute_slice();
        is_drained := false;
    else
        select t.taken, t.is_drained into taken, is_drained from ddp.take_changes(p_most) t;
    end if;
    if taken > 0 then
        analyze (skip_locked) ddp.taken_changes;
        perform ddp.fold_taken_changes(taken);
        perform ddp.forget_taken_changes();
    end if;
end
$$;
comment on function ddp.refresh_portion(integer) is
    'Takes one portion (at most p_most rows) of the queue of changes into the statistics and rollups, or does one slice of '
    'a recomputation. taken: how many changes that were, summed by entity, user, metric and time; null if another refresh '
    'is at work. is_drained: nothing that it found is left.';

create or replace function ddp.refresh_analytics() returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_taken bigint := 0;
    v_portion record;
    v_sender record;
begin
    perform pg_advisory_xact_lock(hashtext('ddp.refresh_analytics'));
    loop
        select * into v_portion from ddp.refresh_portion();
        v_taken := v_taken + v_portion.taken;
        continue when not v_portion.is_drained;
        select * into v_sender from ddp.take_template_sender();
        exit when v_sender.template_id is null;
        perform ddp.count_template_sender(v_sender.template_id, v_sender.user_id);
    end loop;
    return v_taken;
end
$$;
comment on function ddp.refresh_analytics() is
    'All portions in one transaction, for tests and for filling a new database; waits for a refresh under way. Returns how '
    'many changes it took.';
revoke all on function
    ddp.analyze_touched(text[]), ddp.touched_months(), ddp.folds_of(text[]), ddp.fold_taken_changes(bigint), ddp.refresh_portion(integer),
    ddp.refresh_analytics()
    from public, anon, authenticated, service_role;
grant execute on function ddp.refresh_portion(integer) to service_role;
