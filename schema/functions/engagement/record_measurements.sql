-- requires: functions/require.sql, functions/check_json.sql, policies/social_engagement.sql, policies/social_posts.sql
-- Measurements of published posts: one rule for single ones and for sets. A lower count than before is a measurement like any
-- other: people take likes back.

create or replace function ddp.engagement_types() returns text[]
    language sql immutable parallel safe
    set search_path = ''
    return '{like,reaction,comment,share,save,click,view,reach,follow,watch_seconds}'::text[];
comment on function ddp.engagement_types() is 'The kinds of engagement. The constraint of social_engagement names the same.';

create or replace function ddp.record_measurements(p_measurements jsonb, p_changes_only boolean default false)
    returns table (post_id uuid, engagement_type text, recorded_at timestamptz, engagement_id uuid, refusal text)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
begin
    -- In one order, whoever records: measurements of one post are taken one at a time.
    perform from public.social_posts p
    where p.post_id in (select (m.value ->> 'post_id')::uuid from jsonb_array_elements(p_measurements) m (value))
    order by p.post_id
    for no key update;

    return query
    with given as materialized (
        select distinct on (g.post_id, g.engagement_type, g.recorded_at) g.*
        from rows from (jsonb_to_recordset(p_measurements) as (
            post_id uuid, engagement_type text, engagement_count numeric, recorded_at timestamptz, metadata jsonb
        )) with ordinality as g (post_id, engagement_type, engagement_count, recorded_at, metadata, place)
        order by g.post_id, g.engagement_type, g.recorded_at, g.place desc
    ), judged as materialized (
        select g.*, p.published_at + interval '23 hours' as day_ends_at, case
            when p.post_id is null then 'post-not-found'
            when p.status <> 'published' then 'not-published'
            when g.engagement_type is null or g.engagement_type <> all (ddp.engagement_types()) then 'unknown-type'
            when g.engagement_count is null or g.engagement_count < 0 or g.engagement_count <> trunc(g.engagement_count) then 'invalid-count'
            when g.recorded_at is null or g.recorded_at > clock_timestamp() + interval '1 day' then 'in-the-future'
            when g.recorded_at < p.published_at then 'before-publication'
        end as refused
        from given g
        left join public.social_posts p on p.post_id = g.post_id
    ), wanted as (
        select
            j.post_id, j.engagement_type, j.recorded_at, least(j.engagement_count, 2147483647)::integer as counted,
            coalesce(j.metadata, '{}') || case
                when j.engagement_count > 2147483647 then jsonb_build_object('exact', j.engagement_count) else '{}'
            end as metadata
        from judged j
        left join lateral (
            select e.engagement_count, e.recorded_at, e.metadata from public.social_engagement e
            where p_changes_only and e.post_id = j.post_id and e.engagement_type = j.engagement_type
                and e.recorded_at <= j.recorded_at
            order by e.recorded_at desc
            limit 1
        ) before on true
        where j.refused is null and (
            before.recorded_at is null or before.engagement_count <> least(j.engagement_count, 2147483647)
            or before.metadata -> 'exact' is distinct from case
                when j.engagement_count > 2147483647 then to_jsonb(j.engagement_count)
            end
            or (before.recorded_at at time zone 'UTC')::date <> (j.recorded_at at time zone 'UTC')::date
            -- How posts stood after a day is compared: without this, a post that nobody liked meanwhile would seem unread.
            or before.recorded_at < j.day_ends_at and j.recorded_at >= j.day_ends_at
        )
    ), written as (
        insert into public.social_engagement as e (post_id, engagement_type, engagement_count, recorded_at, metadata)
        select w.post_id, w.engagement_type::varchar, w.counted, w.recorded_at, w.metadata
        from wanted w
        order by w.post_id, w.engagement_type, w.recorded_at
        on conflict (post_id, engagement_type, recorded_at) do update
        set engagement_count = excluded.engagement_count, metadata = excluded.metadata
        returning e.post_id, e.engagement_type, e.recorded_at, e.engagement_id
    )
    select j.post_id, j.engagement_type, j.recorded_at, w.engagement_id, j.refused
    from judged j
    left join written w
        on w.post_id = j.post_id and w.engagement_type = j.engagement_type and w.recorded_at = j.recorded_at;
end
$$;
comment on function ddp.record_measurements(jsonb, boolean) is
    'Records measurements: an array of objects with post_id, engagement_type, engagement_count, recorded_at and metadata. The same post, '
    'kind and time again replaces the first. p_changes_only: what equals the measurement before it, of the same UTC day, is not written, unless '
    'it is the first of its kind from 23 hours after publication on. '
    'Returns each with its id, if it was written, and the word of its refusal: post-not-found, not-published, unknown-type, '
    'invalid-count, in-the-future, before-publication. Nothing raises: others of the set are recorded.';

create or replace function public.update_social_engagement(
    p_post_id uuid, p_engagement_type text, p_engagement_count integer, p_recorded_at timestamptz default now(),
    p_metadata jsonb default '{}'
) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_done record;
begin
    perform ddp.check_json(p_metadata, 'The metadata');
    select r.* into strict v_done
    from ddp.record_measurements(jsonb_build_array(jsonb_build_object(
        'post_id', p_post_id, 'engagement_type', p_engagement_type, 'engagement_count', p_engagement_count,
        'recorded_at', p_recorded_at, 'metadata', p_metadata
    ))) r;
    perform ddp.require(
        v_done.refusal is distinct from 'post-not-found', 'PT404', 'There is no such post.', '{"code": "post-not-found"}'
    );
    perform ddp.require(
        v_done.refusal is null, case v_done.refusal when 'not-published' then 'PT409' else 'PT422' end,
        case v_done.refusal
            when 'not-published' then 'Only a published post can be measured.'
            when 'unknown-type' then 'The type of engagement must be one of ' || array_to_string(ddp.engagement_types(), ', ') || '.'
            when 'invalid-count' then 'A count is a whole number of 0 or more.'
            when 'in-the-future' then 'A measurement needs a time, which is not in the future.'
            when 'before-publication' then 'The measurement must not be older than the post''s publication.'
        end, jsonb_build_object('code', case v_done.refusal when 'not-published' then 'not-published' else 'invalid-measurement' end)
    );
    return v_done.engagement_id;
end
$$;
comment on function public.update_social_engagement(uuid, text, integer, timestamptz, jsonb) is
    'Records how often a published post was engaged with at a time, and returns the measurement''s id; the same measurement '
    'again replaces the first. PT404, PT409, PT422. Workers only: users must not count their own likes.';

revoke all on function
    ddp.engagement_types(), ddp.record_measurements(jsonb, boolean),
    public.update_social_engagement(uuid, text, integer, timestamptz, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.engagement_types(), ddp.record_measurements(jsonb, boolean),
    public.update_social_engagement(uuid, text, integer, timestamptz, jsonb)
    to service_role;
