-- requires: functions/prune_requests.sql, policies/product_imports.sql

create or replace function public.cleanup_old_product_imports(
    p_keep interval default interval '90 days', p_limit integer default 10000
) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_removed bigint;
begin
    perform ddp.require_portion(p_keep, interval '7 days', p_limit);
    delete from public.product_imports i
    where i.ctid = any (array(
        select o.ctid from public.product_imports o
        where o.ended_at < now() - p_keep
        limit p_limit
        for update skip locked
    ));
    get diagnostics v_removed = row_count;
    return v_removed;
end
$$;
comment on function public.cleanup_old_product_imports(interval, integer) is
    'Removes imports of products that ended longer ago than p_keep (at least 7 days), with their rejected lines, at most '
    'p_limit; returns how many: fewer than p_limit when none is left. The products stay. For workers and administrators.';
revoke all on function public.cleanup_old_product_imports(interval, integer)
    from public, anon, authenticated, service_role;
grant execute on function public.cleanup_old_product_imports(interval, integer) to authenticated, service_role;
