-- requires: functions/require_active_user.sql, functions/log_change.sql, functions/apply_inbound_messages.sql

create or replace function public.decide_inbound_message(p_inbound_message_id uuid, p_decision text) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_message public.inbound_messages;
begin
    select m.* into v_message
    from public.inbound_messages m
    where m.inbound_message_id = p_inbound_message_id
        and (m.owner_user_id = v_user_id or ddp.active_user_type() = 'admin')
    for no key update;
    perform ddp.require(
        v_message.inbound_message_id is not null, 'PT404', 'You have no such message.', '{"code": "inbound-message-not-found"}'
    );
    perform ddp.require(
        p_decision in ('stop', 'not_stop'), 'PT422', 'The decision is stop or not_stop.', '{"code": "invalid-decision"}'
    );
    perform ddp.require(
        v_message.verdict in ('person', 'other'), 'PT409',
        'This message was understood: there is nothing to decide.',
        jsonb_build_object('code', 'nothing-to-decide', 'verdict', v_message.verdict)
    );
    perform ddp.lock_numbers(array[v_message.phone_hash]);
    if v_message.decision = p_decision then
        return;
    end if;
    perform ddp.require(
        v_message.decision is distinct from 'stop', 'PT409',
        'It was decided that this recipient wants no more messages: only the recipient can change that.',
        '{"code": "already-decided"}'
    );
    update public.inbound_messages m
    set decision = p_decision, decided_at = now(), decided_by_user_id = v_user_id
    where m.inbound_message_id = p_inbound_message_id;
    if p_decision = 'stop' then
        perform ddp.stop_phone(
            v_message.phone_hash, v_message.phone, ddp.scope_of(v_message), v_message.sms_send_id, 'staff'
        );
    end if;
    -- Another message of the number may still wait for a person.
    delete from public.suppressions x
    where x.address_hash = v_message.phone_hash and x.channel = 'sms' and x.reason = 'in_question'
        and x.owner_user_id is not distinct from ddp.scope_of(v_message)
        and not exists (
            select from public.inbound_messages waiting
            where waiting.phone_hash = v_message.phone_hash and waiting.verdict = 'person' and waiting.decision is null
                and waiting.inbound_message_id <> p_inbound_message_id
                and ddp.scope_of(waiting) is not distinct from ddp.scope_of(v_message)
        );
    perform ddp.log_change(
        'inbound_messages', p_inbound_message_id, jsonb_build_object('decision', v_message.decision),
        jsonb_build_object('decision', p_decision)
    );
end
$$;
comment on function public.decide_inbound_message(uuid, text) is
    'What a person says about an answer that was not understood: `stop` does what the recipient''s STOP would have done; '
    '`not_stop` lets messages go on, unless another answer of the number still waits. Repeated, it changes nothing; a `stop` '
    'cannot be taken back. For the account that the message belongs to, and administrators.';
revoke all on function public.decide_inbound_message(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.decide_inbound_message(uuid, text) to authenticated;
