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
