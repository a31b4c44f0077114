-- requires: functions/set_sender.sql, functions/social_money.sql, policies/engagement.sql
-- What posts may cost in a month. For administrators to set.

create or replace function public.set_social_budget(p_user_id uuid, p_monthly_budget numeric) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_old numeric;
begin
    perform ddp.require_admin_and_user(p_user_id);
    perform ddp.require(
        p_monthly_budget is null or p_monthly_budget >= 0 and p_monthly_budget < 1000000000, 'PT422',
        'A monthly budget is 0 to 999,999,999 US dollars; null: nothing that costs is published.', '{"code": "invalid-budget"}'
    );
    select b.monthly_budget into v_old from ddp.social_budgets b where b.user_id = p_user_id for no key update;
    if p_monthly_budget is null then
        delete from ddp.social_budgets b where b.user_id = p_user_id;
    else
        insert into ddp.social_budgets (user_id, monthly_budget) values (p_user_id, p_monthly_budget)
        on conflict (user_id) do update set monthly_budget = excluded.monthly_budget, updated_at = now();
    end if;
    perform ddp.log_change(
        'social_budgets', p_user_id, jsonb_build_object('monthly_budget', v_old),
        jsonb_build_object('monthly_budget', p_monthly_budget)
    );
end
$$;
comment on function public.set_social_budget(uuid, numeric) is
    'Sets how many US dollars an account''s social posts may cost in a month (UTC); null: none. For administrators.';

create or replace function public.social_budget(p_user_id uuid default null, p_scope text default 'social_month')
    returns table (
        user_id uuid, month varchar, monthly_budget numeric, reserved numeric, charged numeric, renews_at timestamptz
    )
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
    v_month constant text := ddp.social_month(now());
begin
    return query
    select
        u.user_id, v_month::varchar, s.monthly_budget, coalesce(b.reserved, 0), coalesce(b.charged, 0),
        (date_trunc('month', now() at time zone 'UTC') + interval '1 month') at time zone 'UTC'
    from public.users u
    left join (
        select p.user_id, p.monthly_budget from ddp.social_budgets p where p_scope = 'social_month'
        union all
        select r.user_id, r.monthly_budget from ddp.social_read_budgets r where p_scope = 'social_reads'
    ) s on s.user_id = u.user_id
    left join ddp.budgets b on b.scope = p_scope and b.owner_id = u.user_id and b.period = v_month
    where u.user_id = coalesce(p_user_id, v_user_id) and (u.user_id = v_user_id or v_is_admin);
end
$$;
comment on function public.social_budget(uuid, text) is
    'What a user''s (null: the acting account''s) posts (social_month), or readings of their numbers (social_reads), may cost this month '
    '(UTC), what of it is reserved and charged, in US dollars, and when the next month begins. For the user and administrators; for '
    'others no row.';

revoke all on function public.set_social_budget(uuid, numeric), public.social_budget(uuid, text)
    from public, anon, authenticated, service_role;
grant execute on function public.set_social_budget(uuid, numeric), public.social_budget(uuid, text) to authenticated;
