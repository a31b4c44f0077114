-- requires: functions/refresh_group_members.sql
-- The scores of retailers: once for each brand in whose campaigns a retailer takes part, and once for the whole platform
-- (brand_id is null). Everything is taken over those campaigns; tests/database/schema/test_retailer_scores.py works out
-- an example of each.
--
--   response        hours from joining a campaign for the first time to the first e-mail (first post) in it. Each
--                   campaign counts at least 0, before the average; one without an answer does not count
--   follow-up       hours from the first e-mail of a campaign to the second, on average
--   frequency       posts published in the last 28 days ÷ 4
--   grade           people who clicked ÷ e-mails delivered: A from 5 %, B from 1 %, else C; none under 50 delivered
--   ROI             100 × (value of conversions − cost) ÷ cost; null without cost. Cost: the retailer's own expenses, and
--                   of the brand's in each campaign the part of the delivered messages that were the retailer's. A co-op
--                   claim for a cost of its own is the retailer's expense; one for messages pays back a cost that is there
--   rank            0.35 grade + 0.2 e-mail response + 0.15 social response + 0.1 frequency + 0.1 follow-up + 0.1 ROI,
--                   each as a percentile: the part of the brand's retailers with such a value whose value is not better.
--                   A missing value, and a frequency of 0, is 0. Equals share a rank
--
-- Frequency changes as time goes by: ddp.touch_aging_scores(), each day, has it derived again.

-- least() and greatest() skip nulls: without the conditions, no answer would be one of 999.9 hours, or an instant one.
create or replace function ddp.clamped_hours(p_interval interval) returns numeric
    language sql immutable parallel safe
    set search_path = ''
    return case when p_interval is not null then round(least(extract(epoch from p_interval) / 3600, 999.9), 1) end;
comment on function ddp.clamped_hours(interval) is 'Hours with one decimal, at most 999.9; null for null.';

create or replace function ddp.elapsed(p_from timestamptz, p_until timestamptz) returns interval
    language sql immutable parallel safe
    set search_path = ''
    return case when p_until > p_from then p_until - p_from when p_until is not null and p_from is not null then interval '0' end;
comment on function ddp.elapsed(timestamptz, timestamptz) is 'The time between two moments, at least 0; null if one is null.';

create or replace function ddp.retailers_to_score() returns uuid[]
    language sql stable
    set search_path = ''
as $$
    select array(
        select t.entity_id from ddp.taken_changes t
        where t.entity_type in ('user', 'retailer') and t.metric_name = 'touched'
        union
        select e.created_by_user_id
        from ddp.taken_changes t
        join public.email_campaigns e on e.email_campaign_id = t.entity_id
        where t.entity_type = 'email_campaign'
        union
        select a.user_id
        from ddp.taken_changes t
        join public.social_accounts a on a.account_id = t.entity_id
        where t.entity_type = 'account'
        union
        select t.user_id from ddp.taken_changes t
        where t.user_id is not null
            and (t.entity_type = 'expenses' or t.entity_type = 'campaign' and t.metric_name = 'conversion_cents')
        union
        -- Who delivers more bears more of the brand's expenses, and the others less.
        select m.created_by_user_id
        from (
            select e.campaign_id from ddp.taken_changes t
            join public.email_campaigns e on e.email_campaign_id = t.entity_id
            where t.entity_type = 'email_campaign' and t.metric_name = 'delivered'
            union
            select s.campaign_id from ddp.taken_changes t
            join public.sms_campaigns s on s.sms_campaign_id = t.entity_id
            where t.entity_type = 'sms_campaign' and t.metric_name = 'delivered'
            union
            select t.entity_id from ddp.taken_changes t where t.entity_type = 'expenses'
        ) touched
        join public.campaigns c on c.campaign_id = touched.campaign_id
        join (
            select e.campaign_id, e.created_by_user_id from public.email_campaigns e
            union all
            select s.campaign_id, s.created_by_user_id from public.sms_campaigns s
        ) m on m.campaign_id = c.campaign_id
        where exists (
            select from public.campaign_expenses x
            where x.campaign_id = c.campaign_id and x.created_by_user_id = c.created_by_user_id
        ) or exists (
            select from ddp.taken_changes x where x.entity_type = 'expenses' and x.entity_id = c.campaign_id
        )
    )
$$;
comment on function ddp.retailers_to_score() is 'Whose scores the taken changes may have changed.';

create or replace function ddp.campaign_costs(p_campaign_ids uuid[])
    returns table (campaign_id uuid, retailer_id uuid, cost numeric)
    language sql stable
    set search_path = ''
as $$
    with spent as materialized (
        select x.campaign_id, x.created_by_user_id = c.created_by_user_id as is_brands, x.created_by_user_id, sum(x.amount) as amount
        from public.campaign_expenses x
        join public.campaigns c on c.campaign_id = x.campaign_id
        where x.campaign_id = any (p_campaign_ids) and not x.is_reimbursement
        group by x.campaign_id, 2, x.created_by_user_id
    ), delivered as materialized (
        select m.campaign_id, m.created_by_user_id, sum(m.delivered) as messages
        from (
            select e.campaign_id, e.created_by_user_id, s.delivered
            from public.email_campaigns e
            join ddp.email_campaign_stats s on s.email_campaign_id = e.email_campaign_id
            where e.campaign_id = any (p_campaign_ids)
            union all
            select e.campaign_id, e.created_by_user_id, s.delivered
            from public.sms_campaigns e
            join ddp.sms_campaign_stats s on s.sms_campaign_id = e.sms_campaign_id
            where e.campaign_id = any (p_campaign_ids)
        ) m
        group by m.campaign_id, m.created_by_user_id
    ), costs as (
        select s.campaign_id, s.created_by_user_id as retailer_id, s.amount as cost from spent s where not s.is_brands
        union all
        select d.campaign_id, d.created_by_user_id,
            s.amount * d.messages / nullif(sum(d.messages) over (partition by d.campaign_id), 0)
        from delivered d
        join spent s on s.campaign_id = d.campaign_id and s.is_brands
    )
    select c.campaign_id, c.retailer_id, sum(c.cost) from costs c group by c.campaign_id, c.retailer_id
$$;
comment on function ddp.campaign_costs(uuid[]) is
    'What each retailer bears of these campaigns: its own expenses, and of the brand''s its part of the delivered messages.';

create or replace function ddp.scores_of(p_retailer_ids uuid[]) returns table (
        retailer_id uuid, brand_id uuid, email_response numeric, social_response numeric, followup numeric,
        posts_a_week numeric, grade text, roi numeric
    )
    language plpgsql stable
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_campaigns constant uuid[] := array(
        select distinct p.campaign_id from public.campaign_participants p
        where p.retailer_id = any (p_retailer_ids) and p.participant_state = 'accepted'
    );
begin
    return query
    with taken_part as (
        select
            p.retailer_id, c.created_by_user_id as brand_id,
            ddp.elapsed(coalesce(p.first_joined_at, p.joined_at), e.first_at) as email_response,
            ddp.elapsed(coalesce(p.first_joined_at, p.joined_at), s.first_at) as social_response,
            ddp.elapsed(e.first_at, e.second_at) as followup,
            e.delivered, e.clicked, s.recent_posts, costs.cost, earned.conversion_cents / 100.0 as value
        from public.campaign_participants p
        join public.campaigns c on c.campaign_id = p.campaign_id
        cross join lateral (
            select
                (array_agg(m.sent_at order by m.sent_at) filter (where m.sent_at is not null))[1] as first_at,
                (array_agg(m.sent_at order by m.sent_at) filter (where m.sent_at is not null))[2] as second_at,
                sum(x.delivered) as delivered, sum(x.clicked) as clicked
            from public.email_campaigns m
            left join ddp.email_campaign_stats x on x.email_campaign_id = m.email_campaign_id
            where m.campaign_id = p.campaign_id and m.created_by_user_id = p.retailer_id
        ) e
        cross join lateral (
            select
                min(m.published_at) as first_at,
                count(*) filter (where m.published_at > now() - interval '28 days') as recent_posts
            from public.social_posts m
            join public.social_accounts a on a.account_id = m.account_id
            where m.campaign_id = p.campaign_id and a.user_id = p.retailer_id
        ) s
        left join ddp.campaign_costs(v_campaigns) costs
            on costs.campaign_id = p.campaign_id and costs.retailer_id = p.retailer_id
        left join ddp.campaign_retailer_stats earned
            on earned.campaign_id = p.campaign_id and earned.retailer_id = p.retailer_id
        where p.retailer_id = any (p_retailer_ids) and p.participant_state = 'accepted'
    )
    select
        t.retailer_id, t.brand_id,
        ddp.clamped_hours(avg(t.email_response)), ddp.clamped_hours(avg(t.social_response)),
        ddp.clamped_hours(avg(t.followup)),
        round(least(sum(t.recent_posts) / 4, 99.9), 1),
        case
            when coalesce(sum(t.delivered), 0) < 50 then null
            when 100 * sum(t.clicked) >= 5 * sum(t.delivered) then 'A'
            when 100 * sum(t.clicked) >= sum(t.delivered) then 'B'
            else 'C'
        end,
        case when sum(t.cost) > 0 then
            round(greatest(least(100 * (coalesce(sum(t.value), 0) - sum(t.cost)) / sum(t.cost), 9999.9), -9999.9), 1)
        end
    from taken_part t
    group by grouping sets ((t.retailer_id, t.brand_id), (t.retailer_id));
end
$$;
comment on function ddp.scores_of(uuid[]) is 'The scores of retailers, by brand and (brand_id null) for the platform; see above.';

create or replace function ddp.rank_retailers(p_scope uuid) returns void
    language sql volatile
    set search_path = ''
as $$
    -- Percentiles are cume_dist() from the worst value on, among those who have one.
    with parts as (
        select
            r.score_id,
            0.35 * case when r.response_quality_grade is not null then cume_dist() over (
                partition by r.response_quality_grade is null order by r.response_quality_grade desc) else 0 end
            + 0.2 * case when r.email_response_time_hours is not null then cume_dist() over (
                partition by r.email_response_time_hours is null order by r.email_response_time_hours desc) else 0 end
            + 0.15 * case when r.social_response_time_hours is not null then cume_dist() over (
                partition by r.social_response_time_hours is null order by r.social_response_time_hours desc) else 0 end
            + 0.1 * case when r.social_post_frequency_per_week > 0 then cume_dist() over (
                partition by r.social_post_frequency_per_week > 0 order by r.social_post_frequency_per_week) else 0 end
            + 0.1 * case when r.first_followup_time_hours is not null then cume_dist() over (
                partition by r.first_followup_time_hours is null order by r.first_followup_time_hours desc) else 0 end
            + 0.1 * case when r.campaign_roi_percentage is not null then cume_dist() over (
                partition by r.campaign_roi_percentage is null order by r.campaign_roi_percentage) else 0 end
            as total
        from public.retailer_scores r
        where r.brand_id is not distinct from p_scope
    ), ranked as (
        -- Rounded: sums of the same parts in floating point must be equal.
        select p.score_id, rank() over (order by round(p.total::numeric, 9) desc) as position from parts p
    )
    update public.retailer_scores r
    set overall_rank = ranked.position
    from ranked
    where r.score_id = ranked.score_id and r.overall_rank is distinct from ranked.position
$$;
comment on function ddp.rank_retailers(uuid) is 'Ranks the retailers of a brand; null: of the platform.';

create or replace function ddp.fold_retailer_scores() returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_retailers constant uuid[] := ddp.retailers_to_score();
    v_scopes uuid[];
    v_scope uuid;
begin
    if v_retailers = '{}' then
        return;
    end if;
    with fresh as materialized (
        select s.*, u.user_name
        from ddp.scores_of(v_retailers) s
        join public.users u on u.user_id = s.retailer_id
    ), gone as (
        delete from public.retailer_scores r
        where r.retailer_id = any (v_retailers)
            and not exists (
                select from fresh s where s.retailer_id = r.retailer_id and s.brand_id is not distinct from r.brand_id
            )
        returning r.brand_id
    ), changed as (
        insert into public.retailer_scores as r (
            retailer_id, brand_id, retailer_name, email_response_time_hours, social_response_time_hours,
            social_post_frequency_per_week, response_quality_grade, first_followup_time_hours, campaign_roi_percentage,
            calculated_at
        )
        select
            s.retailer_id, s.brand_id, s.user_name, s.email_response, s.social_response, s.posts_a_week, s.grade, s.followup,
            s.roi, now()
        from fresh s
        on conflict (retailer_id, brand_id) do update set
            retailer_name = excluded.retailer_name,
            email_response_time_hours = excluded.email_response_time_hours,
            social_response_time_hours = excluded.social_response_time_hours,
            social_post_frequency_per_week = excluded.social_post_frequency_per_week,
            response_quality_grade = excluded.response_quality_grade,
            first_followup_time_hours = excluded.first_followup_time_hours,
            campaign_roi_percentage = excluded.campaign_roi_percentage,
            calculated_at = excluded.calculated_at
        where (
            r.retailer_name, r.email_response_time_hours, r.social_response_time_hours, r.social_post_frequency_per_week,
            r.response_quality_grade, r.first_followup_time_hours, r.campaign_roi_percentage
        ) is distinct from (
            excluded.retailer_name, excluded.email_response_time_hours, excluded.social_response_time_hours,
            excluded.social_post_frequency_per_week, excluded.response_quality_grade, excluded.first_followup_time_hours,
            excluded.campaign_roi_percentage
        )
        returning r.brand_id
    )
    select array_agg(distinct s.brand_id) into v_scopes
    from (select g.brand_id from gone g union all select c.brand_id from changed c) s;
    -- Only where a score changed: a click rarely changes a grade, and the platform has everybody in it.
    foreach v_scope in array coalesce(v_scopes, '{}') loop
        perform ddp.rank_retailers(v_scope);
    end loop;
    perform ddp.refresh_group_members(v_retailers, null);
    -- A rank changes with those of others.
    perform ddp.refresh_group_members(null, ranked.ids)
    from (
        select array_agg(g.group_id) as ids from public.retailer_groups g
        where g.brand_id = any (v_scopes) and g.rule_best_rank is not null
    ) ranked
    where ranked.ids is not null;
end
$$;
comment on function ddp.fold_retailer_scores() is
    'Derives the scores of retailers that something changed for, and the ranks of brands in which a score changed, '
    'and who is in groups by their rules.';

create or replace function ddp.touch_aging_scores() returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_touched bigint;
begin
    insert into ddp.metric_changes (entity_type, entity_id, metric_name, change)
    select distinct 'retailer', r.retailer_id, 'touched', 0
    from public.retailer_scores r
    where r.brand_id is null and r.social_post_frequency_per_week > 0;
    get diagnostics v_touched = row_count;
    return v_touched;
end
$$;
comment on function ddp.touch_aging_scores() is
    'Has the next refresh derive the scores that change as time goes by: of retailers with posts in the last 28 days. '
    'Returns how many. For workers, each day.';

revoke all on function
    ddp.clamped_hours(interval), ddp.elapsed(timestamptz, timestamptz), ddp.retailers_to_score(),
    ddp.campaign_costs(uuid[]), ddp.scores_of(uuid[]), ddp.rank_retailers(uuid), ddp.fold_retailer_scores(),
    ddp.touch_aging_scores()
    from public, anon, authenticated, service_role;
grant execute on function ddp.touch_aging_scores() to service_role;
