-- Members by rule: retailers whose region and scores match. The refresh of the statistics asks for those that it scored.

create or replace function ddp.matching_members(p_retailer_ids uuid[], p_group_ids uuid[])
    returns table (group_id uuid, retailer_id uuid, brand_id uuid, is_partner boolean)
    language sql stable
    set search_path = ''
as $$
    with rules as materialized (
        select g.* from public.retailer_groups g
        where num_nonnulls(g.rule_regions, g.rule_grades, g.rule_best_rank) > 0
            and (p_group_ids is null or g.group_id = any (p_group_ids))
    ), retailers as materialized (
        select u.user_id, u.profile_data ->> 'region' as region
        from public.users u
        where u.user_type = 'retailer' and u.is_active and (p_retailer_ids is null or u.user_id = any (p_retailer_ids))
    ), near as (
        -- By the one part of a rule that both sides have as a value, so that the planner hashes; the rest is looked at below.
        select r.group_id, t.user_id
        from rules r
        cross join lateral unnest(r.rule_regions) n (region)
        join retailers t on t.region = n.region
        union
        select r.group_id, t.user_id
        from rules r
        join public.retailer_scores s on s.brand_id = r.brand_id
        join retailers t on t.user_id = s.retailer_id
        where r.rule_regions is null
    )
    select r.group_id, n.user_id, r.brand_id, exists (
        select from public.campaign_participants p
        where p.retailer_id = n.user_id and p.campaign_owner_id = r.brand_id and p.participant_state = 'accepted'
    )
    from near n
    join rules r on r.group_id = n.group_id
    left join public.retailer_scores s on s.retailer_id = n.user_id and s.brand_id = r.brand_id
    where (r.rule_grades is null or s.response_quality_grade = any (r.rule_grades))
        and (r.rule_best_rank is null or s.overall_rank <= r.rule_best_rank)
$$;
comment on function ddp.matching_members(uuid[], uuid[]) is
    'Which of these retailers (null: all) the rules of these groups (null: all) match now.';

create or replace function ddp.refresh_group_members(p_retailer_ids uuid[], p_group_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    with wanted as materialized (
        select w.* from ddp.matching_members(p_retailer_ids, p_group_ids) w
    ), stale as materialized (
        select m.group_id, m.retailer_id, m.is_explicit
        from public.retailer_group_members m
        where m.from_rule and (p_retailer_ids is null or m.retailer_id = any (p_retailer_ids))
            and (p_group_ids is null or m.group_id = any (p_group_ids))
            and not exists (select from wanted w where w.group_id = m.group_id and w.retailer_id = m.retailer_id)
    ), gone as (
        delete from public.retailer_group_members m using stale s
        where m.group_id = s.group_id and m.retailer_id = s.retailer_id and not s.is_explicit
    ), kept as (
        update public.retailer_group_members m set from_rule = false from stale s
        where m.group_id = s.group_id and m.retailer_id = s.retailer_id and s.is_explicit
    )
    insert into public.retailer_group_members as m (group_id, retailer_id, brand_id, is_explicit, from_rule, is_partner)
    select w.group_id, w.retailer_id, w.brand_id, false, true, w.is_partner
    from wanted w
    order by w.group_id, w.retailer_id
    on conflict (group_id, retailer_id) do update set from_rule = true, is_partner = excluded.is_partner
    where (m.from_rule, m.is_partner) is distinct from (true, excluded.is_partner);
end
$$;
comment on function ddp.refresh_group_members(uuid[], uuid[]) is
    'Makes members by rule what the rules say, of these retailers and groups (null: all). Members by hand stay.';

create or replace function ddp.touch_new_retailers() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    insert into ddp.metric_changes (entity_type, entity_id, metric_name, change)
    select 'retailer', c.user_id, 'touched', 0 from changed c where c.user_type = 'retailer' and c.profile_data ? 'region';
    return null;
end
$$;
comment on function ddp.touch_new_retailers() is
    'Trigger on users: rules of groups look at new retailers too. Expects the transition table `changed`.';

create or replace function ddp.touch_activated_retailers() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    insert into ddp.metric_changes (entity_type, entity_id, metric_name, change)
    select 'retailer', c.user_id, 'touched', 0
    from before b
    join changed c on c.user_id = b.user_id
    where c.is_active <> b.is_active;
    return null;
end
$$;
comment on function ddp.touch_activated_retailers() is
    'Trigger on users: rules of groups look at who became active or inactive. Expects `before` and `changed`.';
revoke all on function
    ddp.matching_members(uuid[], uuid[]), ddp.refresh_group_members(uuid[], uuid[]), ddp.touch_new_retailers(),
    ddp.touch_activated_retailers()
    from public, anon, authenticated, service_role;
