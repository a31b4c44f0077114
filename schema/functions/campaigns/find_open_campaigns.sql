-- requires: functions/directory.sql, views/open_campaigns.sql

create or replace function public.find_open_campaigns(
    p_query text default null, p_at timestamptz default null, p_id uuid default null, p_limit integer default 50
) returns setof public.open_campaigns
    language plpgsql stable security definer
    set search_path = ''
    set plan_cache_mode = force_custom_plan  -- so that each condition is decided before the query is planned
as $$
declare
    v_brands constant uuid[] := case when btrim(p_query) <> '' then ddp.listed_ids(p_query) end;
begin
    perform ddp.require_active_user();
    return query
    (
        select
            o.campaign_id, o.campaign_name, o.campaign_description, o.start_date, o.end_date, o.created_at,
            o.brand_id, o.brand_name, o.is_invited
        from ddp.campaigns_open_to_all o
        where (v_brands is null or o.brand_id = any (v_brands))
            and (p_at is null or (o.created_at, o.campaign_id) < (p_at, p_id))
        order by o.created_at desc, o.campaign_id desc
        limit p_limit
    )
    union all
    (
        select
            i.campaign_id, i.campaign_name, i.campaign_description, i.start_date, i.end_date, i.created_at,
            i.brand_id, i.brand_name, i.is_invited
        from ddp.campaigns_by_invitation i
        where (v_brands is null or i.brand_id = any (v_brands))
            and (p_at is null or (i.created_at, i.campaign_id) < (p_at, p_id))
        order by i.created_at desc, i.campaign_id desc
        limit p_limit
    )
    order by created_at desc, campaign_id desc
    limit p_limit;
end
$$;
comment on function public.find_open_campaigns(text, timestamptz, uuid, integer) is
    'A page of the campaigns that the acting retailer may join, the newest first; of brands with a name of which a word begins '
    'with the query.';
revoke all on function public.find_open_campaigns(text, timestamptz, uuid, integer)
    from public, anon, authenticated, service_role;
grant execute on function public.find_open_campaigns(text, timestamptz, uuid, integer) to authenticated;
