-- requires: functions/visible_campaign.sql, functions/groups_of_caller.sql, functions/offer_items.sql

create or replace function public.join_campaign(p_campaign_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
begin
    perform ddp.require(
        ddp.active_user_type() = 'retailer', 'PT403', 'Only retailers can take part in campaigns.',
        '{"code": "not-a-retailer"}'
    );
    -- Locked, so that an invitation is not withdrawn meanwhile.
    perform from public.campaigns c where c.campaign_id = p_campaign_id for share;
    -- The same answer for every campaign that cannot be joined: a guessed id reveals nothing.
    perform ddp.require(
        exists (
            select from public.campaigns c
            where c.campaign_id = p_campaign_id
                and (
                    c.is_open and c.campaign_status = 'active'
                        and (c.group_ids is null or c.group_ids && ddp.groups_of_caller())
                    or exists (
                        select from public.campaign_participants p
                        where p.campaign_id = c.campaign_id and p.retailer_id = v_user_id
                            and (
                                p.participant_state = 'accepted'
                                or p.participant_state = 'invited'
                                    and c.campaign_status not in ('completed', 'archived')
                            )
                    )
                )
        ),
        'PT404', 'There is no open campaign with this id: ask the brand to invite you.',
        '{"code": "campaign-not-found"}'
    );
    insert into public.campaign_participants as p (campaign_id, retailer_id) values (p_campaign_id, v_user_id)
    on conflict (campaign_id, retailer_id) do update
    set participant_state = 'accepted', joined_at = now(), state_changed_at = now()
    where p.participant_state <> 'accepted';
    perform ddp.offer_items_on_joining(p_campaign_id, v_user_id);
end
$$;
comment on function public.join_campaign(uuid) is
    'Makes the acting retailer take part in an active campaign that is open to it, or in one that it is invited to; '
    'nothing changes if it takes part already. What its kit has become for other participants becomes a '
    'draft for it too. PT404 for every other campaign.';
revoke all on function public.join_campaign(uuid) from public, anon, authenticated, service_role;
grant execute on function public.join_campaign(uuid) to authenticated;

create or replace function public.leave_campaign(p_campaign_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
begin
    update public.campaign_participants p set participant_state = 'left', state_changed_at = now()
    where p.campaign_id = p_campaign_id and p.retailer_id = v_user_id and p.participant_state <> 'left';
    perform ddp.require(
        found, 'PT404', 'You neither take part in this campaign nor are invited to it.', '{"code": "campaign-not-found"}'
    );
end
$$;
comment on function public.leave_campaign(uuid) is 
    'The acting retailer leaves a campaign, or declines an invitation to it; PT404 if it did neither take part nor was '
    'invited. The campaign''s creator still sees that it was there.';
revoke all on function public.leave_campaign(uuid) from public, anon, authenticated, service_role;
grant execute on function public.leave_campaign(uuid) to authenticated;

create or replace function public.add_campaign_participant(p_campaign_id uuid, p_retailer_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_campaign constant public.campaigns := ddp.lock_own_campaign(p_campaign_id);
begin
    perform ddp.require(
        v_campaign.campaign_status not in ('completed', 'archived'), 'PT409', 'This campaign has ended.',
        jsonb_build_object('code', 'wrong-status', 'campaign_status', v_campaign.campaign_status)
    );
    perform ddp.require(
        exists (
            select from public.users u
            where u.user_id = p_retailer_id and u.is_active and u.user_type = 'retailer'
        ),
        'PT404', 'There is no such retailer.', '{"code": "user-not-found"}'
    );
    -- So that nobody fills a retailer's list.
    perform ddp.require(
        (
            select count(*) from public.campaign_participants p
            where p.retailer_id = p_retailer_id and p.campaign_owner_id = v_campaign.created_by_user_id
                and p.participant_state = 'invited' and p.campaign_id <> p_campaign_id
        ) < 20, 'PT409', 'This retailer has 20 open invitations from this brand: withdraw one, or wait for an answer.',
        '{"code": "too-many-invitations"}'
    );
    insert into public.campaign_participants as p (campaign_id, retailer_id, participant_state)
    values (p_campaign_id, p_retailer_id, 'invited')
    on conflict (campaign_id, retailer_id) do update set participant_state = 'invited', state_changed_at = now()
    where p.participant_state = 'left';
end
$$;
comment on function public.add_campaign_participant(uuid, uuid) is
    'Invites a retailer to a campaign; it takes part once it accepts, by join_campaign(). Nothing changes if it does already. '
    'For the campaign''s creator and administrators.';
revoke all on function public.add_campaign_participant(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.add_campaign_participant(uuid, uuid) to authenticated;

create or replace function public.remove_campaign_participant(p_campaign_id uuid, p_retailer_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_campaign constant public.campaigns := ddp.lock_own_campaign(p_campaign_id);
begin
    delete from public.campaign_participants p
    where p.campaign_id = v_campaign.campaign_id and p.retailer_id = p_retailer_id;
    perform ddp.require(
        found, 'PT404', 'This retailer does not take part in the campaign.', '{"code": "user-not-found"}'
    );
end
$$;
comment on function public.remove_campaign_participant(uuid, uuid) is
    'Removes a retailer from a campaign, or withdraws the invitation. For the campaign''s creator and administrators.';
revoke all on function public.remove_campaign_participant(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.remove_campaign_participant(uuid, uuid) to authenticated;

create or replace function ddp.set_campaign_owner() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    select c.created_by_user_id into new.campaign_owner_id
    from public.campaigns c where c.campaign_id = new.campaign_id;
    return new;
end
$$;
comment on function ddp.set_campaign_owner() is
    'Trigger on tables of a campaign''s messages: campaign_owner_id is the campaign''s creator, whatever was given.';
revoke all on function ddp.set_campaign_owner() from public, anon, authenticated, service_role;

create or replace function ddp.set_participants_campaign() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    select c.created_by_user_id, c.created_at into new.campaign_owner_id, new.campaign_created_at
    from public.campaigns c where c.campaign_id = new.campaign_id;
    return new;
end
$$;
comment on function ddp.set_participants_campaign() is
    'Trigger on campaign_participants: campaign_owner_id and campaign_created_at are the campaign''s, whatever was given.';
revoke all on function ddp.set_participants_campaign() from public, anon, authenticated, service_role;
