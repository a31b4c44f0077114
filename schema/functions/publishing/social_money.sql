-- requires: functions/currency.sql, policies/publishing.sql, policies/sending.sql, policies/campaign_expenses.sql
-- requires: policies/social_posts.sql
-- What posts may cost, and what a platform allows: reserved before a call, charged when it has published, released on proof that
-- it has not. Rows of budgets are locked in one order everywhere: by scope, owner and period, then quotas.

create or replace function ddp.social_month(p_at timestamptz) returns text
    language sql immutable
    set search_path = ''
    return to_char(p_at at time zone 'UTC', 'YYYY-MM');
comment on function ddp.social_month(timestamptz) is 'The month (UTC) whose budget pays what is published then.';

create or replace function ddp.quotas_of(p_quotas jsonb)
    returns table (quota text, owner_id uuid, units integer, cap integer, ends_at timestamptz)
    language sql immutable
    set search_path = ''
as $$
    select q.quota, coalesce(q.owner_id, '00000000-0000-0000-0000-000000000000'), coalesce(q.units, 1), q.cap, q.ends_at
    from jsonb_to_recordset(p_quotas) q (quota text, owner_id uuid, units integer, cap integer, ends_at timestamptz)
$$;
comment on function ddp.quotas_of(jsonb) is 'Quotas that a call takes units of, as rows; without an owner they are the app''s.';

create or replace function ddp.lock_social_money(p_calls jsonb, p_month text) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into ddp.budgets as b (scope, owner_id, period, cap)
    select distinct 'social_month', p.created_by_user_id, p_month, coalesce(s.monthly_budget, 0)
    from jsonb_to_recordset(p_calls) c (post_id uuid, price numeric)
    join public.social_posts p on p.post_id = c.post_id
    left join ddp.social_budgets s on s.user_id = p.created_by_user_id
    where c.price > 0
    order by p.created_by_user_id
    on conflict (scope, owner_id, period) do update set cap = excluded.cap;
    insert into ddp.social_quotas as q (quota, owner_id, cap, ends_at)
    select u.quota, u.owner_id, min(u.cap), max(u.ends_at)
    from jsonb_to_recordset(p_calls) c (quotas jsonb)
    cross join lateral ddp.quotas_of(coalesce(c.quotas, '[]')) u
    group by u.quota, u.owner_id
    order by u.quota, u.owner_id
    on conflict (quota, owner_id) do update set cap = excluded.cap, ends_at = excluded.ends_at;
end
$$;
comment on function ddp.lock_social_money(jsonb, text) is
    'Locks the budgets and quotas that these calls draw on, and brings their caps up to date.';

create or replace function ddp.social_money_left(p_user_id uuid, p_month text, p_price numeric, p_quotas jsonb) returns text
    language plpgsql stable
    set search_path = ''
as $$
begin
    if p_price > 0 and not exists (
        select from ddp.budgets b
        where b.scope = 'social_month' and b.owner_id = p_user_id and b.period = p_month
            and b.reserved + b.charged + p_price <= b.cap
    ) then
        return 'budget';
    elsif exists (
        select from ddp.quotas_of(p_quotas) u
        join ddp.social_quotas q on q.quota = u.quota and q.owner_id = u.owner_id
        where q.reserved + q.charged + u.units > q.cap
    ) then
        return 'quota';
    end if;
    return 'go';
end
$$;
comment on function ddp.social_money_left(uuid, text, numeric, jsonb) is
    'Whether a call fits what the caller has locked: go, budget or quota.';

create or replace function ddp.reserve_social_money(p_user_id uuid, p_month text, p_price numeric, p_quotas jsonb) returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.budgets b set reserved = b.reserved + p_price
    where p_price > 0 and b.scope = 'social_month' and b.owner_id = p_user_id and b.period = p_month;
    update ddp.social_quotas q set reserved = q.reserved + u.units
    from ddp.quotas_of(p_quotas) u
    where q.quota = u.quota and q.owner_id = u.owner_id;
$$;
comment on function ddp.reserve_social_money(uuid, text, numeric, jsonb) is 'Reserves what a call may cost, of budgets that the caller has locked.';

create or replace function ddp.fair_social_share(p_quota text, p_cap integer, p_ends_at timestamptz, p_user_id uuid) returns integer
    language sql stable
    set search_path = ''
as $$
    -- One share more than there are tenants: nobody takes all, and whoever comes next finds something.
    select greatest(p_cap / (1 + count(*)), 1)::integer
    from (
        select p_user_id as user_id
        union
        select q.owner_id from ddp.social_quotas q
        where q.quota = p_quota and q.charged > 0 and q.owner_id <> '00000000-0000-0000-0000-000000000000'
        union
        select a.user_id
        from public.social_posts p
        join public.social_accounts a on a.account_id = p.account_id and a.platform::text = split_part(p_quota, '/', 1)
        where p.scheduled_at >= now() - interval '1 hour' and p.scheduled_at < p_ends_at
            and p.status in ('scheduled', 'claimed', 'preparing')
    ) t
$$;
comment on function ddp.fair_social_share(text, integer, timestamptz, uuid) is
    'What a tenant may take of a quota that all have together: it is divided by those who have taken of it, have posts that are due '
    'before it ends, or ask now, and by one more.';

create or replace function ddp.with_fair_shares(p_quotas jsonb) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select coalesce(jsonb_agg(case when (q ->> 'is_share')::boolean then q || jsonb_build_object('cap', ddp.fair_social_share(
        q ->> 'quota', (q ->> 'cap')::integer, (q ->> 'ends_at')::timestamptz, (q ->> 'owner_id')::uuid
    )) else q end), '[]')
    from jsonb_array_elements(p_quotas) q
$$;
comment on function ddp.with_fair_shares(jsonb) is
    'Quotas; the cap of those with is_share is that of all tenants together, and becomes the fair share of the owner.';

drop function if exists ddp.take_social_quota(jsonb);
create or replace function ddp.take_social_quota(p_quotas jsonb) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_quotas constant jsonb := ddp.with_fair_shares(p_quotas);
begin
    perform ddp.lock_social_money(jsonb_build_array(jsonb_build_object('price', 0, 'quotas', v_quotas)), '');
    if ddp.social_money_left(null, '', 0, v_quotas) <> 'go' then
        return (
            select g.given
            from jsonb_array_elements(v_quotas) g (given)
            cross join lateral ddp.quotas_of(jsonb_build_array(g.given)) u
            join ddp.social_quotas q on q.quota = u.quota and q.owner_id = u.owner_id
            where q.reserved + q.charged + u.units > q.cap
            order by u.quota, u.owner_id
            limit 1
        );
    end if;
    update ddp.social_quotas q set charged = q.charged + u.units
    from ddp.quotas_of(v_quotas) u
    where q.quota = u.quota and q.owner_id = u.owner_id;
    return null;
end
$$;
comment on function ddp.take_social_quota(jsonb) is
    'Takes units of quotas (quota, owner_id, units, cap, ends_at, is_share) for a call that can be repeated, such as an upload: all '
    '(null), or none (the quota that is used up). They do not come back.';

create or replace function ddp.book_social_costs(p_costs jsonb) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_cost record;
    v_before numeric;
    v_after numeric;
begin
    if ddp.currency() <> 'USD' then
        return;  -- expenses are in the platform's currency
    end if;
    for v_cost in
        select c.campaign_id, c.created_by_user_id, sum(k.amount) as amount
        from jsonb_to_recordset(p_costs) k (post_id uuid, amount numeric)
        join public.social_posts p on p.post_id = k.post_id
        -- Participants never draw on the campaign's budget.
        join public.campaigns c on c.campaign_id = p.campaign_id and c.created_by_user_id = p.created_by_user_id
        group by c.campaign_id, c.created_by_user_id
        having sum(k.amount) <> 0
        order by c.campaign_id
    loop
        insert into ddp.budgets as b (scope, owner_id, charged) values ('social_campaign', v_cost.campaign_id, v_cost.amount)
        on conflict (scope, owner_id, period) do update set charged = b.charged + excluded.charged
        returning b.charged into v_after;
        v_before := v_after - v_cost.amount;
        -- A post costs less than a cent and a half: what is booked are the whole cents of all of them together.
        insert into public.campaign_expenses (campaign_id, amount, description, created_by_user_id)
        select v_cost.campaign_id, round(v_after, 2) - round(v_before, 2), 'Social posts', v_cost.created_by_user_id
        where round(v_after, 2) <> round(v_before, 2);
    end loop;
end
$$;
comment on function ddp.book_social_costs(jsonb) is
    'Books what posts (post_id, amount) have cost as expenses of their own campaigns, where expenses are in US dollars.';

create or replace function ddp.settle_social_money(p_calls uuid[], p_reservations text[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_moved jsonb;
    v_sum record;
begin
    select jsonb_agg(jsonb_build_object(
        'post_id', c.post_id, 'user_id', p.created_by_user_id, 'month', c.budget_month, 'price', c.price, 'quotas', c.quotas,
        'reserved', case c.reservation when 'held' then -1 else 0 end,
        'charged', case n.reservation when 'charged' then 1 else 0 end - case c.reservation when 'charged' then 1 else 0 end,
        'amount', c.price * (
            case n.reservation when 'charged' then 1 else 0 end - case c.reservation when 'charged' then 1 else 0 end
        )
    )) into v_moved
    from unnest(p_calls, p_reservations) n (call_id, reservation)
    join ddp.social_calls c on c.call_id = n.call_id and c.reservation <> n.reservation
    join public.social_posts p on p.post_id = c.post_id;
    if v_moved is null then
        return;
    end if;
    update ddp.social_calls c set reservation = n.reservation
    from unnest(p_calls, p_reservations) n (call_id, reservation)
    where c.call_id = n.call_id;
    perform ddp.book_social_costs(v_moved);
    for v_sum in
        select m.user_id, m.month, sum(m.price * m.reserved) as reserved, sum(m.price * m.charged) as charged
        from jsonb_to_recordset(v_moved) m (user_id uuid, month text, price numeric, reserved integer, charged integer)
        where m.price > 0
        group by m.user_id, m.month
        order by m.user_id, m.month
    loop
        update ddp.budgets b set reserved = b.reserved + v_sum.reserved, charged = b.charged + v_sum.charged
        where b.scope = 'social_month' and b.owner_id = v_sum.user_id and b.period = v_sum.month;
    end loop;
    for v_sum in
        select u.quota, u.owner_id, sum(u.units * m.reserved) as reserved, sum(u.units * m.charged) as charged
        from jsonb_to_recordset(v_moved) m (quotas jsonb, reserved integer, charged integer)
        cross join lateral ddp.quotas_of(m.quotas) u
        group by u.quota, u.owner_id
        order by u.quota, u.owner_id
    loop
        update ddp.social_quotas q set reserved = q.reserved + v_sum.reserved, charged = q.charged + v_sum.charged
        where q.quota = v_sum.quota and q.owner_id = v_sum.owner_id;
    end loop;
end
$$;
comment on function ddp.settle_social_money(uuid[], text[]) is
    'What became of the price and quotas of calls whose posts the caller has locked: charged or released. Parallel arrays.';

revoke all on function
    ddp.social_month(timestamptz), ddp.quotas_of(jsonb), ddp.lock_social_money(jsonb, text),
    ddp.social_money_left(uuid, text, numeric, jsonb), ddp.reserve_social_money(uuid, text, numeric, jsonb),
    ddp.fair_social_share(text, integer, timestamptz, uuid), ddp.with_fair_shares(jsonb),
    ddp.take_social_quota(jsonb), ddp.book_social_costs(jsonb), ddp.settle_social_money(uuid[], text[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.social_month(timestamptz), ddp.quotas_of(jsonb), ddp.lock_social_money(jsonb, text),
    ddp.social_money_left(uuid, text, numeric, jsonb), ddp.reserve_social_money(uuid, text, numeric, jsonb),
    ddp.fair_social_share(text, integer, timestamptz, uuid), ddp.with_fair_shares(jsonb),
    ddp.take_social_quota(jsonb), ddp.book_social_costs(jsonb), ddp.settle_social_money(uuid[], text[])
    to service_role;
