-- requires: functions/active_user.sql, policies/request_budgets.sql
-- A budget is a token bucket, kept as one time: when it will be full again. Each request moves that by the time in which
-- one token comes back, and may move it to the burst from now, not further.

create or replace function ddp.take_request(p_rate double precision, p_burst integer) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_acting constant record := ddp.acting();
    v_account_id constant uuid := coalesce(v_acting.account_id, auth.uid());
    v_minute constant timestamptz := date_trunc('minute', clock_timestamp());
    v_each constant interval := interval '1 second' / p_rate;
    v_most constant interval := v_each * p_burst;
    v_full_at timestamptz;
    v_is_new boolean;
begin
    if v_acting.user_type = 'admin' or v_account_id is null then
        return null;
    end if;
    select max(b.full_at) into v_full_at from ddp.request_budgets b
    where b.account_id = v_account_id and b.minute >= v_minute - interval '1 minute';
    v_full_at := greatest(v_full_at, clock_timestamp()) + v_each;
    if v_full_at > clock_timestamp() + v_most then
        return -1;  -- without a lock, and nothing written: a flood of refusals costs a read each
    end if;
    -- The time of the row's turn, and not of the call: who waited for others would find a token less.
    insert into ddp.request_budgets as b (account_id, minute, full_at)
    values (v_account_id, v_minute, v_full_at)
    on conflict (account_id, minute) do update set full_at = greatest(b.full_at, clock_timestamp()) + v_each
    where greatest(b.full_at, clock_timestamp()) + v_each <= clock_timestamp() + v_most
    returning b.full_at, b.xmax = 0 into v_full_at, v_is_new;
    if v_is_new then
        delete from ddp.request_budgets b
        where b.account_id = v_account_id and b.minute < v_minute - interval '1 minute';
    end if;
    return coalesce(
        floor(extract(epoch from clock_timestamp() + v_most - v_full_at) / extract(epoch from v_each)), -1
    );
end
$$;
comment on function ddp.take_request(double precision, integer) is
    'Takes one request from the acting account''s budget of p_rate a second and p_burst at once. Returns how many are left now, '
    '-1 if there was none, null if the caller has no limit: an administrator. The API commits it before the request''s work.';
revoke all on function ddp.take_request(double precision, integer) from public, anon, authenticated, service_role;
grant execute on function ddp.take_request(double precision, integer) to authenticated;
