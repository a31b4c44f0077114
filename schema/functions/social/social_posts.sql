-- requires: functions/visible_campaign.sql, functions/check_json.sql, functions/social_schedule.sql, functions/social_parts.sql

create or replace function public.create_social_post(
    p_account_id uuid, p_post_content text, p_post_type text default 'text', p_campaign_id uuid default null,
    p_scheduled_at timestamptz default null, p_metadata jsonb default '{}'
) returns public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_post public.social_posts;
begin
    perform ddp.share_own_accounts(array[p_account_id]);
    perform ddp.visible_campaign(p_campaign_id) where p_campaign_id is not null;
    perform ddp.check_social_post(p_post_content, null, p_post_type, '{}');
    perform ddp.require(
        p_scheduled_at is null or p_scheduled_at > now() and p_scheduled_at <= now() + interval '1 year', 'PT422',
        'A scheduled time must be within the next year.', '{"code": "invalid-schedule"}'
    );
    perform ddp.check_json(p_metadata, 'The metadata');

    insert into public.social_posts (account_id, campaign_id, post_content, post_type, metadata)
    values (p_account_id, p_campaign_id, p_post_content, p_post_type, p_metadata - 'media')
    returning * into v_post;
    -- Here, where it is known who may see the files, and not by a worker later.
    perform ddp.set_social_media(v_post.post_id, p_metadata -> 'media') where p_metadata ? 'media';
    if p_scheduled_at is not null then
        perform ddp.enter_social_schedule(array[v_post.post_id], p_scheduled_at, null, null);
        select p.* into strict v_post from public.social_posts p where p.post_id = v_post.post_id;
    end if;
    return v_post;
end
$$;
comment on function public.create_social_post(uuid, text, text, uuid, timestamptz, jsonb) is
    'Creates a post for an own connected account: scheduled, or a draft if p_scheduled_at is null; for a campaign that '
    'the acting user sees, or for none. p_metadata.media lists the ids of its files. What was scheduled is validated within a '
    'minute; if it cannot be published, it becomes a draft with problems.';
revoke all on function public.create_social_post(uuid, text, text, uuid, timestamptz, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function public.create_social_post(uuid, text, text, uuid, timestamptz, jsonb) to authenticated;

create or replace function public.update_social_engagement(
    p_post_id uuid, p_engagement_type text, p_engagement_count integer, p_recorded_at timestamptz default now(),
    p_metadata jsonb default '{}'
) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_engagement_id uuid;
begin
    perform ddp.require(
        length(p_engagement_type) between 1 and 50 and p_engagement_count >= 0 and p_recorded_at <= now() + interval '1 day',
        'PT422', 'A measurement has a type of 1 to 50 characters, a count of 0 or more, and no time in the future.',
        '{"code": "invalid-measurement"}'
    );
    perform ddp.check_json(p_metadata, 'The metadata');
    -- The lock takes measurements of one post one at a time: platforms may deliver the same one twice, even at once.
    perform from public.social_posts p where p.post_id = p_post_id for no key update;
    perform ddp.require(found, 'PT404', 'There is no such post.', '{"code": "post-not-found"}');

    update public.social_engagement e set engagement_count = p_engagement_count, metadata = p_metadata
    where e.post_id = p_post_id and e.engagement_type = p_engagement_type and e.recorded_at = p_recorded_at
    returning e.engagement_id into v_engagement_id;
    if not found then
        insert into public.social_engagement (post_id, engagement_type, engagement_count, recorded_at, metadata)
        values (p_post_id, p_engagement_type, p_engagement_count, p_recorded_at, p_metadata)
        returning engagement_id into v_engagement_id;
    end if;
    return v_engagement_id;
end
$$;
comment on function public.update_social_engagement(uuid, text, integer, timestamptz, jsonb) is
    'Records how often a post was engaged with at a time, and returns the measurement''s id; the same measurement '
    'again replaces the first. Workers only: users must not count their own likes.';
revoke all on function public.update_social_engagement(uuid, text, integer, timestamptz, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function public.update_social_engagement(uuid, text, integer, timestamptz, jsonb) to service_role;

create or replace function ddp.set_post_owners() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.created_by_user_id := (select a.user_id from public.social_accounts a where a.account_id = new.account_id);
    new.campaign_owner_id := (select c.created_by_user_id from public.campaigns c where c.campaign_id = new.campaign_id);
    return new;
end
$$;
comment on function ddp.set_post_owners() is
    'Trigger on social_posts: created_by_user_id owns the account, campaign_owner_id made the campaign, whatever was given.';
revoke all on function ddp.set_post_owners() from public, anon, authenticated, service_role;
