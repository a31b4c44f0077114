-- twin: sms (set_aside_sms_plan, note_slow_sms_content, set_aside_deadly_sms_plans)
-- requires: functions/note_deaths.sql, policies/senders.sql, policies/send_plans.sql
-- A plan whose content cannot be used fails, with the reason; who is pending is cancelled by ddp.cancel_pending_email_sends.
-- Locks: the plan first, as everybody does who decides about it, then its sender.

create or replace function ddp.set_aside_email_plan(p_send_plan_id uuid, p_reason text, p_is_charged boolean)
    returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_sender uuid;
begin
    update public.send_plans p
    set failed_at = clock_timestamp(), failure_code = 'unusable-content', failure_reason = left(p_reason, 1000),
        started_at = coalesce(p.started_at, clock_timestamp())
    where p.send_plan_id = p_send_plan_id and p.channel = 'email'
        and p.failed_at is null and p.cancelled_at is null and p.completed_at is null
    returning p.created_by_user_id into v_sender;
    if v_sender is not null and p_is_charged then
        insert into public.senders as s (user_id, channel, plans_set_aside, slow_until)
        values (v_sender, 'email', 1, now() + interval '1 day')
        on conflict (user_id, channel) do update
        set plans_set_aside = s.plans_set_aside + 1,
            slow_until = greatest(s.slow_until, now() + least(s.plans_set_aside + 1, 30) * interval '1 day');
    end if;
    return v_sender is not null;
end
$$;
comment on function ddp.set_aside_email_plan(uuid, text, boolean) is
    'Fails an open plan with the code unusable-content; false: it is not open. p_is_charged: the sender gets one worker at a '
    'time, for a day after the first such plan, two days after the second, at most thirty.';

create or replace function ddp.note_slow_email_content(p_send_plan_id uuid, p_messages integer, p_reason text)
    returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_messages integer;
begin
    perform from public.send_plans p where p.send_plan_id = p_send_plan_id for no key update;
    insert into ddp.content_troubles as t (send_plan_id, slow_messages) values (p_send_plan_id, p_messages)
    on conflict (send_plan_id) do update set slow_messages = t.slow_messages + excluded.slow_messages
    returning t.slow_messages into v_messages;
    -- One may have unusual data; three are how this content is.
    return v_messages >= 3 and ddp.set_aside_email_plan(
        p_send_plan_id,
        format('Making a message takes too long; sending stopped after %s such messages. %s', v_messages, p_reason), true
    );
end
$$;
comment on function ddp.note_slow_email_content(uuid, integer, text) is
    'Counts messages of a plan that took too long. With the third one the plan fails; true then.';

create or replace function ddp.set_aside_deadly_email_plans() returns bigint
    language sql volatile
    set search_path = ''
as $$
    select count(*) filter (where ddp.set_aside_email_plan(
        d.send_plan_id,
        'Sending stopped: two workers in a row ended while they made messages of this content. Simplify it.', true
    ))
    from (
        select t.send_plan_id
        from ddp.content_troubles t
        join public.send_plans p on p.send_plan_id = t.send_plan_id
        where t.deaths >= 2 and p.channel = 'email'
            and p.failed_at is null and p.cancelled_at is null and p.completed_at is null
        order by t.send_plan_id
    ) d
$$;
comment on function ddp.set_aside_deadly_email_plans() is
    'Fails plans with which two workers in a row died composing; returns how many. In a transaction of its own.';

revoke all on function
    ddp.set_aside_email_plan(uuid, text, boolean), ddp.note_slow_email_content(uuid, integer, text),
    ddp.set_aside_deadly_email_plans()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.set_aside_email_plan(uuid, text, boolean), ddp.note_slow_email_content(uuid, integer, text),
    ddp.set_aside_deadly_email_plans()
    to service_role;
