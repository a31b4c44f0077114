-- requires: functions/set_sender.sql, functions/sms_money.sql, policies/senders.sql
-- What a sender's SMS may cost in a month, and whether they may be transactional. For administrators to set.

create or replace function public.set_sms_sender(
    p_user_id uuid, p_max_per_second double precision, p_monthly_budget numeric, p_may_send_transactional boolean
) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_old jsonb;
begin
    perform public.set_sender(p_user_id, 'sms', p_max_per_second, null);
    perform ddp.require(
        p_monthly_budget is null or p_monthly_budget >= 0 and p_monthly_budget < 1000000000, 'PT422',
        'A monthly budget is 0 to 999,999,999 US dollars; null: the sender may send no SMS.', '{"code": "invalid-budget"}'
    );
    select jsonb_build_object(
        'monthly_budget', s.monthly_budget, 'may_send_transactional', s.may_send_transactional
    ) into v_old
    from public.senders s where s.user_id = p_user_id and s.channel = 'sms';
    update public.senders s
    set monthly_budget = p_monthly_budget, may_send_transactional = coalesce(p_may_send_transactional, false)
    where s.user_id = p_user_id and s.channel = 'sms';
    -- So that what a held-up send says about its month is true at once.
    update ddp.budgets b set cap = coalesce(p_monthly_budget, 0)
    where b.scope = 'sms_month' and b.owner_id = p_user_id
        and b.period >= to_char(ddp.sms_month(clock_timestamp()), 'YYYY-MM');
    perform ddp.log_change(
        'senders', p_user_id, v_old || '{"channel": "sms"}',
        jsonb_build_object(
            'channel', 'sms', 'monthly_budget', p_monthly_budget,
            'may_send_transactional', coalesce(p_may_send_transactional, false)
        )
    );
end
$$;
comment on function public.set_sms_sender(uuid, double precision, numeric, boolean) is
    'Sets the limits of a sender of SMS: message parts per second (null: no limit of its own), US dollars in a month (null: it may '
    'send none), and whether it may send transactional messages. For administrators.';

create or replace function public.sms_sender(p_user_id uuid)
    returns table (
        user_id uuid, paused_at timestamptz, pause_code varchar, pause_reason text, resumed_at timestamptz,
        max_per_second double precision, monthly_budget numeric, may_send_transactional boolean, month varchar,
        reserved numeric, charged numeric
    )
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
    v_month constant text := to_char(ddp.sms_month(now()), 'YYYY-MM');
begin
    return query
    select
        u.user_id, s.paused_at, s.pause_code, s.pause_reason, s.resumed_at, s.max_per_second, s.monthly_budget,
        coalesce(s.may_send_transactional, false), v_month::varchar, coalesce(b.reserved, 0), coalesce(b.charged, 0)
    from public.users u
    left join public.senders s on s.user_id = u.user_id and s.channel = 'sms'
    left join ddp.budgets b on b.scope = 'sms_month' and b.owner_id = u.user_id and b.period = v_month
    where u.user_id = coalesce(p_user_id, v_user_id) and (u.user_id = v_user_id or v_is_admin);
end
$$;
comment on function public.sms_sender(uuid) is
    'A user as a sender of SMS (null: the acting account): limits, pause, and what is reserved and charged of this month''s (UTC) '
    'budget. For the user and administrators; for others no row.';

revoke all on function
    public.set_sms_sender(uuid, double precision, numeric, boolean), public.sms_sender(uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    public.set_sms_sender(uuid, double precision, numeric, boolean), public.sms_sender(uuid)
    to authenticated;
