-- requires: functions/retention_settings.sql, functions/clean_months.sql, functions/clean_rows.sql, functions/clean_sessions.sql
-- requires: functions/clean_conversions.sql, functions/sessions.sql
-- requires: functions/clean_plans.sql, functions/clean_trash.sql, functions/cleanup_runs.sql
-- The steps of a cleanup. A table that grows has a line here, or a reason in tests/database/schema/retention.py.

create or replace function ddp.cleanup_steps() returns table (step text, subject text, kind text, tables text[])
    language sql immutable
    set search_path = ''
as $$
    values
        ('file_actions', 'file_actions', 'months', '{public.file_actions}'::text[]),
        ('social_engagement', 'engagement', 'months', '{public.social_engagement}'),
        ('audit_logs', 'audit_logs', 'months', '{public.audit_logs}'),
        ('daily_analytics', 'daily_analytics', 'months', '{public.daily_analytics}'),
        ('email_events', 'provider_events', 'months', '{public.email_events}'),
        ('sms_events', 'provider_events', 'months', '{public.sms_events}'),
        ('abandoned_sessions', 'sessions', 'abandoned_sessions', '{}'),
        ('sessions', 'sessions', 'sessions', '{public.sessions,ddp.session_stats}'),
        ('conversions', 'conversions', 'conversions', '{public.conversions}'),
        ('plan_records', 'sending_records', 'plan_records',
            '{ddp.send_calls,ddp.send_plan_batches,ddp.send_plan_rejections,ddp.content_troubles,ddp.send_chunks}'),
        ('recipients', 'recipients', 'recipients', '{public.email_sends,public.sms_sends}'),
        ('trash', 'trash', 'trash', '{public.files}'),
        ('exports', 'sending_records', 'exports', '{public.send_exports,public.analytics_exports}'),
        ('idempotency_keys', 'idempotency_keys', 'rows', '{public.idempotency_keys}'),
        ('uploads', 'uploads', 'rows', '{public.uploads,ddp.upload_arrivals}'),
        ('product_imports', 'product_imports', 'rows', '{public.product_imports,public.product_import_rejections}'),
        ('account_invitations', 'invitations', 'rows', '{public.account_members}'),
        ('user_invitations', 'invitations', 'rows', '{public.user_invitations}'),
        ('sender_hours', 'sending_records', 'rows', '{ddp.sender_hours}'),
        ('soft_bounces', 'sending_records', 'rows', '{ddp.soft_bounces}'),
        ('expired_suppressions', 'sending_records', 'rows', '{public.suppressions}'),
        ('recipient_counters', 'sending_records', 'rows', '{ddp.recipient_counters}'),
        ('send_forecasts', 'forecasts', 'rows', '{ddp.send_forecasts,ddp.forecast_batches}'),
        ('forecast_addresses', 'forecasts', 'rows', '{ddp.forecast_addresses}'),
        ('email_test_sends', 'sending_records', 'rows', '{public.email_test_sends}'),
        ('sms_test_sends', 'sending_records', 'rows', '{public.sms_test_sends}'),
        ('ended_shares', 'sending_records', 'rows', '{public.file_shares,ddp.share_tokens}'),
        ('daily_asset_downloads', 'daily_analytics', 'rows', '{public.daily_asset_downloads}'),
        ('retailer_asset_activity', 'daily_analytics', 'rows', '{public.retailer_asset_activity}'),
        ('daily_visitors', 'file_actions', 'rows', '{ddp.daily_visitors}'),
        ('unlisted_activity', 'file_actions', 'rows', '{ddp.unlisted_activity}'),
        ('erasures', 'audit_logs', 'rows', '{ddp.erasures}'),
        ('conversion_keys', 'sending_records', 'rows', '{public.conversion_keys}'),
        ('hook_calls', 'idempotency_keys', 'rows', '{ddp.hook_calls}'),
        ('request_budgets', 'idempotency_keys', 'rows', '{ddp.request_budgets}'),
        ('inbound_messages', 'inbound_messages', 'rows', '{public.inbound_messages,ddp.sms_replies}'),
        ('opt_out_returns', 'inbound_messages', 'rows', '{ddp.opt_out_returns}'),
        ('social_calls', 'sending_records', 'rows', '{ddp.social_calls}'),
        ('social_checkpoints', 'sending_records', 'rows', '{ddp.social_checkpoints}'),
        ('social_connections', 'idempotency_keys', 'rows', '{ddp.social_connections}'),
        ('social_quotas', 'idempotency_keys', 'rows', '{ddp.social_quotas}'),
        ('social_events', 'sending_records', 'rows', '{ddp.social_events}'),
        ('social_deletions', 'sending_records', 'rows', '{ddp.social_deletions}'),
        ('notices', 'sending_records', 'rows', '{public.notices}'),
        ('seen_devices', 'sessions', 'rows', '{public.devices}'),
        ('cleanup_runs', 'cleanup_runs', 'rows', '{ddp.cleanup_runs}')
$$;
comment on function ddp.cleanup_steps() is
    'The steps of a cleanup in their order: which retention holds, how it is done, and which tables it keeps small.';

create or replace function ddp.clean(
    p_run_id uuid, p_step text, p_limit integer, out removed bigint, out worked bigint, out is_left boolean
)
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_step record;
    v_keep interval;
    v_before timestamptz;
begin
    select s.* into strict v_step from ddp.cleanup_steps() s where s.step = p_step;
    v_keep := ddp.kept(v_step.subject);
    v_before := now() - v_keep;
    if v_step.kind = 'months' then
        select m.* into removed, worked, is_left
        from ddp.clean_months(v_step.tables[1]::regclass, v_keep, p_limit) m;
    elsif v_step.kind = 'plan_records' then
        select c.* into removed, worked, is_left from ddp.clean_plan_records(v_before, p_limit) c;
    elsif v_step.kind = 'recipients' then
        select c.* into removed, worked, is_left from ddp.clean_recipients(v_before, p_limit) c;
    else
        removed := case v_step.kind
            when 'abandoned_sessions' then ddp.close_abandoned_sessions(p_limit)
            when 'sessions' then ddp.clean_sessions(v_keep, p_limit)
            when 'conversions' then ddp.clean_conversions(v_before, p_limit)
            when 'trash' then ddp.clean_trash(v_before, p_limit)
            when 'exports' then ddp.clean_exports(v_before, p_limit)
            when 'rows' then ddp.clean_rows(p_step, v_before, p_limit)
        end;
        worked := removed;
        is_left := removed >= p_limit;
    end if;
    perform ddp.note_cleaned(p_run_id, p_step, removed);
end
$$;
comment on function ddp.clean(uuid, text, integer) is
    'Takes one portion of a step, about p_limit rows, and adds it to the report of the run. `removed`: rows that are gone; '
    '`worked`: rows that it took time for; `is_left`: call again; null: somebody else is at it. For workers.';

create or replace function ddp.count_old(p_run_id uuid, p_step text) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_step record;
    v_keep interval;
    v_before timestamptz;
    v_count bigint;
begin
    select s.* into strict v_step from ddp.cleanup_steps() s where s.step = p_step;
    v_keep := ddp.kept(v_step.subject);
    v_before := now() - v_keep;
    v_count := case v_step.kind
        when 'months' then ddp.count_old_months(v_step.tables[1]::regclass, v_keep)
        when 'abandoned_sessions' then 0  -- they end, and none goes
        when 'sessions' then (select count(*) from ddp.old_sessions(v_keep))
        when 'conversions' then (select count(*) from public.conversions c where c.recorded_at < v_before)
        when 'plan_records' then ddp.count_old_plan_records(v_before)
        when 'recipients' then ddp.count_old_recipients(v_before)
        when 'trash' then (select count(*) from ddp.old_trash(v_before))
        when 'exports' then (
            (select count(*) from public.send_exports x where x.ended_at < v_before)
            + (select count(*) from public.analytics_exports f where f.ended_at < v_before)
        )
        when 'rows' then ddp.count_old_rows(p_step, v_before)
    end;
    perform ddp.note_cleaned(p_run_id, p_step, v_count);
    return v_count;
end
$$;
comment on function ddp.count_old(uuid, text) is
    'How many rows a step would remove in the end; adds it to the report of the (dry) run. For workers.';

revoke all on function
    ddp.cleanup_steps(), ddp.clean(uuid, text, integer), ddp.count_old(uuid, text)
    from public, anon, authenticated, service_role;
grant execute on function ddp.cleanup_steps(), ddp.clean(uuid, text, integer), ddp.count_old(uuid, text) to service_role;
