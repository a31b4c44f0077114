-- requires: functions/require_worker_or_admin.sql
-- Rows that are removed one by one. One condition for each step: removing and counting use the same.

create or replace function ddp.old_rows(p_step text) returns table (relation regclass, condition text)
    language sql stable
    set search_path = ''
as $$
    -- $1 is the time before which a row is old. The first part of a condition is what an index or a range of blocks knows.
    select s.relation, s.condition
    from (
        values
            ('idempotency_keys', 'public.idempotency_keys'::regclass, 'o.created_at < $1'),
            ('uploads', 'public.uploads', 'coalesce(o.settled_at, o.expires_at) < $1'),
            ('product_imports', 'public.product_imports', 'o.ended_at < $1'),
            ('account_invitations', 'public.account_members',
                'o.accepted_at is null and least(o.ended_at, o.expires_at) < $1'),
            ('user_invitations', 'public.user_invitations', 'least(o.accepted_at, o.ended_at, o.expires_at) < $1'),
            ('sender_hours', 'ddp.sender_hours', 'o.hour < $1'),
            ('soft_bounces', 'ddp.soft_bounces', 'greatest(o.last_bounced_at, o.last_delivered_at) < $1'),
            -- Each has its own time.
            ('expired_suppressions', 'public.suppressions', 'o.expires_at < now()'),
            -- No frequency cap looks back further.
            ('recipient_counters', 'ddp.recipient_counters', 'o.last_at < now() - interval ''90 days'''),
            ('send_forecasts', 'ddp.send_forecasts', 'o.created_at < $1'),
            -- Of forecasts that were removed before they ended, and of samples whose worker died.
            ('forecast_addresses', 'ddp.forecast_addresses',
                'not exists (select from ddp.send_forecasts f where f.send_forecast_id = o.send_forecast_id)'),
            ('email_test_sends', 'public.email_test_sends', 'coalesce(o.ended_at, o.created_at) < $1'),
            ('sms_test_sends', 'public.sms_test_sends', 'coalesce(o.ended_at, o.created_at) < $1'),
            ('ended_shares', 'public.file_shares', 'least(o.revoked_at, o.expires_at) < $1'),
            ('daily_asset_downloads', 'public.daily_asset_downloads',
                'o.download_date < date_trunc(''month'', $1 at time zone ''UTC'')::date'),
            ('retailer_asset_activity', 'public.retailer_asset_activity',
                'o.activity_date < date_trunc(''month'', $1, ''UTC'')'),
            -- They go with the actions that they came from.
            ('daily_visitors', 'ddp.daily_visitors', 'o.day < (select ddp.first_kept_day(''file''))'),
            ('unlisted_activity', 'ddp.unlisted_activity', 'o.day < (select ddp.first_kept_day(''file''))'),
            ('erasures', 'ddp.erasures', 'o.ended_at < $1'),
            ('conversion_keys', 'public.conversion_keys', 'o.ends_at < $1'),
            ('hook_calls', 'ddp.hook_calls', 'o.received_at < $1'),
            -- A budget is full again within a minute.
            ('request_budgets', 'ddp.request_budgets', 'o.minute < now() - interval ''5 minutes'''),
            -- Marketing to the number is held until somebody decides.
            ('inbound_messages', 'public.inbound_messages',
                'o.received_at < $1 and not (o.verdict = ''person'' and o.decision is null)'),
            ('opt_out_returns', 'ddp.opt_out_returns', 'o.returned_at < $1'),
            -- What is unconfirmed may yet be settled: its last call says what it cost.
            ('social_calls', 'ddp.social_calls',
                'o.ended_at < $1 and not (o.outcome = ''unknown'' and o.reservation = ''held'')'),
            ('social_checkpoints', 'ddp.social_checkpoints', 'o.updated_at < $1'),
            ('social_connections', 'ddp.social_connections', 'o.expires_at < $1'),
            ('social_quotas', 'ddp.social_quotas', 'o.ends_at < $1'),
            ('social_events', 'ddp.social_events', 'o.received_at < $1'),
            ('social_deletions', 'ddp.social_deletions', 'o.done_at < $1'),
            ('notices', 'public.notices', 'o.updated_at < $1'),
            -- What administrators added stays.
            ('seen_devices', 'public.devices',
                'o.is_seen and o.created_at < $1'
                ' and not exists (select from public.sessions s where s.device_id = o.device_id)'),
            ('cleanup_runs', 'ddp.cleanup_runs', 'o.requested_at < $1')
    ) s (step, relation, condition)
    where s.step = p_step
$$;
comment on function ddp.old_rows(text) is
    'The table of a step that removes single rows, and which of its rows `o` are older than a time $1. Each step has one line.';

create or replace function ddp.clean_rows(p_step text, p_before timestamptz, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_old record;
    v_removed bigint;
begin
    select o.* into strict v_old from ddp.old_rows(p_step) o;
    execute format(
        'delete from %1$s d where d.ctid = any (array('
        'select o.ctid from %1$s o where %2$s limit %3$s for update skip locked))',
        v_old.relation, v_old.condition, p_limit
    ) using p_before;
    get diagnostics v_removed = row_count;
    return v_removed;
end
$$;
comment on function ddp.clean_rows(text, timestamptz, integer) is
    'Removes the old rows of a step, at most p_limit, none that somebody is at work on; returns how many.';

create or replace function ddp.count_old_rows(p_step text, p_before timestamptz) returns bigint
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_old record;
    v_count bigint;
begin
    select o.* into strict v_old from ddp.old_rows(p_step) o;
    execute format('select count(*) from %s o where %s', v_old.relation, v_old.condition) into v_count using p_before;
    return v_count;
end
$$;
comment on function ddp.count_old_rows(text, timestamptz) is 'How many rows ddp.clean_rows would remove in the end.';

revoke all on function
    ddp.old_rows(text), ddp.clean_rows(text, timestamptz, integer), ddp.count_old_rows(text, timestamptz)
    from public, anon, authenticated, service_role;
