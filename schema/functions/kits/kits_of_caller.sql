-- requires: functions/active_user.sql, functions/campaigns_of_caller.sql
-- For the policy on `templates`, once per statement: what a participant is shown of a brand's templates. A campaign whose kit has
-- a template shows those of its kit; any other campaign shows all active templates of its creator.

create or replace function ddp.brands_shown_to_caller() returns uuid[]
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return array(
        select distinct p.campaign_owner_id from public.campaign_participants p
        where p.retailer_id = ddp.active_user_id() and p.participant_state = 'accepted'
            and not exists (
                select from public.campaign_items i where i.campaign_id = p.campaign_id and i.template_id is not null
            )
    );
end
$$;
comment on function ddp.brands_shown_to_caller() is
    'Brands whose active templates the acting retailer sees: it takes part in a campaign of theirs without templates in its kit.';

create or replace function ddp.kit_templates_of_caller() returns uuid[]
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return array(
        select distinct i.template_id from public.campaign_items i
        where i.campaign_id = any (ddp.campaigns_of_caller()) and i.template_id is not null
            and coalesce(i.available_from, '-infinity') <= now() and coalesce(i.available_until, 'infinity') > now()
    );
end
$$;
comment on function ddp.kit_templates_of_caller() is
    'Templates in the kits of campaigns in which the acting retailer takes part, while they are available.';
revoke all on function ddp.brands_shown_to_caller(), ddp.kit_templates_of_caller() from public, anon, authenticated, service_role;
grant execute on function ddp.brands_shown_to_caller(), ddp.kit_templates_of_caller() to authenticated;
