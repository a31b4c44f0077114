-- requires: functions/require_active_user.sql
-- The policy `read` on `campaigns`, for functions that run as the tables' owner. A test compares the two.

create or replace function ddp.visible_campaign(p_campaign_id uuid) returns public.campaigns
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_campaign public.campaigns;
begin
    select c.* into v_campaign
    from public.campaigns c
    where c.campaign_id = p_campaign_id
        and (
            c.created_by_user_id = v_user_id
            or ddp.active_user_type() = 'admin'
            or exists (
                select from public.campaign_participants p
                where p.campaign_id = c.campaign_id and p.retailer_id = v_user_id
                    and p.participant_state = 'accepted'
            )
        );
    perform ddp.require(
        v_campaign.campaign_id is not null, 'PT404', 'There is no such campaign, or you do not take part in it.',
        '{"code": "campaign-not-found"}'
    );
    return v_campaign;
end
$$;
comment on function ddp.visible_campaign(uuid) is 'The campaign, if the acting user may see it; else PT404.';
revoke all on function ddp.visible_campaign(uuid) from public, anon, authenticated, service_role;

create or replace function ddp.lock_own_campaign(p_campaign_id uuid) returns public.campaigns
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_campaign public.campaigns := ddp.visible_campaign(p_campaign_id);
begin
    perform ddp.require(
        v_campaign.created_by_user_id = ddp.require_editor() or ddp.active_user_type() = 'admin', 'PT403',
        'Only the creator of this campaign may do that.', '{"code": "not-owner"}'
    );
    select c.* into strict v_campaign
    from public.campaigns c where c.campaign_id = p_campaign_id for no key update;
    return v_campaign;
end
$$;
comment on function ddp.lock_own_campaign(uuid) is
    'A campaign of the acting user, or any for an administrator, locked; PT404 or PT403.';
revoke all on function ddp.lock_own_campaign(uuid) from public, anon, authenticated, service_role;
