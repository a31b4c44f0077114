create or replace function ddp.percentage(p_part numeric, p_whole numeric, p_most numeric default 100)
    returns numeric
    language sql immutable parallel safe
    set search_path = ''
    return case when p_whole <> 0 then round(least(100 * coalesce(p_part, 0) / p_whole, p_most), 2) else 0 end;
comment on function ddp.percentage(numeric, numeric, numeric) is
    'The part in percent of the whole, with two decimals and at most p_most; 0 if the whole is 0 or null.';
revoke all on function ddp.percentage(numeric, numeric, numeric) from public, anon, authenticated, service_role;
