-- requires: functions/percentage.sql
-- Touched retailers → what they did with each brand's assets, and their scores.

create or replace function ddp.clamped_hours(p_interval interval) returns numeric
    language sql immutable parallel safe
    set search_path = ''
    return round(least(greatest(extract(epoch from p_interval) / 3600, 0), 999.9), 1);
comment on function ddp.clamped_hours(interval) is 'Hours with one decimal, from 0 to 999.9; null for null.';

create or replace function ddp.fold_retailer_stats() returns void
    language sql volatile
    set search_path = ''
as $$
    with touched as materialized (
        select t.user_id as brand_id, s.user_id as retailer_id
        from ddp.taken_changes t
        join ddp.file_user_stats s on s.file_id = t.entity_id
        where t.entity_type = 'asset'
        union
        select a.created_by_user_id, t.entity_id
        from ddp.taken_changes t
        join ddp.file_user_stats s on s.user_id = t.entity_id
        join public.brand_assets a on a.file_id = s.file_id
        where t.entity_type = 'user' and t.metric_name = 'touched'
    ), fresh as materialized (
        select
            t.brand_id, t.retailer_id, sum(s.view_count)::bigint as views, sum(s.download_count)::bigint as downloads,
            sum(s.share_count)::bigint as shares, count(*) filter (where s.download_count > 0) as assets,
            max(s.last_action_at) as last_at
        from (select distinct r.retailer_id from touched r) r  -- each retailer's files once, not once per brand
        join public.users u on u.user_id = r.retailer_id and u.user_type = 'retailer'
        join ddp.file_user_stats s on s.user_id = r.retailer_id
        join public.brand_assets a on a.file_id = s.file_id
        join touched t on t.retailer_id = r.retailer_id and t.brand_id = a.created_by_user_id
        group by t.brand_id, t.retailer_id
    ), gone as (
        delete from ddp.retailer_stats r
        using touched t
        where r.brand_id = t.brand_id and r.retailer_id = t.retailer_id
            and not exists (
                select from fresh f where f.brand_id = t.brand_id and f.retailer_id = t.retailer_id
            )
    )
    insert into ddp.retailer_stats (
        brand_id, retailer_id, view_count, download_count, share_count, asset_count, last_activity_at
    )
    select f.brand_id, f.retailer_id, f.views, f.downloads, f.shares, f.assets, f.last_at from fresh f
    on conflict (brand_id, retailer_id) do update set
        view_count = excluded.view_count,
        download_count = excluded.download_count,
        share_count = excluded.share_count,
        asset_count = excluded.asset_count,
        last_activity_at = excluded.last_activity_at;
$$;
comment on function ddp.fold_retailer_stats() is 'Derives again the pairs of brand and retailer whose assets or retailer changed. What retailers did has been added '
    'before, by ddp.fold_file_actions.';

-- Scores are taken over the campaigns that a retailer takes part in, for each brand and for the whole platform:
-- * response times: from joining a campaign to the first e-mail sent in it, and to the first post published in it;
-- * follow-up: from the first e-mail of a campaign to the second one;
-- * posts per week: between the first and the last one, over at least one week;
-- * grade: A where 5 of 100 delivered e-mails were clicked, B from 1 of 100, else C; none before any was delivered;
-- * rank: by the grade, then the response time, then the id.
-- The return on a campaign stays null: nothing on the platform says what a campaign earned.
create or replace function ddp.fold_retailer_scores() returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_retailers constant uuid[] := array(
        select t.entity_id from ddp.taken_changes t
        where t.entity_type in ('user', 'retailer') and t.metric_name = 'touched'  -- a retailer: scores depend on it
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
    );
begin
    with taken_part as (
        select
            p.retailer_id, c.created_by_user_id as brand_id, p.joined_at,
            e.first_at as first_email, e.second_at as second_email, e.delivered, e.clicked,
            s.first_at as first_post, s.last_at as last_post, s.posts
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
            select min(m.published_at) as first_at, max(m.published_at) as last_at, count(m.published_at) as posts
            from public.social_posts m
            join public.social_accounts a on a.account_id = m.account_id
            where m.campaign_id = p.campaign_id and a.user_id = p.retailer_id
        ) s
        where p.retailer_id = any (v_retailers) and p.participant_state = 'accepted'
    ), scored as materialized (
        select
            t.retailer_id, t.brand_id,
            ddp.clamped_hours(avg(t.first_email - t.joined_at)) as email_response,
            ddp.clamped_hours(avg(t.first_post - t.joined_at)) as social_response,
            ddp.clamped_hours(avg(t.second_email - t.first_email)) as followup,
            least(sum(t.posts) / greatest(
                extract(epoch from max(t.last_post) - min(t.first_post)) / 604800.0, 1), 99.9) as posts_a_week,
            sum(t.delivered) as delivered, sum(t.clicked) as clicked
        from taken_part t
        group by grouping sets ((t.retailer_id, t.brand_id), (t.retailer_id))
    ), gone as (
        delete from public.retailer_scores r
        where r.retailer_id = any (v_retailers)
            and not exists (
                select from scored s where s.retailer_id = r.retailer_id and s.brand_id is not distinct from r.brand_id
            )
    )
    insert into public.retailer_scores as r (
        retailer_id, brand_id, retailer_name, email_response_time_hours, social_response_time_hours,
        social_post_frequency_per_week, response_quality_grade, first_followup_time_hours, calculated_at
    )
    select
        s.retailer_id, s.brand_id, u.user_name, s.email_response, s.social_response, s.posts_a_week,
        case
            when coalesce(s.delivered, 0) = 0 then null
            when ddp.percentage(s.clicked, s.delivered) >= 5 then 'A'
            when ddp.percentage(s.clicked, s.delivered) >= 1 then 'B'
            else 'C'
        end,
        s.followup, now()
    from scored s
    join public.users u on u.user_id = s.retailer_id
    on conflict (retailer_id, brand_id) do update set
        retailer_name = excluded.retailer_name,
        email_response_time_hours = excluded.email_response_time_hours,
        social_response_time_hours = excluded.social_response_time_hours,
        social_post_frequency_per_week = excluded.social_post_frequency_per_week,
        response_quality_grade = excluded.response_quality_grade,
        first_followup_time_hours = excluded.first_followup_time_hours,
        calculated_at = excluded.calculated_at;

    update public.retailer_scores r
    set overall_rank = ranked.position
    from (
        select
            l.score_id,
            row_number() over (
                partition by l.brand_id
                order by l.response_quality_grade nulls last, l.email_response_time_hours nulls last, l.retailer_id
            ) as position
        from public.retailer_scores l
        where cardinality(v_retailers) > 0
    ) ranked
    where r.score_id = ranked.score_id and r.overall_rank is distinct from ranked.position;
end
$$;
comment on function ddp.fold_retailer_scores() is 'Derives the scores of touched retailers, and everyone''s rank.';

revoke all on function ddp.fold_retailer_stats(), ddp.fold_retailer_scores(), ddp.clamped_hours(interval)
    from public, anon, authenticated, service_role;
