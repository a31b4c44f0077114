-- requires: policies/sending.sql, policies/sms_sends.sql, policies/send_plans.sql, policies/campaigns.sql, policies/senders.sql
-- requires: functions/currency.sql, policies/campaign_expenses.sql
-- The budgets of SMS. What a row of the ledger reserves or has cost follows from the row alone, and one trigger adds the
-- differences of every statement that changes rows: so no way through the ledger can forget it. An attempt reserves the
-- message's price while it is in a call, or unknown, also when there is another attempt by then. Accepted, it counts as charged at
-- that price, until the provider says what it charged. functions/sms_attempts.sql has attempts that the status is not about.

create or replace function ddp.sms_month(p_at timestamptz) returns date
    language sql immutable
    return date_trunc('month', p_at at time zone 'UTC')::date;
comment on function ddp.sms_month(timestamptz) is 'The month (UTC) whose budget pays what is sent now.';

create or replace function ddp.sms_reserved(p_send public.sms_sends) returns numeric
    language sql immutable
    return p_send.price * bit_count((
        (
            p_send.unsettled_attempts
            | case when p_send.status in ('sending', 'unknown') then 1 << (p_send.attempt - 1) else 0 end
        ) & ~p_send.accepted_attempts
    )::bit(32));
comment on function ddp.sms_reserved(public.sms_sends) is
    'US dollars that this message may yet cost: the price of each attempt that may have been accepted, or yet be.';

create or replace function ddp.sms_charged(p_send public.sms_sends) returns numeric
    language sql immutable
    return p_send.charged + p_send.price * case
        -- A person settled an unknown result as sent, without any proof.
        when p_send.accepted_attempts = 0 then (p_send.status = 'sent')::integer
        when p_send.charges = '{}' then bit_count(p_send.accepted_attempts::bit(32))
        -- A charge proves that its attempt was accepted.
        else greatest(0, bit_count(p_send.accepted_attempts::bit(32))
            - jsonb_array_length(jsonb_path_query_array(p_send.charges, '$.keyvalue()')))
    end;
comment on function ddp.sms_charged(public.sms_sends) is
    'US dollars that this message has cost: what the provider charged, and the price of each attempt of which it has not said it, '
    'if it was accepted, or a person says that it was sent.';

create or replace function ddp.sms_budgets_for(p_plan public.send_plans, p_month date)
    returns table (scope text, owner_id uuid, period text, cap numeric)
    language sql stable
    -- Without `set`, the planner puts it in its callers' places.
as $$
    select b.scope, b.owner_id, b.period, b.cap
    from public.campaigns c
    left join public.senders s on s.user_id = p_plan.created_by_user_id and s.channel = 'sms'
    cross join lateral (
        values
            -- Participants never draw on the campaign's budget: any retailer may join an open campaign. Nor does anybody
            -- where budgets are in another currency than SMS cost.
            -- What participants' sends cost is booked on the campaign all the same, for co-op claims: it is added back.
            ('campaign', c.campaign_id, '', case
                when c.budget_allocated <> 0 and p_plan.created_by_user_id = c.created_by_user_id
                    then c.budget_allocated - c.budget_spent + (
                        select coalesce(sum(e.amount), 0) from public.campaign_expenses e
                        where e.campaign_id = c.campaign_id and e.send_plan_id is not null
                            and e.created_by_user_id <> c.created_by_user_id
                    )
            end, p_plan.created_by_user_id = c.created_by_user_id and ddp.currency() = 'USD'),
            ('send_plan', p_plan.send_plan_id, '', p_plan.max_cost, true),
            ('sms_month', p_plan.created_by_user_id, to_char(p_month, 'YYYY-MM'), coalesce(s.monthly_budget, 0), true)
    ) b (scope, owner_id, period, cap, applies)
    where c.campaign_id = p_plan.campaign_id and b.applies
$$;
comment on function ddp.sms_budgets_for(public.send_plans, date) is
    'The budgets that a plan draws on in a month, with their present caps: what is left of an own campaign''s budget, on which '
    'participants do not draw, the most that the plan may cost, the sender''s month. No cap: null.';

create or replace function ddp.sms_budgets_of(p_send_plan_id uuid, p_month date)
    returns table (scope text, owner_id uuid, period text, cap numeric)
    language sql stable
as $$
    select b.scope, b.owner_id, b.period, b.cap
    from public.send_plans p
    cross join lateral ddp.sms_budgets_for(p, p_month) b
    where p.send_plan_id = p_send_plan_id
$$;
comment on function ddp.sms_budgets_of(uuid, date) is 'The same for the plan of this id.';

create or replace function ddp.sms_month_of_calls(p_plan public.send_plans) returns date
    language sql stable
    set search_path = ''
as $$
    -- greatest() skips nulls: of a plan of which nothing is due any more, it is this month.
    select ddp.sms_month(greatest(clock_timestamp(), (
        select min(c.due_at) from ddp.send_chunks c where c.send_plan_id = p_plan.send_plan_id and c.due_at is not null
    )))
$$;
comment on function ddp.sms_month_of_calls(public.send_plans) is
    'The month (UTC) in which the next messages of a plan go, whose budget pays them: of one that is scheduled for next month, that one.';

create or replace function ddp.lock_sms_budgets(p_send_plan_id uuid, p_month date) returns numeric
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_room numeric;
begin
    -- In one order everywhere: by key.
    insert into ddp.budgets as b (scope, owner_id, period, cap)
    select o.scope, o.owner_id, o.period, case when o.cap is not null then greatest(o.cap, 0) end
    from ddp.sms_budgets_of(p_send_plan_id, p_month) o
    order by o.scope, o.owner_id, o.period
    on conflict (scope, owner_id, period) do update set cap = excluded.cap;
    select min(b.cap - b.reserved - b.charged) into v_room
    from ddp.sms_budgets_of(p_send_plan_id, p_month) o
    join ddp.budgets b on b.scope = o.scope and b.owner_id = o.owner_id and b.period = o.period;
    return coalesce(v_room, 'infinity');
end
$$;
comment on function ddp.lock_sms_budgets(uuid, date) is
    'Locks the plan''s budgets of a month, brings their caps up to date, and returns how many US dollars all of them leave.';

create or replace function ddp.lock_sms_budgets(p_send_plan_id uuid) returns numeric
    language sql volatile
    set search_path = ''
as $$
    -- The month of the transaction, as ddp.note_budget_month() has it: at midnight, what is claimed is paid by the month that
    -- is locked here.
    select ddp.lock_sms_budgets(p_send_plan_id, ddp.sms_month(now()))
$$;
comment on function ddp.lock_sms_budgets(uuid) is 'As ddp.lock_sms_budgets(uuid, date), for what is called now.';

create or replace function ddp.over_budget(p_plan public.send_plans) returns text
    language sql stable
    set search_path = ''
as $$
    with month as (select ddp.sms_month_of_calls(p_plan) as first_day)
    select format('The next message does not fit: %s. Raise the limit, then resume.', string_agg(format(
        case
            when b.scope = 'send_plan' then 'this send may cost $%s in all, and of these $%s are used; $%s are estimated'
            when b.scope = 'campaign' then 'the campaign''s budget leaves $%s, and of these $%s are used'
            when o.is_this_month then 'your SMS of this month may cost $%s, and of these $%s are used'
            else 'your SMS of %4$s, when this send begins, may cost $%1$s, and of these $%2$s are used; $%3$s are estimated'
        end,
        to_char(b.cap, 'FM999,999,990.00'), to_char(b.reserved + b.charged, 'FM999,999,990.00'),
        to_char(p_plan.estimated_cost, 'FM999,999,990.00'), to_char(o.first_day, 'FMMonth YYYY')
    ), '; ' order by b.scope))
    from (
        select n.*, m.first_day, m.first_day = ddp.sms_month(clock_timestamp()) as is_this_month
        from month m
        cross join lateral ddp.sms_budgets_of(p_plan.send_plan_id, m.first_day) n
    ) o
    join ddp.budgets b on b.scope = o.scope and b.owner_id = o.owner_id and b.period = o.period
    where b.cap is not null
$$;
comment on function ddp.over_budget(public.send_plans) is 'What a plan that is held up may cost, and what of it is used, as a sentence.';

create or replace function ddp.is_too_dear(p_plan public.send_plans) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if p_plan.channel is distinct from 'sms' then
        return false;  -- e-mail has no prices: no budget is looked at, or made
    end if;
    return p_plan.estimated_cost > ddp.lock_sms_budgets(p_plan.send_plan_id, ddp.sms_month_of_calls(p_plan));
end
$$;
comment on function ddp.is_too_dear(public.send_plans) is
    'Whether a plan that has not begun costs more than a budget leaves, of the month in which its first message goes. Locks its budgets.';

create or replace function ddp.hold_dear_plan(p_send_plan_id uuid) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_plan public.send_plans;
begin
    update public.send_plans p set estimated_cost = (
        select coalesce(sum(s.price), 0) from public.sms_sends s
        where s.created_by_user_id = p.created_by_user_id and s.sms_campaign_id = p.sms_campaign_id
            and s.status = 'pending'
    )
    where p.send_plan_id = p_send_plan_id and p.channel = 'sms'
    returning p.* into v_plan;
    if ddp.is_too_dear(v_plan) then
        update ddp.budgets b set exhausted_at = clock_timestamp()
        where b.scope = 'send_plan' and b.owner_id = p_send_plan_id;
    end if;
end
$$;
comment on function ddp.hold_dear_plan(uuid) is
    'A plan is planned: notes what its messages will cost, and holds it up before the first one if that is more than a budget '
    'leaves, of the month in which the first one goes. E-mail has no prices.';

create or replace function ddp.note_budget_month() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.budget_month := ddp.sms_month(now());
    return new;
end
$$;
comment on function ddp.note_budget_month() is 'Trigger on sms_sends: notes which month pays an attempt, when it is claimed.';

create or replace function ddp.book_sms_budgets() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    with moved as (
        select n.sms_campaign_id, n.budget_month, ddp.sms_reserved(n) as reserved, ddp.sms_charged(n) as charged
        from new_sends n
        where n.budget_month is not null
        union all
        select o.sms_campaign_id, o.budget_month, -ddp.sms_reserved(o), -ddp.sms_charged(o)
        from old_sends o
        where o.budget_month is not null
    ), by_plan as (
        select p.send_plan_id, m.budget_month, sum(m.reserved) as reserved, sum(m.charged) as charged
        from moved m
        join public.send_plans p on p.sms_campaign_id = m.sms_campaign_id
        group by p.send_plan_id, m.budget_month
        having sum(m.reserved) <> 0 or sum(m.charged) <> 0
    ), by_budget as (
        select o.scope, o.owner_id, o.period, sum(b.reserved) as reserved, sum(b.charged) as charged
        from by_plan b
        cross join lateral ddp.sms_budgets_of(b.send_plan_id, b.budget_month) o
        group by o.scope, o.owner_id, o.period
    ), locked as materialized (
        select d.*
        from ddp.budgets b
        join by_budget d on d.scope = b.scope and d.owner_id = b.owner_id and d.period = b.period
        order by b.scope, b.owner_id, b.period
        for no key update of b
    )
    update ddp.budgets b set reserved = b.reserved + l.reserved, charged = b.charged + l.charged
    from locked l
    where b.scope = l.scope and b.owner_id = l.owner_id and b.period = l.period;
    return null;
end
$$;
comment on function ddp.book_sms_budgets() is
    'Trigger on sms_sends: adds to the budgets what the changed messages reserve and have cost more than before, or less.';

revoke all on function
    ddp.sms_reserved(public.sms_sends), ddp.sms_charged(public.sms_sends), ddp.sms_budgets_of(uuid, date),
    ddp.sms_budgets_for(public.send_plans, date),
    ddp.lock_sms_budgets(uuid), ddp.over_budget(public.send_plans), ddp.hold_dear_plan(uuid), ddp.sms_month(timestamptz),
    ddp.lock_sms_budgets(uuid, date), ddp.sms_month_of_calls(public.send_plans), ddp.note_budget_month(), ddp.book_sms_budgets(),
    ddp.is_too_dear(public.send_plans)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sms_reserved(public.sms_sends), ddp.sms_charged(public.sms_sends), ddp.sms_budgets_of(uuid, date),
    ddp.lock_sms_budgets(uuid), ddp.hold_dear_plan(uuid), ddp.sms_month(timestamptz), ddp.lock_sms_budgets(uuid, date),
    ddp.sms_month_of_calls(public.send_plans), ddp.sms_budgets_for(public.send_plans, date), ddp.is_too_dear(public.send_plans)
    to service_role;
