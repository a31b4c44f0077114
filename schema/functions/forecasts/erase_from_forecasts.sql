-- requires: policies/sending.sql, functions/erase_address.sql

create or replace function ddp.erase_from_forecasts(p_address text, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_gone uuid[];
begin
    with gone as (
        delete from ddp.send_forecasts f
        where f.send_forecast_id = any (array(
            select o.send_forecast_id
            from ddp.send_forecasts o
            cross join lateral (
                select concat(o.plan, ' ', o.result, ' ', (
                    select string_agg(b.tally::text, ' ') from ddp.forecast_batches b
                    where b.send_forecast_id = o.send_forecast_id
                )) as held
            ) t
            where strpos(lower(t.held), p_address) > 0 and ddp.holds_address(t.held, p_address)
            limit p_limit
            for update of o skip locked  -- a worker has it for as long as a batch takes
        ))
        returning f.send_forecast_id
    )
    select coalesce(array_agg(g.send_forecast_id), '{}') into v_gone from gone g;
    delete from ddp.forecast_addresses a where a.send_forecast_id = any (v_gone);
    return cardinality(v_gone);
end
$$;
comment on function ddp.erase_from_forecasts(text, integer) is
    'Removes forecasts that hold an address, in a list that was asked about or among the examples of rejected records.';
revoke all on function ddp.erase_from_forecasts(text, integer) from public, anon, authenticated, service_role;
