-- requires: functions/require_active_user.sql, functions/log_change.sql
-- What people do with suppressions by hand; workers write those that messages cause. Addresses are given as the keyed
-- hash that the HTTP functions make of them.

-- Without a channel until the release before, whose callers mean e-mail.
drop function if exists public.suppress_address(bytea);
create or replace function public.suppress_address(
    p_address_hash bytea, p_channel public.message_channel default 'email'
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_id uuid;
begin
    perform ddp.require(
        octet_length(p_address_hash) = 32, 'PT422', 'An address is given as its hash of 32 bytes.',
        '{"code": "invalid-address"}'
    );
    insert into public.suppressions (channel, address_hash, owner_user_id, reason)
    values (p_channel, p_address_hash, v_user_id, 'manual')
    on conflict do nothing
    returning suppression_id into v_id;
    if v_id is null then
        select s.suppression_id into strict v_id
        from public.suppressions s
        where s.address_hash = p_address_hash and s.channel = p_channel and s.owner_user_id = v_user_id
            and s.reason = 'manual';
    else
        perform ddp.log_change(
            'suppressions', v_id, null, jsonb_build_object('channel', p_channel, 'reason', 'manual')
        );
    end if;
    return v_id;
end
$$;
comment on function public.suppress_address(bytea, public.message_channel) is
    'Suppresses an e-mail address or phone number for the acting user, by hand, beside other reasons for which it may be '
    'suppressed. Repeated, it returns the same suppression.';
revoke all on function public.suppress_address(bytea, public.message_channel)
    from public, anon, authenticated, service_role;
grant execute on function public.suppress_address(bytea, public.message_channel) to authenticated;

drop function if exists public.check_address(bytea);
create or replace function public.check_address(
    p_address_hash bytea, p_channel public.message_channel default 'email'
) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
begin
    -- Of suppressions for everyone, only that there is one. Of the user's own, the one that is hardest to lift: the labels
    -- of the type begin with what only the recipient can change.
    return (
        select jsonb_build_object(
            'is_suppressed', count(*) > 0,
            'suppression_id', (array_agg(s.suppression_id order by s.reason) filter (where s.owner_user_id = v_user_id))[1],
            'reason', min(s.reason) filter (where s.owner_user_id = v_user_id),
            'since', (array_agg(s.created_at order by s.reason) filter (where s.owner_user_id = v_user_id))[1]
        )
        from public.suppressions s
        where s.address_hash = p_address_hash and s.channel = p_channel
            and (s.owner_user_id is null or s.owner_user_id = v_user_id)
    );
end
$$;
comment on function public.check_address(bytea, public.message_channel) is
    'Whether messages of the acting user to this address are suppressed; the reason only of the user''s own suppression; of '
    'several, of the one that is hardest to lift.';
revoke all on function public.check_address(bytea, public.message_channel)
    from public, anon, authenticated, service_role;
grant execute on function public.check_address(bytea, public.message_channel) to authenticated;

create or replace function public.remove_suppression(p_suppression_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
    v_suppression public.suppressions;
begin
    select s.* into v_suppression
    from public.suppressions s
    where s.suppression_id = p_suppression_id and (s.owner_user_id = v_user_id or v_is_admin)
    for update;
    perform ddp.require(
        v_suppression.suppression_id is not null, 'PT404', 'You have no such suppression.',
        '{"code": "suppression-not-found"}'
    );
    perform ddp.require(
        v_is_admin or v_suppression.reason in ('manual', 'soft_bounces', 'unreachable'), 'PT409',
        'This recipient does not want your messages, or cannot get them: only the recipient can change that.',
        jsonb_build_object('code', 'suppression-stays', 'reason', v_suppression.reason)
    );
    delete from public.suppressions s where s.suppression_id = p_suppression_id;
    perform ddp.log_change(
        'suppressions', p_suppression_id,
        jsonb_build_object('reason', v_suppression.reason, 'owner_user_id', v_suppression.owner_user_id), null
    );
end
$$;
comment on function public.remove_suppression(uuid) is
    'Removes an own suppression that was set by hand, or because messages did not arrive (soft_bounces, unreachable); '
    'administrators may remove any.';
revoke all on function public.remove_suppression(uuid) from public, anon, authenticated, service_role;
grant execute on function public.remove_suppression(uuid) to authenticated;
