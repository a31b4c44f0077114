-- requires: policies/sms_test_sends.sql, policies/sending.sql, policies/senders.sql, functions/sms_money.sql
-- Test sends of SMS are paid from their sender's month. What one has cost follows from its row, and one trigger adds the
-- difference to the budget.

create or replace function ddp.sms_test_charged(p_test public.sms_test_sends) returns numeric
    language sql immutable
    set search_path = ''
    return case when p_test.status in ('sending', 'sent', 'unknown') then p_test.price else 0 end;
comment on function ddp.sms_test_charged(public.sms_test_sends) is
    'US dollars that a test send counts in its month: its price, unless it was never sent.';

create or replace function ddp.book_sms_test() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    update ddp.budgets b set charged = b.charged + ddp.sms_test_charged(new) - ddp.sms_test_charged(old)
    where b.scope = 'sms_month' and b.owner_id = new.created_by_user_id
        and b.period = to_char(new.budget_month, 'YYYY-MM');
    return null;
end
$$;
comment on function ddp.book_sms_test() is
    'Trigger on sms_test_sends: adds to the month of the sender what the test send costs more than before, or less.';

create or replace function ddp.reserve_sms_test(p_sms_test_send_id uuid, p_units smallint, p_price numeric)
    returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_month constant date := ddp.sms_month(clock_timestamp());
    v_fits boolean;
begin
    insert into ddp.budgets as b (scope, owner_id, period, cap)
    select 'sms_month', t.created_by_user_id, to_char(v_month, 'YYYY-MM'), coalesce(s.monthly_budget, 0)
    from public.sms_test_sends t
    left join public.senders s on s.user_id = t.created_by_user_id and s.channel = 'sms'
    where t.sms_test_send_id = p_sms_test_send_id
    on conflict (scope, owner_id, period) do update set cap = excluded.cap
    returning b.reserved + b.charged + p_price <= b.cap into v_fits;
    if v_fits then
        update public.sms_test_sends t set units = p_units, price = p_price, budget_month = v_month
        where t.sms_test_send_id = p_sms_test_send_id and t.status = 'sending' and t.budget_month is null;
        v_fits := found;
    end if;
    return coalesce(v_fits, false);
end
$$;
comment on function ddp.reserve_sms_test(uuid, smallint, numeric) is
    'Whether the price of a test send that was begun fits its sender''s month; if so, it counts there from now on.';
revoke all on function
    ddp.sms_test_charged(public.sms_test_sends), ddp.book_sms_test(), ddp.reserve_sms_test(uuid, smallint, numeric)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sms_test_charged(public.sms_test_sends), ddp.reserve_sms_test(uuid, smallint, numeric)
    to service_role;
