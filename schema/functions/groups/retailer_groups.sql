-- requires: functions/require_active_user.sql, functions/social_given.sql, functions/region_names.sql
-- requires: functions/refresh_group_members.sql, functions/log_change.sql, policies/retailer_group_members.sql
-- A brand's groups of retailers, as its editors make and change them.

create or replace function ddp.check_group_ids() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- Locked, so that none is deleted meanwhile.
    perform from public.retailer_groups g where g.group_id = any (new.group_ids) order by g.group_id for key share;
    perform ddp.require(
        not exists (
            select from unnest(new.group_ids) i (group_id)
            where not exists (
                select from public.retailer_groups g where g.group_id = i.group_id and g.brand_id = new.created_by_user_id
            )
        ),
        'PT404', 'There is no such group of retailers: name only your own.', '{"code": "group-not-found"}'
    );
    return new;
end
$$;
comment on function ddp.check_group_ids() is 'Trigger on tables with group_ids: PT404 unless all are groups of the row''s owner.';

create or replace function ddp.lock_own_group(p_group_id uuid) returns public.retailer_groups
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_group public.retailer_groups;
begin
    select g.* into v_group from public.retailer_groups g
    where g.group_id = p_group_id and (g.brand_id = v_user_id or ddp.active_user_type() = 'admin')
    for update;
    perform ddp.require(
        v_group.group_id is not null, 'PT404', 'You have no such group of retailers.', '{"code": "group-not-found"}'
    );
    return v_group;
end
$$;
comment on function ddp.lock_own_group(uuid) is 'A group of the acting brand, or any for an administrator, locked; PT404.';

create or replace function ddp.given_list(p_value jsonb, p_key text, p_most integer) returns text[]
    language plpgsql stable
    set search_path = ''
as $$
begin
    if coalesce(jsonb_typeof(p_value -> p_key), 'null') = 'null' then
        return null;
    end if;
    perform ddp.require(
        jsonb_typeof(p_value -> p_key) = 'array' and jsonb_array_length(p_value -> p_key) between 1 and p_most, 'PT422',
        format('%s must be a list of 1 to %s texts.', p_key, p_most),
        jsonb_build_object('code', 'invalid-list', 'field', p_key, 'limit', p_most)
    );
    return array(
        select distinct ddp.given_text(jsonb_build_object(p_key, e.value), p_key, 50)
        from jsonb_array_elements(p_value -> p_key) e (value)
        order by 1
    );
end
$$;
comment on function ddp.given_list(jsonb, text, integer) is 'The texts of a member, each once, or null; PT422 if it is no such list.';

create or replace function ddp.set_group(p_group public.retailer_groups, p_values jsonb) returns public.retailer_groups
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_rule constant jsonb := coalesce(nullif(p_values -> 'rule', 'null'), '{}');
begin
    perform ddp.require_keys(p_values, '{group_name,kind,rule}', 'A group');
    p_group.group_name := coalesce(ddp.given_text(p_values, 'group_name', 100), p_group.group_name);
    p_group.kind := coalesce(ddp.given_text(p_values, 'kind', 20), p_group.kind, 'other');
    perform ddp.require(
        btrim(p_group.group_name) <> '', 'PT422', 'A group''s name has 1 to 100 characters.', '{"code": "invalid-name"}'
    );
    perform ddp.require(
        p_group.kind in ('territory', 'tier', 'other'), 'PT422', 'A group is of kind territory, tier or other.',
        '{"code": "invalid-kind"}'
    );
    if p_values ? 'rule' then
        perform ddp.require_keys(v_rule, '{regions,grades,best_rank}', 'A rule');
        p_group.rule_regions := ddp.given_list(v_rule, 'regions', 50);
        if p_group.rule_regions is not null then
            p_group.rule_regions := array(select distinct ddp.region_named(n.name) from unnest(p_group.rule_regions) n (name));
        end if;
        p_group.rule_grades := ddp.given_list(v_rule, 'grades', 3);
        perform ddp.require(
            coalesce(p_group.rule_grades::text[] <@ '{A,B,C}', true), 'PT422', 'A grade is A, B or C.', '{"code": "invalid-rule"}'
        );
        perform ddp.require(
            coalesce(v_rule ->> 'best_rank' ~ '^[1-9][0-9]{0,8}$', true), 'PT422', 'best_rank is a whole number above 0.',
            '{"code": "invalid-rule"}'
        );
        p_group.rule_best_rank := (v_rule ->> 'best_rank')::integer;
    end if;
    return p_group;
end
$$;
comment on function ddp.set_group(public.retailer_groups, jsonb) is 'The group with these values; PT422.';

create or replace function public.create_retailer_group(p_values jsonb) returns public.retailer_groups
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_group public.retailer_groups;
begin
    perform ddp.require(
        ddp.active_user_type() = 'brand', 'PT403', 'Only brands have groups of retailers.', '{"code": "not-a-brand"}'
    );
    perform from public.users u where u.user_id = v_user_id for no key update;
    perform ddp.require(
        (select count(*) from public.retailer_groups g where g.brand_id = v_user_id) < 10000, 'PT409',
        'You have 10,000 groups: delete one first.', '{"code": "too-many-groups"}'
    );
    v_group.brand_id := v_user_id;
    v_group := ddp.set_group(v_group, p_values);
    insert into public.retailer_groups (brand_id, group_name, kind, rule_regions, rule_grades, rule_best_rank)
    select v_group.brand_id, v_group.group_name, v_group.kind, v_group.rule_regions, v_group.rule_grades, v_group.rule_best_rank
    returning * into v_group;
    perform ddp.refresh_group_members(null, array[v_group.group_id]);
    return v_group;
exception
    when unique_violation then
        perform ddp.require(false, 'PT409', 'You have a group of this name.', '{"code": "name-taken"}');
end
$$;
comment on function public.create_retailer_group(jsonb) is
    'Creates a group of retailers: group_name, kind (territory, tier, other) and rule, an object with regions, grades and best_rank '
    'of which all that are given must hold. For brands. PT409 for a name that is taken, PT422.';

create or replace function public.change_retailer_group(p_group_id uuid, p_values jsonb) returns public.retailer_groups
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_group public.retailer_groups := ddp.set_group(ddp.lock_own_group(p_group_id), p_values);
begin
    update public.retailer_groups g
    set group_name = v_group.group_name, kind = v_group.kind, rule_regions = v_group.rule_regions,
        rule_grades = v_group.rule_grades, rule_best_rank = v_group.rule_best_rank
    where g.group_id = p_group_id
    returning g.* into v_group;
    perform ddp.refresh_group_members(null, array[p_group_id]) where p_values ? 'rule';
    return v_group;
exception
    when unique_violation then
        perform ddp.require(false, 'PT409', 'You have a group of this name.', '{"code": "name-taken"}');
end
$$;
comment on function public.change_retailer_group(uuid, jsonb) is
    'Changes what is given of an own group, as create_retailer_group() has it; a rule is replaced as a whole, null removes it.';

create or replace function public.delete_retailer_group(p_group_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_group constant public.retailer_groups := ddp.lock_own_group(p_group_id);
    v_campaign public.campaigns;
begin
    -- Else what was for some would be for nobody.
    perform ddp.require(
        not exists (
            select from public.brand_assets a
            where a.created_by_user_id = v_group.brand_id and p_group_id = any (a.group_ids) and a.unpublished_at is null
        )
        and not exists (
            select from public.campaigns c
            where c.created_by_user_id = v_group.brand_id and p_group_id = any (c.group_ids)
                and c.campaign_status not in ('completed', 'archived')
        ),
        'PT409', 'Brand assets or campaigns are for this group: take it out of them first.', '{"code": "group-in-use"}'
    );
    -- A list of ids, or one: see ddp.audience_members().
    select c.* into v_campaign from public.campaigns c
    where c.created_by_user_id = v_group.brand_id and c.target_audience -> 'groups' ? p_group_id::text
        and c.campaign_status not in ('completed', 'archived')
    order by c.created_at
    limit 1;
    perform ddp.require(
        v_campaign.campaign_id is null, 'PT409',
        format(
            'The target audience of the campaign "%s" names this group: change that audience, or complete the campaign, first.',
            v_campaign.campaign_name
        ),
        jsonb_build_object('code', 'group-in-use', 'campaign_id', v_campaign.campaign_id)
    );
    delete from public.retailer_groups g where g.group_id = p_group_id;
end
$$;
comment on function public.delete_retailer_group(uuid) is
    'Deletes an own group with its memberships and blackouts; PT409 while an asset or an open campaign is for it, or the target audience '
    'of an open campaign names it.';

create or replace function public.add_group_member(p_group_id uuid, p_retailer_id uuid)
    returns public.retailer_group_members
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_group constant public.retailer_groups := ddp.lock_own_group(p_group_id);
    v_member public.retailer_group_members;
begin
    perform ddp.require(
        exists (
            select from public.users u where u.user_id = p_retailer_id and u.is_active and u.user_type = 'retailer'
        ),
        'PT404', 'There is no such retailer.', '{"code": "user-not-found"}'
    );
    insert into public.retailer_group_members as m (group_id, retailer_id, brand_id, is_explicit, from_rule)
    values (p_group_id, p_retailer_id, v_group.brand_id, true, false)
    on conflict (group_id, retailer_id) do update set is_explicit = true where not m.is_explicit;
    perform ddp.log_change('retailer_group_members', p_group_id, null, jsonb_build_object('retailer_id', p_retailer_id))
    where found;
    select m.* into strict v_member from public.retailer_group_members m
    where m.group_id = p_group_id and m.retailer_id = p_retailer_id;
    return v_member;
end
$$;
comment on function public.add_group_member(uuid, uuid) is 'Adds a retailer to an own group by hand; harmless when repeated.';

create or replace function public.remove_group_member(p_group_id uuid, p_retailer_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_group constant public.retailer_groups := ddp.lock_own_group(p_group_id);
begin
    delete from public.retailer_group_members m
    where m.group_id = v_group.group_id and m.retailer_id = p_retailer_id and m.is_explicit and not m.from_rule;
    if not found then
        update public.retailer_group_members m set is_explicit = false
        where m.group_id = v_group.group_id and m.retailer_id = p_retailer_id and m.is_explicit;
    end if;
    perform ddp.require(
        found, 'PT404', 'You did not add this retailer to the group by hand.', '{"code": "user-not-found"}'
    );
    perform ddp.log_change('retailer_group_members', p_group_id, jsonb_build_object('retailer_id', p_retailer_id), null);
end
$$;
comment on function public.remove_group_member(uuid, uuid) is
    'Takes back what add_group_member() did; whom the rule matches stays a member. PT404 for who was not added by hand.';

create or replace function public.add_group_blackout(
    p_group_id uuid, p_starts_at timestamptz, p_ends_at timestamptz, p_reason text
) returns public.retailer_group_blackouts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_group constant public.retailer_groups := ddp.lock_own_group(p_group_id);
    v_blackout public.retailer_group_blackouts;
begin
    perform ddp.require(
        p_ends_at > p_starts_at and p_ends_at <= p_starts_at + interval '1 year' and p_ends_at > now(), 'PT422',
        'A blackout ends after it starts, within a year, and in the future.', '{"code": "invalid-dates"}'
    );
    perform ddp.require(
        btrim(p_reason) <> '' and length(p_reason) <= 500, 'PT422', 'A reason has 1 to 500 characters.',
        '{"code": "invalid-reason"}'
    );
    insert into public.retailer_group_blackouts (group_id, brand_id, starts_at, ends_at, reason)
    values (p_group_id, v_group.brand_id, p_starts_at, p_ends_at, p_reason)
    returning * into v_blackout;
    return v_blackout;
end
$$;
comment on function public.add_group_blackout(uuid, timestamptz, timestamptz, text) is
    'A period in which members of an own group send and post nothing through the brand''s campaigns: requests are refused with the '
    'reason, planned messages wait.';

create or replace function public.remove_group_blackout(p_group_id uuid, p_blackout_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.lock_own_group(p_group_id);
    delete from public.retailer_group_blackouts b where b.blackout_id = p_blackout_id and b.group_id = p_group_id;
    perform ddp.require(found, 'PT404', 'The group has no such blackout.', '{"code": "blackout-not-found"}');
end
$$;
comment on function public.remove_group_blackout(uuid, uuid) is
    'Removes a blackout. Messages that wait for its end keep waiting; others need not.';

revoke all on function
    ddp.check_group_ids(), ddp.lock_own_group(uuid), ddp.given_list(jsonb, text, integer),
    ddp.set_group(public.retailer_groups, jsonb), public.create_retailer_group(jsonb),
    public.change_retailer_group(uuid, jsonb), public.delete_retailer_group(uuid), public.add_group_member(uuid, uuid),
    public.remove_group_member(uuid, uuid), public.add_group_blackout(uuid, timestamptz, timestamptz, text),
    public.remove_group_blackout(uuid, uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    public.create_retailer_group(jsonb), public.change_retailer_group(uuid, jsonb), public.delete_retailer_group(uuid),
    public.add_group_member(uuid, uuid), public.remove_group_member(uuid, uuid),
    public.add_group_blackout(uuid, timestamptz, timestamptz, text), public.remove_group_blackout(uuid, uuid)
    to authenticated;
