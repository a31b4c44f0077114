-- requires: functions/social_own_posts.sql, functions/social_post_reading.sql, functions/social_polls.sql, functions/active_user.sql
-- What people see of readings: when the last was, when the next is due, and why there is none; and asking for one now.

create or replace function public.social_post_polls(p_post_id uuid) returns table (
    kind varchar, measured_at timestamptz, due_at timestamptz, reason varchar
)
    language plpgsql stable security definer
    set search_path = ''
as $$
#variable_conflict use_column
begin
    perform ddp.visible_social_post(p_post_id);
    return query
    select
        w.kind, w.measured_at, case when not w.is_held then w.due_at end,
        case when w.is_held then 'account' else w.reason end::varchar
    from ddp.social_polls w
    where w.post_id = p_post_id;
end
$$;
comment on function public.social_post_polls(uuid) is
    'When the numbers of a published post that the caller sees were last read, are read next (null: no more, or not as long as the '
    'reason lasts), and why not: budget, quota, account, not_said, refused, unreachable, gone. PT404.';

create or replace function public.measure_social_post(p_post_id uuid) returns timestamptz
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_post public.social_posts;
    v_nudged_at timestamptz;
begin
    perform ddp.lock_own_posts(array[p_post_id]);
    select p.* into strict v_post from public.social_posts p where p.post_id = p_post_id;
    perform ddp.require(
        v_post.status = 'published' and v_post.external_post_id is not null and v_post.deleted_on_platform_at is null, 'PT409',
        'Only a post that is on its platform can be measured.', '{"code": "not-published"}'
    );
    -- Only people let insights be read: an event, which brings counters forward, does not keep them from asking.
    select w.nudged_at into v_nudged_at from ddp.social_polls w where w.post_id = p_post_id and w.kind = 'insights';
    perform ddp.require(
        v_nudged_at is null or v_nudged_at < clock_timestamp() - interval '5 minutes', 'PT429',
        format(
            'This post was asked about less than five minutes ago: try again after %s UTC.',
            to_char((v_nudged_at + interval '5 minutes') at time zone 'UTC', 'HH24:MI:SS')
        ), jsonb_build_object('code', 'measured-lately', 'retry_at', v_nudged_at + interval '5 minutes')
    );
    perform ddp.lock_social_polls(array[p_post_id]);
    -- A reading that has ended does not follow its account: what it says of it may be old.
    update ddp.social_polls w set
        due_at = clock_timestamp(), nudged_at = clock_timestamp(), is_nudged = true, is_held = a.status <> 'active'
    from public.social_accounts a
    where w.post_id = p_post_id and a.account_id = w.account_id;
    return clock_timestamp();
end
$$;
comment on function public.measure_social_post(uuid) is
    'Lets the numbers of an own published post be read now, at most once in five minutes. PT404, PT409, PT429.';

create or replace function public.social_deletion(p_code text) returns table (requested_at timestamptz, done_at timestamptz)
    language sql stable security definer
    set search_path = ''
as $$
    select d.requested_at, d.done_at from ddp.social_deletions d where d.code = p_code
$$;
comment on function public.social_deletion(text) is
    'What became of a request, through a platform, to forget a person: the code is the permission.';

revoke all on function
    public.social_post_polls(uuid), public.measure_social_post(uuid), public.social_deletion(text)
    from public, anon, authenticated, service_role;
grant execute on function public.social_post_polls(uuid), public.measure_social_post(uuid) to authenticated;
grant execute on function public.social_deletion(text) to anon;
