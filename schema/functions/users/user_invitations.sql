-- requires: functions/find_users.sql, functions/verified_email.sql
-- Invitations to the platform: they make the type and activity of an account stand before its first sign-in. Only a
-- verified e-mail address matches one, so that nobody takes an invitation by claiming its address.

create or replace function public.invite_user(
    p_email text, p_user_type public.user_type, p_is_active boolean default true
) returns public.user_invitations
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_admin_id constant uuid := ddp.require_admin();
    v_email constant text := ddp.checked_email(p_email);
    v_invitation public.user_invitations;
begin
    perform ddp.require(
        p_user_type is not null and p_is_active is not null, 'PT422', 'Say which type of account, and whether it is active.',
        '{"code": "invalid-invitation"}'
    );
    perform ddp.require(
        not exists (select from public.users u where u.user_email = v_email and u.is_active), 'PT409',
        'This person has an active account: change its access instead.', '{"code": "user-exists"}'
    );
    insert into public.user_invitations as i (invited_email, user_type, is_active, invited_by_user_id)
    values (v_email, p_user_type, p_is_active, v_admin_id)
    on conflict (invited_email) where accepted_at is null and ended_at is null do update
    set user_type = excluded.user_type, is_active = excluded.is_active,
        invited_by_user_id = excluded.invited_by_user_id, invited_at = now(), expires_at = excluded.expires_at
    returning i.* into v_invitation;
    return v_invitation;
end
$$;
comment on function public.invite_user(text, public.user_type, boolean) is
    'Decides what an account becomes when somebody signs in with this address as a verified one, within 14 days and once; '
    'inviting again renews it. For administrators. The identity provider sends the mail.';

create or replace function public.withdraw_user_invitation(p_user_invitation_id uuid) returns public.user_invitations
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_invitation public.user_invitations;
begin
    perform ddp.require_admin();
    update public.user_invitations i set ended_at = now()
    where i.user_invitation_id = p_user_invitation_id and i.accepted_at is null and i.ended_at is null
    returning i.* into v_invitation;
    perform ddp.require(
        v_invitation.user_invitation_id is not null, 'PT404', 'There is no such open invitation.',
        '{"code": "invitation-not-found"}'
    );
    return v_invitation;
end
$$;
comment on function public.withdraw_user_invitation(uuid) is 'Withdraws an open invitation; PT404. For administrators.';

create or replace function ddp.lock_user_invitation() returns public.user_invitations
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_invitation public.user_invitations;
begin
    select i.* into v_invitation
    from public.user_invitations i
    where i.invited_email = ddp.verified_email() and i.accepted_at is null and i.ended_at is null
        and i.expires_at > now()
    for update;
    return v_invitation;
end
$$;
comment on function ddp.lock_user_invitation() is
    'The open invitation to the caller''s verified e-mail address, locked; a row of nulls if there is none.';

create or replace function ddp.use_user_invitation(p_user_invitation_id uuid, p_user_id uuid) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.user_invitations i set accepted_at = now(), accepted_by_user_id = p_user_id
    where i.user_invitation_id = p_user_invitation_id
$$;
comment on function ddp.use_user_invitation(uuid, uuid) is 'Uses an invitation up; null: none.';

revoke all on function
    public.invite_user(text, public.user_type, boolean), public.withdraw_user_invitation(uuid),
    ddp.lock_user_invitation(), ddp.use_user_invitation(uuid, uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    public.invite_user(text, public.user_type, boolean), public.withdraw_user_invitation(uuid) to authenticated;
