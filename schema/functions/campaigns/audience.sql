-- requires: functions/request_send.sql, policies/retailer_group_members.sql
-- Whom a target audience reaches: asked page by page when the time of a send has come, and counted before, for a preview.

create or replace function ddp.audience_members(
    p_campaign_id uuid, p_owner uuid, p_by_admin boolean, p_criteria jsonb, p_after uuid default null,
    p_limit integer default null
) returns table (user_id uuid, address text, name text, time_zone text)
    language sql stable
    set search_path = ''
as $$
    select u.user_id, u.user_email, u.user_name,
        coalesce(u.profile_data ->> 'timezone', u.profile_data ->> 'time_zone', '')
    from public.users u
    where u.is_active and (p_after is null or u.user_id > p_after)
        and (
            p_by_admin
            or u.user_type = 'retailer'
                and u.profile_data ->> 'marketing_consent' = 'true'
                and exists (
                    select from public.campaign_participants m
                    join public.campaigns c on c.campaign_id = m.campaign_id
                    where m.campaign_id = p_campaign_id and m.retailer_id = u.user_id
                        and m.participant_state = 'accepted'
                        and c.created_by_user_id = p_owner
                )
        )
        -- Groups of the brand: a list of ids, or one.
        and (not p_criteria ? 'groups' or exists (
            select from public.retailer_group_members m
            where m.retailer_id = u.user_id and (p_by_admin or m.brand_id = p_owner)
                and case jsonb_typeof(p_criteria -> 'groups')
                    when 'array' then p_criteria -> 'groups' ? m.group_id::text
                    else p_criteria ->> 'groups' = m.group_id::text
                end
        ))
        -- A criterion is a value, or a list of values, of that name in the profile. An unknown criterion matches nobody:
        -- better to reach too few people than the wrong ones.
        and not exists (
            select from jsonb_each(p_criteria - 'groups') c (key, wanted)
            cross join lateral (
                select u.profile_data -> case c.key
                    when 'countries' then 'country_code' when 'country' then 'country_code'
                    when 'regions' then 'region' when 'cities' then 'city'
                    else c.key
                end as actual
            ) a
            where a.actual is null
                or not case jsonb_typeof(c.wanted) when 'array' then c.wanted @> a.actual else c.wanted = a.actual end
        )
    order by u.user_id
    limit p_limit
$$;
comment on function ddp.audience_members(uuid, uuid, boolean, jsonb, uuid, integer) is
    'A page of a target audience, by id: for administrators every active user; for brands the active retailers in their '
    'own campaign who consented; of these, those whom all criteria match.';
revoke all on function ddp.audience_members(uuid, uuid, boolean, jsonb, uuid, integer)
    from public, anon, authenticated, service_role;
grant execute on function ddp.audience_members(uuid, uuid, boolean, jsonb, uuid, integer) to service_role;

create or replace function public.audience_size(p_campaign_id uuid) returns bigint
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_campaign constant public.campaigns := ddp.visible_campaign(p_campaign_id);
    v_audience constant jsonb := ddp.freeze_criteria(v_campaign);
begin
    return (
        select count(*)
        from ddp.audience_members(
            p_campaign_id, ddp.active_user_id(), ddp.active_user_type() = 'admin', v_audience -> 'criteria'
        )
    );
end
$$;
comment on function public.audience_size(uuid) is
    'How many users the acting user''s message to this campaign''s target audience would reach now. PT403 for those who may '
    'not send to it.';
revoke all on function public.audience_size(uuid) from public, anon, authenticated, service_role;
grant execute on function public.audience_size(uuid) to authenticated;
