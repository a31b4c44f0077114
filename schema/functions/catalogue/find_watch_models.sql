-- requires: functions/require_active_user.sql, functions/words_query.sql, policies/watch_models.sql
-- As find_products(): search by words, with the rules of policies/watch_models.sql as explicit filters.

create or replace function public.find_watch_models(
    p_scope text, p_words text, p_brand_id uuid default null, p_at timestamptz default null, p_id uuid default null,
    p_limit integer default 50
)
    returns setof public.watch_models
    language plpgsql stable security definer
    set search_path = ''
    set plan_cache_mode = force_custom_plan
as $$
declare
    v_account_id constant uuid := ddp.require_active_user();
    v_query constant tsquery := ddp.words_query(p_words);
begin
    perform ddp.require(
        p_scope in ('own', 'active'), 'PT422', 'The scope is "own" or "active".', '{"code": "invalid-scope"}'
    );
    perform ddp.require(p_limit between 1 and 1000, 'PT422', 'Ask for 1 to 1,000 models.', '{"code": "invalid-limit"}');
    return query
    select m.* from public.watch_models m
    where (p_scope <> 'own' or m.created_by_user_id = v_account_id)
        and (p_scope <> 'active' or m.is_active)
        and v_query @@ to_tsvector('simple', m.model_name || ' ' || coalesce(m.collection_name, '') || ' ' || coalesce(m.mpn, ''))
        and (p_brand_id is null or m.created_by_user_id = p_brand_id)
        and (p_at is null or (m.created_at, m.model_id) < (p_at, p_id))
    order by m.created_at desc, m.model_id desc
    limit p_limit;
end
$$;
comment on function public.find_watch_models(text, text, uuid, timestamptz, uuid, integer) is
    'The acting account''s watch models (scope "own") or everyone''s active ones (scope "active") that have words with these '
    'beginnings in name, collection or MPN, the newest first. Continues after the row (p_at, p_id).';
revoke all on function public.find_watch_models(text, text, uuid, timestamptz, uuid, integer)
    from public, anon, authenticated, service_role;
grant execute on function public.find_watch_models(text, text, uuid, timestamptz, uuid, integer) to authenticated;
