-- requires: functions/require_active_user.sql, functions/log_change.sql, functions/due_chunks.sql
-- A sender's limits, and resuming a paused sender. For administrators only: a pause after bounces and complaints protects
-- everyone who sends through the same account, so the sender that caused it cannot end it.

create or replace function ddp.require_admin_and_user(p_user_id uuid) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require_active_user();
    perform ddp.require(
        ddp.active_user_type() = 'admin', 'PT403', 'Only administrators may do that.', '{"code": "not-an-admin"}'
    );
    perform ddp.require(
        exists (select from public.users u where u.user_id = p_user_id), 'PT404', 'There is no such user.',
        '{"code": "user-not-found"}'
    );
end
$$;
comment on function ddp.require_admin_and_user(uuid) is 'PT401, PT403 or PT404 unless an administrator calls and the user exists.';
revoke all on function ddp.require_admin_and_user(uuid) from public, anon, authenticated, service_role;

create or replace function public.set_sender(
    p_user_id uuid, p_channel public.message_channel, p_max_per_second double precision, p_ses_tenant_name text
) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_old jsonb;
begin
    perform ddp.require_admin_and_user(p_user_id);
    perform ddp.require(
        p_max_per_second is null or p_max_per_second > 0 and p_max_per_second <= 100000, 'PT422',
        'A limit is above 0 and at most 100,000 recipients per second; null: the account''s.', '{"code": "invalid-limit"}'
    );
    perform ddp.require(
        p_ses_tenant_name is null or p_ses_tenant_name ~ '^[A-Za-z0-9_-]{1,64}$', 'PT422',
        'The name of an SES tenant has 1 to 64 letters, digits, - and _.', '{"code": "invalid-tenant-name"}'
    );
    insert into public.senders (user_id, channel) values (p_user_id, p_channel) on conflict do nothing;
    select jsonb_build_object('max_per_second', s.max_per_second, 'ses_tenant_name', s.ses_tenant_name) into v_old
    from public.senders s where s.user_id = p_user_id and s.channel = p_channel
    for no key update;
    update public.senders s set max_per_second = p_max_per_second, ses_tenant_name = p_ses_tenant_name
    where s.user_id = p_user_id and s.channel = p_channel;
    perform ddp.log_change(
        'senders', p_user_id, v_old || jsonb_build_object('channel', p_channel),
        jsonb_build_object(
            'channel', p_channel, 'max_per_second', p_max_per_second, 'ses_tenant_name', p_ses_tenant_name
        )
    );
end
$$;
comment on function public.set_sender(uuid, public.message_channel, double precision, text) is
    'Limits how many recipients per second a user sends to (null: no limit of its own) and names its SES tenant (null: the '
    'account''s). For administrators.';
revoke all on function public.set_sender(uuid, public.message_channel, double precision, text)
    from public, anon, authenticated, service_role;
grant execute on function public.set_sender(uuid, public.message_channel, double precision, text) to authenticated;

create or replace function ddp.end_pause(p_user_id uuid, p_channel public.message_channel) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_sender public.senders;
    v_plans uuid[];
begin
    -- Plans before senders, in the order of a claim.
    perform from public.send_plans p
    where p.created_by_user_id = p_user_id and p.completed_at is null and p.cancelled_at is null and p.failed_at is null
    order by p.send_plan_id
    for no key update;
    select s.* into v_sender
    from public.senders s where s.user_id = p_user_id and s.channel = p_channel
    for no key update;
    if v_sender.paused_at is null then
        return;
    end if;
    update public.senders s set paused_at = null, pause_code = null, pause_reason = null, resumed_at = now()
    where s.user_id = p_user_id and s.channel = p_channel;
    with resumed as (
        update public.send_plans p set resumed_at = now()
        where p.created_by_user_id = p_user_id and p.channel = p_channel and p.completed_at is null
            and p.cancelled_at is null and p.failed_at is null
        returning p.send_plan_id
    )
    select coalesce(array_agg(r.send_plan_id), '{}') into v_plans from resumed r;
    perform ddp.call_chunks(v_plans);
    perform ddp.log_change(
        'senders', p_user_id,
        jsonb_build_object(
            'channel', p_channel, 'paused_at', v_sender.paused_at, 'pause_code', v_sender.pause_code,
            'pause_reason', v_sender.pause_reason
        ),
        jsonb_build_object('channel', p_channel, 'paused_at', null)
    );
end
$$;
comment on function ddp.end_pause(uuid, public.message_channel) is 'Resumes a paused sender; see resume_sender(). Asks nobody.';
revoke all on function ddp.end_pause(uuid, public.message_channel) from public, anon, authenticated, service_role;

create or replace function public.resume_sender(p_user_id uuid, p_channel public.message_channel) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_admin_and_user(p_user_id);
    perform ddp.require(
        (select u.is_active from public.users u where u.user_id = p_user_id), 'PT409',
        'This account is deactivated: activating it resumes sending.', '{"code": "deactivated"}'
    );
    perform ddp.end_pause(p_user_id, p_channel);
end
$$;
comment on function public.resume_sender(uuid, public.message_channel) is
    'Resumes a paused sender; its earlier bounces and complaints no longer count, and recipients whom it would now reach '
    'too late become missed. For administrators.';
revoke all on function public.resume_sender(uuid, public.message_channel)
    from public, anon, authenticated, service_role;
grant execute on function public.resume_sender(uuid, public.message_channel) to authenticated;
