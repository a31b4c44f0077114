create or replace function ddp.erase_inbound_messages(p_address text, p_hash bytea, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_messages uuid[];
begin
    -- An answer that is being sent goes on; the provider is not told about a number that nobody knows any more.
    delete from ddp.opt_outs_to_push o where o.phone = p_address;
    update ddp.sms_replies r
    set phone = null, outcome = coalesce(r.outcome, 'failed'), ended_at = coalesce(r.ended_at, now()),
        failure_code = case when r.outcome is null then 'erased' else r.failure_code end
    where r.phone_hash = p_hash and r.phone is not null and r.started_at is null;
    with erased as (
        update public.inbound_messages m set phone = null, shown_phone = null, body = null
        where m.inbound_message_id = any (array(
            select o.inbound_message_id from public.inbound_messages o
            where o.phone_hash = p_hash and (o.phone is not null or o.shown_phone is not null or o.body is not null)
            limit p_limit
        ))
        returning m.inbound_message_id
    )
    select array_agg(e.inbound_message_id) into v_messages from erased e;
    return coalesce(cardinality(v_messages), 0);
end
$$;
comment on function ddp.erase_inbound_messages(text, bytea, integer) is
    'Takes number and text from what a recipient answered; verdict, decision and times stay. Returns how many messages.';
revoke all on function ddp.erase_inbound_messages(text, bytea, integer) from public, anon, authenticated, service_role;
