-- requires: functions/notices.sql, functions/social_money.sql, functions/social_polls.sql, policies/engagement.sql
-- What reading posts costs, where the platform charges for it: once for each post and UTC day, however often it is read. It is
-- charged before the call, and given back with proof that nothing was read: a budget is never overrun.

create or replace function ddp.pay_social_reads(p_user_id uuid, p_kind text, p_post_ids uuid[], p_price numeric) returns uuid[]
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_today constant date := (clock_timestamp() at time zone 'UTC')::date;
    v_month constant text := ddp.social_month(clock_timestamp());
    v_cap numeric;
    v_left numeric;
    v_paid uuid[];
    v_new uuid[];
    v_unpaid uuid[];
begin
    insert into ddp.budgets as b (scope, owner_id, period, cap)
    select 'social_reads', p_user_id, v_month, coalesce((
        select s.monthly_budget from ddp.social_read_budgets s where s.user_id = p_user_id
    ), 0)
    on conflict (scope, owner_id, period) do update set cap = excluded.cap
    returning b.cap, b.cap - b.charged into v_cap, v_left;
    perform ddp.lock_social_polls(p_post_ids);
    select
        array_agg(w.post_id) filter (where w.is_paid),
        (array_agg(w.post_id) filter (where not w.is_paid))[
            1 : case when p_price > 0 then greatest(floor(v_left / p_price), 0)::integer else cardinality(p_post_ids) end
        ]
    into v_paid, v_new
    from (
        select w.post_id, bool_or(w.paid_on = v_today) is true as is_paid from ddp.social_polls w
        where w.post_id = any (p_post_ids)
        group by w.post_id
    ) w;
    v_new := coalesce(v_new, '{}');
    v_paid := coalesce(v_paid, '{}') || v_new;
    -- Each kind for itself: from here on it may have been read, whatever becomes of the call.
    update ddp.social_polls w set paid_on = v_today where w.post_id = any (v_paid) and w.kind = p_kind;
    update ddp.budgets b set charged = b.charged + cardinality(v_new) * p_price
    where b.scope = 'social_reads' and b.owner_id = p_user_id and b.period = v_month and cardinality(v_new) > 0;
    select array_agg(u.post_id) into v_unpaid from unnest(p_post_ids) u (post_id) where u.post_id <> all (v_paid);
    -- Who has no budget for reading wants none: nothing was spent.
    perform ddp.add_notices(jsonb_build_array(jsonb_build_object(
        'user_id', p_user_id, 'cause', 'social-read-budget',
        'detail', jsonb_build_object('month', v_month, 'posts', to_jsonb(v_unpaid[1:20]))
    ))) where v_cap > 0 and v_unpaid is not null;
    return v_paid;
end
$$;
comment on function ddp.pay_social_reads(uuid, text, uuid[], numeric) is
    'Charges the user''s budget for reading these posts today, as far as it lasts; returns those that may be read: paid now, or today '
    'before, by a reading of this kind or of the other. The user is told when a budget does not last.';

create or replace function ddp.refund_social_reads(
    p_user_id uuid, p_worker uuid, p_kind text, p_post_ids uuid[], p_price numeric, p_day date
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_refunded integer;
begin
    perform from ddp.budgets b
    where b.scope = 'social_reads' and b.owner_id = p_user_id and b.period = ddp.social_month(p_day::timestamp at time zone 'UTC')
    for no key update;
    perform ddp.lock_social_polls(p_post_ids);
    with unread as (
        -- Whoever claimed it since may have read it.
        update ddp.social_polls w set paid_on = null
        where w.post_id = any (p_post_ids) and w.kind = p_kind and w.paid_on = p_day and w.claimed_by = p_worker
            and (w.measured_at is null or (w.measured_at at time zone 'UTC')::date < p_day)
        returning w.post_id
    )
    select count(*) into v_refunded
    from unread u
    where not exists (
        select from ddp.social_polls w where w.post_id = u.post_id and w.kind <> p_kind and w.paid_on = p_day
    );
    update ddp.budgets b set charged = greatest(b.charged - v_refunded * p_price, 0)
    where b.scope = 'social_reads' and b.owner_id = p_user_id and b.period = ddp.social_month(p_day::timestamp at time zone 'UTC');
end
$$;
comment on function ddp.refund_social_reads(uuid, uuid, text, uuid[], numeric, date) is
    'Gives back what was paid on a day for posts that the worker, who still has them, has certainly not read, and no reading of the '
    'other kind either.';

create or replace function public.set_social_read_budget(p_user_id uuid, p_monthly_budget numeric) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_old numeric;
begin
    perform ddp.require_admin_and_user(p_user_id);
    perform ddp.require(
        p_monthly_budget is null or p_monthly_budget >= 0 and p_monthly_budget < 1000000000, 'PT422',
        'A monthly budget is 0 to 999,999,999 US dollars; null: nothing that costs is read.', '{"code": "invalid-budget"}'
    );
    select b.monthly_budget into v_old from ddp.social_read_budgets b where b.user_id = p_user_id for no key update;
    if p_monthly_budget is null then
        delete from ddp.social_read_budgets b where b.user_id = p_user_id;
    else
        insert into ddp.social_read_budgets (user_id, monthly_budget) values (p_user_id, p_monthly_budget)
        on conflict (user_id) do update set monthly_budget = excluded.monthly_budget, updated_at = now();
    end if;
    perform ddp.log_change(
        'social_read_budgets', p_user_id, jsonb_build_object('monthly_budget', v_old),
        jsonb_build_object('monthly_budget', p_monthly_budget)
    );
end
$$;
comment on function public.set_social_read_budget(uuid, numeric) is
    'Sets how many US dollars reading the numbers of an account''s posts may cost in a month (UTC); null: none. For administrators.';

revoke all on function
    ddp.pay_social_reads(uuid, text, uuid[], numeric),
    ddp.refund_social_reads(uuid, uuid, text, uuid[], numeric, date),
    public.set_social_read_budget(uuid, numeric)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.pay_social_reads(uuid, text, uuid[], numeric), ddp.refund_social_reads(uuid, uuid, text, uuid[], numeric, date)
    to service_role;
grant execute on function public.set_social_read_budget(uuid, numeric) to authenticated;
