-- The order in which statuses of one attempt override each other; and which attempt a report is about.

create or replace function ddp.sms_status_order() returns public.sms_send_status[]
    language sql immutable parallel safe
    set search_path = ''
    return array[
        'cancelled', 'suppressed', 'missed', 'pending', 'sending', 'unknown', 'sent', 'failed', 'delivered', 'clicked'
    ]::public.sms_send_status[];
comment on function ddp.sms_status_order() is
    'Events come in any order: the status is the latest of this order that was seen. The first three were never sent.';

create or replace function ddp.sms_status_rank(p_status public.sms_send_status) returns integer
    language sql immutable parallel safe
    set search_path = ''
    return array_position(ddp.sms_status_order(), p_status);
comment on function ddp.sms_status_rank(public.sms_send_status) is
    'Where a status stands in ddp.sms_status_order(): a higher rank overrides a lower one.';

create or replace function ddp.sms_describes(p_send public.sms_sends, p_attempt smallint) returns boolean
    language sql immutable
    return p_attempt = p_send.attempt or p_attempt = p_send.attempt - 1 and p_send.send_call_id is null;
comment on function ddp.sms_describes(public.sms_sends, smallint) is
    'Whether what happened to an attempt is the fate of the message: to the present one, or to the one before, if the present '
    'one was never called.';

create or replace function ddp.sms_sentence(p_send public.sms_sends) returns text
    language sql immutable
    return case
        when p_send.status = 'sent' and p_send.carrier_reported_at is not null
            then 'The carrier never reported whether it arrived.'
        when p_send.status in ('delivered', 'clicked') then null
        else p_send.failure_reason
    end;
comment on function ddp.sms_sentence(public.sms_sends) is 'What a person should know about the state of a message; null: nothing.';

create or replace function ddp.merged_charges(p_known jsonb, p_new jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    select case
        when p_new = '{}' or p_known @> p_new then p_known
        when p_known = '{}' then p_new
        else (
            select jsonb_object_agg(c.attempt, c.amount)
            from (
                select e.attempt, max(e.amount::numeric) as amount
                from (
                    select k.key, k.value from jsonb_each_text(p_known) k
                    union all
                    select n.key, n.value from jsonb_each_text(p_new) n
                ) e (attempt, amount)
                group by e.attempt
            ) c
        )
    end
$$;
comment on function ddp.merged_charges(jsonb, jsonb) is 'Charges by attempt: of each attempt the greatest.';

create or replace function ddp.sum_of_charges(p_charges jsonb) returns numeric
    language sql immutable
    set search_path = ''
as $$
    select coalesce(sum(c.value::numeric), 0) from jsonb_each_text(p_charges) c
$$;
comment on function ddp.sum_of_charges(jsonb) is 'US dollars.';

revoke all on function
    ddp.sms_status_order(), ddp.sms_status_rank(public.sms_send_status), ddp.sms_describes(public.sms_sends, smallint),
    ddp.sms_sentence(public.sms_sends), ddp.merged_charges(jsonb, jsonb), ddp.sum_of_charges(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sms_status_order(), ddp.sms_status_rank(public.sms_send_status), ddp.sms_describes(public.sms_sends, smallint),
    ddp.merged_charges(jsonb, jsonb), ddp.sum_of_charges(jsonb)
    to service_role;
