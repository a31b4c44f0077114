create or replace function ddp.percentage(p_part numeric, p_whole numeric, p_most numeric default 100)
    returns numeric
    language sql immutable parallel safe
    set search_path = ''
    return coalesce(round(least(100 * p_part / nullif(p_whole, 0), p_most), 2), 0);
comment on function ddp.percentage(numeric, numeric, numeric) is
    'How much of the whole a part is, in percent with two digits; 0 of nothing, and never more than the given most.';
revoke all on function ddp.percentage(numeric, numeric, numeric) from public, anon, authenticated, service_role;
