-- requires: functions/require_active_user.sql, functions/words_query.sql, policies/products.sql
-- Search by words and tags. Under row level security it would read every row, because the operators are not leakproof:
-- hence SECURITY DEFINER, and the rules of policies/products.sql as explicit filters. Each call is planned for its own
-- filters, since a filter that is null must not cost anything.

create or replace function public.find_products(
    p_scope text, p_words text default null, p_tags text[] default null, p_status text default null,
    p_vendor text default null, p_product_type text default null, p_at timestamptz default null,
    p_id uuid default null, p_limit integer default 50
)
    returns setof public.products
    language plpgsql stable security definer
    set search_path = ''
    set plan_cache_mode = force_custom_plan
as $$
declare
    v_account_id constant uuid := ddp.require_active_user();
    v_query constant tsquery := ddp.words_query(p_words);
begin
    perform ddp.require(
        p_scope in ('own', 'published'), 'PT422', 'The scope is "own" or "published".', '{"code": "invalid-scope"}'
    );
    perform ddp.require(p_limit between 1 and 1000, 'PT422', 'Ask for 1 to 1,000 products.', '{"code": "invalid-limit"}');
    if p_scope = 'own' then
        return query
        select p.* from public.products p
        where p.created_by_user_id = v_account_id
            and (p_words is null or v_query @@ to_tsvector('simple', p.product_title || ' ' || coalesce(p.vendor, '') || ' ' || coalesce(p.external_product_id, '')))
            and (p_tags is null or p.tags @> p_tags)
            and (p_status is null or p.status = p_status)
            and (p_vendor is null or p.vendor = p_vendor)
            and (p_product_type is null or p.product_type = p_product_type)
            and (p_at is null or (p.created_at, p.product_id) < (p_at, p_id))
        order by p.created_at desc, p.product_id desc
        limit p_limit;
        return;
    end if;
    return query
    select p.* from public.products p
    where p.published_at <= now()
        and (p_words is null or v_query @@ to_tsvector('simple', p.product_title || ' ' || coalesce(p.vendor, '') || ' ' || coalesce(p.external_product_id, '')))
        and (p_tags is null or p.tags @> p_tags)
        and (p_status is null or p.status = p_status)
        and (p_vendor is null or p.vendor = p_vendor)
        and (p_product_type is null or p.product_type = p_product_type)
        and (p_at is null or (p.published_at, p.product_id) < (p_at, p_id))
    order by p.published_at desc, p.product_id desc
    limit p_limit;
end
$$;
comment on function public.find_products(text, text, text[], text, text, text, timestamptz, uuid, integer) is
    'The acting account''s products (scope "own", the newest first) or everyone''s published ones (scope "published", the '
    'latest published first) that have words with these beginnings in title, vendor or external id, and all of these tags. '
    'Continues after the row (p_at, p_id).';
revoke all on function public.find_products(text, text, text[], text, text, text, timestamptz, uuid, integer)
    from public, anon, authenticated, service_role;
grant execute on function public.find_products(text, text, text[], text, text, text, timestamptz, uuid, integer)
    to authenticated;
