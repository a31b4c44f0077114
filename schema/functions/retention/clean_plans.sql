-- requires: functions/erase_email_sends.sql
-- What sends leave behind when they have ended: first their chunks, calls and rejected records, much later the names and
-- addresses of their recipients.

create or replace function ddp.ended_plans(p_before timestamptz) returns setof public.send_plans
    language sql stable
    set search_path = ''
as $$
    select p.* from public.send_plans p
    where coalesce(p.completed_at, p.cancelled_at, p.failed_at) < p_before
        and (p.records_removed_at is null or p.recipients_erased_at is null)
$$;
comment on function ddp.ended_plans(timestamptz) is 'Sends that ended before a time and have records or recipients left.';

create or replace function ddp.clean_plan_records(
    p_before timestamptz, p_limit integer, out removed bigint, out worked bigint, out is_left boolean
)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_most_plans constant integer := least(p_limit, 1000);  -- a send without a record takes time, too
    v_plans integer := 0;
    v_plan_id uuid;
    v_table text;
    v_removed bigint;
begin
    removed := 0;
    for v_plan_id in
        select p.send_plan_id from public.send_plans p
        where p.send_plan_id in (select e.send_plan_id from ddp.ended_plans(p_before) e)
            and p.records_removed_at is null
        limit v_most_plans
        for no key update skip locked
    loop
        v_plans := v_plans + 1;
        foreach v_table in array
            '{send_calls,send_plan_batches,send_plan_rejections,content_troubles,send_chunks}'::text[]
        loop
            execute format(
                'delete from ddp.%1$I d where d.ctid = any (array(select o.ctid from ddp.%1$I o'
                ' where o.send_plan_id = $1 limit $2))', v_table
            ) using v_plan_id, p_limit - removed;
            get diagnostics v_removed = row_count;
            removed := removed + v_removed;
        end loop;
        -- With the limit reached, something of this plan may be left.
        exit when removed >= p_limit;
        update public.send_plans p set records_removed_at = now(), audience = p.audience - 'recipients'
        where p.send_plan_id = v_plan_id;
    end loop;
    worked := greatest(removed, v_plans);
    is_left := removed >= p_limit or v_plans >= v_most_plans;
end
$$;
comment on function ddp.clean_plan_records(timestamptz, integer) is
    'Removes calls, batches, rejected records and chunks of sends that ended before a time, at most p_limit of at most 1,000 '
    'sends. The columns are those of ddp.clean.';

create or replace function ddp.count_old_plan_records(p_before timestamptz) returns bigint
    language sql stable
    set search_path = ''
as $$
    with plans as materialized (
        select p.send_plan_id from ddp.ended_plans(p_before) p where p.records_removed_at is null
    )
    select
        (select count(*) from ddp.send_calls o join plans using (send_plan_id))
        + (select count(*) from ddp.send_plan_batches o join plans using (send_plan_id))
        + (select count(*) from ddp.send_plan_rejections o join plans using (send_plan_id))
        + (select count(*) from ddp.content_troubles o join plans using (send_plan_id))
        + (select count(*) from ddp.send_chunks o join plans using (send_plan_id))
$$;
comment on function ddp.count_old_plan_records(timestamptz) is 'How many rows ddp.clean_plan_records would remove in the end.';

create or replace function ddp.clean_recipients(
    p_before timestamptz, p_limit integer, out removed bigint, out worked bigint, out is_left boolean
)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_most_plans constant integer := least(p_limit, 1000);
    v_plans integer := 0;
    v_plan public.send_plans;
begin
    removed := 0;
    for v_plan in
        select p.* from public.send_plans p
        where p.send_plan_id in (select e.send_plan_id from ddp.ended_plans(p_before) e)
            and p.recipients_erased_at is null
        limit v_most_plans
        for no key update skip locked
    loop
        v_plans := v_plans + 1;
        if v_plan.channel = 'email' then
            removed := removed + ddp.erase_email_recipients(v_plan.email_campaign_id, p_limit - removed::integer);
        else
            removed := removed + ddp.erase_sms_recipients(v_plan.sms_campaign_id, p_limit - removed::integer);
        end if;
        exit when removed >= p_limit;
        update public.send_plans p
        set recipients_erased_at = now()
        where p.send_plan_id = v_plan.send_plan_id;
    end loop;
    worked := greatest(removed, v_plans);
    is_left := removed >= p_limit or v_plans >= v_most_plans;
end
$$;
comment on function ddp.clean_recipients(timestamptz, integer) is
    'Takes names, addresses and data from the recipients of sends that ended before a time, at most p_limit rows of at most '
    '1,000 sends. The columns are those of ddp.clean.';

create or replace function ddp.count_old_recipients(p_before timestamptz) returns bigint
    language sql stable
    set search_path = ''
as $$
    with plans as materialized (
        select p.email_campaign_id, p.sms_campaign_id from ddp.ended_plans(p_before) p where p.recipients_erased_at is null
    )
    select
        (
            select count(*) from public.email_sends s
            join plans using (email_campaign_id)
            where s.erased_at is null and s.status not in ('pending', 'sending')
        ) + (
            select count(*) from public.sms_sends s
            join plans using (sms_campaign_id)
            where s.erased_at is null and s.status not in ('pending', 'sending')
        )
$$;
comment on function ddp.count_old_recipients(timestamptz) is 'How many rows ddp.clean_recipients would change in the end.';

revoke all on function
    ddp.ended_plans(timestamptz), ddp.clean_plan_records(timestamptz, integer), ddp.count_old_plan_records(timestamptz),
    ddp.clean_recipients(timestamptz, integer), ddp.count_old_recipients(timestamptz)
    from public, anon, authenticated, service_role;
