-- requires: functions/require_active_user.sql, functions/set_sender.sql
-- A deactivated user no longer sends, on any channel: requested sends wait, and show the reason.

create or replace function ddp.change_access(p_user_id uuid, p_user_type public.user_type, p_is_active boolean)
    returns public.users
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user public.users;
begin
    update public.users u
    set user_type = coalesce(p_user_type, u.user_type), is_active = coalesce(p_is_active, u.is_active)
    where u.user_id = p_user_id
    returning u.* into v_user;
    perform ddp.require(
        v_user.user_id is not null, 'PT404', 'There is no such user.', '{"code": "user-not-found"}'
    );
    if not v_user.is_active then
        insert into public.senders as s (user_id, channel, paused_at, pause_code, pause_reason)
        select p_user_id, c.channel, now(), 'deactivated', 'Sending is paused: this account is deactivated.'
        from unnest(enum_range(null::public.message_channel)) c (channel)
        on conflict (user_id, channel) do update
        set paused_at = excluded.paused_at, pause_code = excluded.pause_code, pause_reason = excluded.pause_reason
        where s.paused_at is null;
    else
        perform ddp.end_pause(s.user_id, s.channel)
        from public.senders s
        where s.user_id = p_user_id and s.pause_code = 'deactivated';
    end if;
    return v_user;
end
$$;
comment on function ddp.change_access(uuid, public.user_type, boolean) is
    'Changes a user''s type, activity or both, and pauses or resumes it as a sender. Asks nobody.';
revoke all on function ddp.change_access(uuid, public.user_type, boolean) from public, anon, authenticated, service_role;

create or replace function public.set_user_access(
    p_user_id uuid, p_user_type public.user_type default null, p_is_active boolean default null
) returns public.users
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_admin_id constant uuid := ddp.require_active_user();
    v_user public.users;
begin
    perform ddp.require(
        ddp.active_user_type() = 'admin', 'PT403', 'Only administrators can change the access of users.',
        '{"code": "not-admin"}'
    );
    -- Otherwise the last administrator could lock everybody out.
    perform ddp.require(
        p_user_id <> v_admin_id, 'PT409', 'Ask another administrator to change your own access.',
        '{"code": "own-access"}'
    );
    v_user := ddp.change_access(p_user_id, p_user_type, p_is_active);
    if not v_user.is_active then
        -- Otherwise an earlier invitation would undo this at the next sign-in.
        update public.user_invitations i set ended_at = now()
        where i.invited_email = v_user.user_email and i.accepted_at is null and i.ended_at is null;
    end if;
    return v_user;
end
$$;
comment on function public.set_user_access(uuid, public.user_type, boolean) is
    'Changes a user''s type, activity or both; null leaves it as it is. A deactivated user no longer sends; activation '
    'resumes sending, and recipients whom it would reach too late become missed. For administrators, about others.';
revoke all on function public.set_user_access(uuid, public.user_type, boolean)
    from public, anon, authenticated, service_role;
grant execute on function public.set_user_access(uuid, public.user_type, boolean) to authenticated;
