-- requires: functions/apply_sms_events.sql, policies/sms_sends.sql, policies/send_plans.sql, policies/suppressions.sql
-- What a recipient does with the short links in an SMS. The code in a link is the permission: it is random, and only this
-- recipient has it. These are for workers only.

create or replace function ddp.sms_of_code(p_code text) returns table (
        sms_send_id uuid, recipient_hash bytea, recipient_phone text, owner_user_id uuid, sender_name text, is_shared boolean
    )
    language sql stable
    set search_path = ''
as $$
    select
        s.sms_send_id, s.recipient_hash, s.recipient_phone, s.created_by_user_id, u.user_name,
        coalesce(i.is_shared, false)
    from public.sms_sends s
    join public.users u on u.user_id = s.created_by_user_id
    left join public.send_plans p on p.sms_campaign_id = s.sms_campaign_id
    left join ddp.plan_origins o on o.send_plan_id = p.send_plan_id and o.country = s.country
    left join public.origination_identities i on i.identity = o.identity and i.country = o.country
    where s.link_code = p_code and s.recipient_hash is not null
$$;
comment on function ddp.sms_of_code(text) is
    'The message whose links have this code, its sender, and whether it came from a number that all senders share; no row: there '
    'is none, or its recipient was erased.';

create or replace function ddp.sms_subscription(p_code text)
    returns table (sender_name text, is_shared boolean, has_left boolean)
    language sql stable
    set search_path = ''
as $$
    select
        s.sender_name, s.is_shared,
        coalesce(bool_or(x.suppression_id is not null and (x.owner_user_id is null or not s.is_shared)), false)
    from ddp.sms_of_code(p_code) s
    left join public.suppressions x on x.address_hash = s.recipient_hash and x.channel = 'sms' and x.reason = 'stop'
        and (x.owner_user_id is null or x.owner_user_id = s.owner_user_id)
    group by s.sms_send_id, s.sender_name, s.is_shared
$$;
comment on function ddp.sms_subscription(text) is
    'What a recipient is shown: who sent the message, whether all senders share its number, and whether messages were stopped '
    'already. No row: there is no such link.';

create or replace function ddp.stop_by_link(p_code text) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.stop_phone(
        s.recipient_hash, s.recipient_phone, case when not s.is_shared then s.owner_user_id end, s.sms_send_id, 'link'
    )
    from ddp.sms_of_code(p_code) s;
end
$$;
comment on function ddp.stop_by_link(text) is
    'Stops messages of the sender to the recipient of this code, or of all senders if they share its number. Harmless when '
    'repeated.';

create or replace function ddp.sms_link(p_code text, p_link_no smallint)
    returns table (sms_send_id uuid, url text, sent_at timestamptz, is_tracked boolean)
    language sql stable
    set search_path = ''
as $$
    select s.sms_send_id, l.url, s.sent_at, p.tracks_conversions and not p.recipients_masked
    from public.sms_sends s
    join public.send_plans p on p.sms_campaign_id = s.sms_campaign_id
    join ddp.plan_links l on l.send_plan_id = p.send_plan_id
    where s.link_code = p_code and p_link_no between 1 and 9
        -- Each variant of an A/B test has ten numbers of its own.
        and l.link_no = 10 * (coalesce(s.variant, 1) - 1) + p_link_no
$$;
comment on function ddp.sms_link(text, smallint) is
    'Where a link of an SMS leads; is_tracked: orders are credited to the message. No row: there is no such link.';

create or replace function ddp.note_sms_click(
    p_sms_send_id uuid, p_event_id uuid, p_link_no smallint, p_agent text, p_is_machine boolean
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_now constant timestamptz := clock_timestamp();
    v_send public.sms_sends;
    v_attempt smallint;
begin
    select s.* into v_send from public.sms_sends s where s.sms_send_id = p_sms_send_id for no key update;
    -- Anybody who has the link can follow it as often as they like.
    if v_send.sms_send_id is null or 100 <= (
        select count(*)
        from (select from public.sms_events e where e.sms_send_id = p_sms_send_id and e.event_type = 'CLICK' limit 100) known
    ) then
        return;
    end if;
    -- It arrived. If no attempt is known to be accepted, it was the last one that was called.
    v_attempt := case
        when v_send.accepted_attempts & (1 << (v_send.attempt - 1)) <> 0 then v_send.attempt
        when v_send.accepted_attempts <> 0 then floor(log(2, v_send.accepted_attempts)) + 1
        when v_send.send_call_id is null and v_send.attempt > 1 then v_send.attempt - 1
        else v_send.attempt
    end;
    perform ddp.apply_sms_events(
        array[(
            p_event_id, v_now, p_sms_send_id, v_attempt, 'CLICK', p_is_machine,
            json_build_object('link', p_link_no, 'agent', p_agent)
        )::ddp.sms_event],
        array[(
            p_sms_send_id, 1 << (v_attempt - 1), null, null,
            case when p_is_machine then 'sent' else 'clicked' end::public.sms_send_status,
            coalesce(v_send.sent_at, v_now), null, case when not p_is_machine then v_now end, null, null, null, null, null, null,
            null, '{}'
        )::ddp.sms_evidence]
    );
end
$$;
comment on function ddp.note_sms_click(uuid, uuid, smallint, text, boolean) is
    'Somebody followed a link of an SMS: the message was accepted and, unless a machine did it, clicked. Keeps a hundred clicks.';

revoke all on function
    ddp.sms_of_code(text), ddp.sms_subscription(text), ddp.stop_by_link(text), ddp.sms_link(text, smallint),
    ddp.note_sms_click(uuid, uuid, smallint, text, boolean)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sms_of_code(text), ddp.sms_subscription(text), ddp.stop_by_link(text), ddp.sms_link(text, smallint),
    ddp.note_sms_click(uuid, uuid, smallint, text, boolean)
    to service_role;
