-- requires: functions/offer_items.sql, functions/social_schedule.sql, functions/social_own_posts.sql
-- A participant accepts or declines the draft that an item became.

create or replace function ddp.lock_own_response(p_item_id uuid) returns public.campaign_item_responses
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_response public.campaign_item_responses;
begin
    select r.* into v_response
    from public.campaign_item_responses r
    where r.item_id = p_item_id and r.retailer_id = v_user_id
    for no key update;
    perform ddp.require(
        v_response.item_id is not null, 'PT404', 'There is no such item, or no draft of it was made for you.',
        '{"code": "item-not-found"}'
    );
    perform ddp.visible_campaign(i.campaign_id) from public.campaign_items i where i.item_id = p_item_id;
    return v_response;
end
$$;
comment on function ddp.lock_own_response(uuid) is
    'What the acting participant was offered of this item, locked; PT404, also for who no longer takes part.';

create or replace function ddp.post_of_response(p_response public.campaign_item_responses, p_account_id uuid) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_item public.campaign_items;
    v_post_id uuid := p_response.post_id;
begin
    select i.* into strict v_item from public.campaign_items i where i.item_id = p_response.item_id;
    perform ddp.require(
        p_account_id is null or v_post_id is null, 'PT409',
        'This item already has a post for one of your accounts: accept it without account_id, or decline it and make a post of your own.',
        '{"code": "account-chosen"}'
    );
    if v_post_id is not null then
        return v_post_id;
    end if;
    perform ddp.require(
        p_account_id is not null, 'PT409', 'Name the social account through which the post goes out.',
        '{"code": "account-needed"}'
    );
    perform ddp.require(
        v_item.platform is null or s.platform = v_item.platform, 'PT409', format('This post is for %s.', v_item.platform),
        '{"code": "wrong-platform"}'
    )
    from ddp.share_own_accounts(array[p_account_id]) s;
    v_post_id := gen_random_uuid();
    perform ddp.add_kit_posts(jsonb_build_array(jsonb_build_object(
        'post_id', v_post_id, 'item_id', p_response.item_id, 'retailer_id', p_response.retailer_id,
        'account_id', p_account_id, 'campaign_id', v_item.campaign_id, 'template_id', v_item.template_id,
        'content', coalesce(
            v_item.post, (select t.template_content from public.templates t where t.template_id = v_item.template_id)
        )
    )));
    return v_post_id;
end
$$;
comment on function ddp.post_of_response(public.campaign_item_responses, uuid) is
    'The draft of a post that an item became; made now, through this account, if there was none to make it for. PT404, PT409.';

create or replace function public.accept_campaign_item(p_item_id uuid, p_account_id uuid default null)
    returns public.campaign_item_responses
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_response public.campaign_item_responses := ddp.lock_own_response(p_item_id);
    v_item public.campaign_items;
    v_post_id uuid;
begin
    select i.* into strict v_item from public.campaign_items i where i.item_id = p_item_id;
    if v_response.state = 'accepted' then
        return v_response;
    end if;
    update public.campaign_item_responses r set state = 'accepted', answered_at = now()
    where r.item_id = p_item_id and r.retailer_id = v_response.retailer_id;
    if v_response.email_campaign_id is null and v_response.sms_campaign_id is null
        and (
            v_item.post is not null
            or exists (
                select from public.templates t where t.template_id = v_item.template_id and t.template_type = 'social'
            )
        )
    then
        v_post_id := ddp.post_of_response(v_response, p_account_id);
        -- A worker validates it within a minute: then it is the participant's to put right, and not a surprise at its time.
        perform public.schedule_social_posts(array[v_post_id], v_item.due_at)
        where v_item.due_at > now()
            and exists (
                select from public.social_posts p where p.post_id = v_post_id and p.status = 'draft' and not p.is_composed
            );
        update ddp.social_work w set step = 'validate', due_at = now()
        where w.post_id = v_post_id and w.step = 'prepare' and w.leased_until is null
            and v_item.due_at - ddp.social_lead() > now();
    end if;
    select r.* into strict v_response
    from public.campaign_item_responses r where r.item_id = p_item_id and r.retailer_id = v_response.retailer_id;
    return v_response;
end
$$;
comment on function public.accept_campaign_item(uuid, uuid) is
    'Accepts the draft that an item became: a post is scheduled at the item''s time (p_account_id: through which account, if the draft '
    'has none yet), unless its text is composed from a template, which scheduling it over HTTP does; an e-mail or SMS is then sent like '
    'any other, to the recipients that its sender chooses. Harmless when repeated. PT404, PT409.';

create or replace function public.decline_campaign_item(p_item_id uuid) returns public.campaign_item_responses
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_response public.campaign_item_responses := ddp.lock_own_response(p_item_id);
begin
    perform ddp.require(
        v_response.state <> 'accepted', 'PT409', 'You have accepted this: cancel what you do not want to send.',
        '{"code": "accepted-already"}'
    );
    update public.campaign_item_responses r set state = 'declined', answered_at = now()
    where r.item_id = p_item_id and r.retailer_id = v_response.retailer_id and r.state <> 'declined';
    select r.* into strict v_response
    from public.campaign_item_responses r where r.item_id = p_item_id and r.retailer_id = v_response.retailer_id;
    return v_response;
end
$$;
comment on function public.decline_campaign_item(uuid) is
    'Declines the draft that an item became, which stays a draft; may be accepted later. Harmless when repeated. PT404, PT409.';

create or replace function public.campaign_activation(p_campaign_id uuid) returns table (
    item_id uuid, offered bigint, accepted bigint, declined bigint, sent bigint
)
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_campaign constant public.campaigns := ddp.visible_campaign(p_campaign_id);
begin
    perform ddp.require(
        v_campaign.created_by_user_id = ddp.active_user_id() or ddp.active_user_type() = 'admin', 'PT403',
        'Only the creator of this campaign sees what all participants did.', '{"code": "not-owner"}'
    );
    return query
    select
        i.item_id, count(r.item_id), count(*) filter (where r.state = 'accepted'), count(*) filter (where r.state = 'declined'),
        count(*) filter (where ddp.response_is_sent(r))
    from public.campaign_items i
    left join public.campaign_item_responses r on r.item_id = i.item_id
    where i.campaign_id = p_campaign_id
    group by i.item_id;
end
$$;
comment on function public.campaign_activation(uuid) is
    'How many participants were offered each item of a campaign, accepted or declined it, and sent what it became. For the campaign''s '
    'creator and administrators. PT404, PT403.';

create or replace function ddp.response_is_sent(p_response public.campaign_item_responses) returns boolean
    language sql stable
    set search_path = ''
as $$
    select case
        when p_response.email_campaign_id is not null then exists (
            select from public.email_campaigns e
            where e.email_campaign_id = p_response.email_campaign_id and e.requested_at is not null
        )
        when p_response.sms_campaign_id is not null then exists (
            select from public.sms_campaigns s
            where s.sms_campaign_id = p_response.sms_campaign_id and s.requested_at is not null
        )
        else exists (
            select from public.social_posts p where p.post_id = p_response.post_id and p.status = 'published'
        )
    end
$$;
comment on function ddp.response_is_sent(public.campaign_item_responses) is
    'Whether sending the draft was requested, or the post is published.';

revoke all on function
    ddp.lock_own_response(uuid), ddp.post_of_response(public.campaign_item_responses, uuid),
    ddp.response_is_sent(public.campaign_item_responses), public.accept_campaign_item(uuid, uuid),
    public.decline_campaign_item(uuid), public.campaign_activation(uuid)
    from public, anon, authenticated, service_role;
grant execute on function ddp.response_is_sent(public.campaign_item_responses) to authenticated;
grant execute on function
    public.accept_campaign_item(uuid, uuid), public.decline_campaign_item(uuid), public.campaign_activation(uuid)
    to authenticated;
