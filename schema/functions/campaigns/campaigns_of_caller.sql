-- requires: functions/active_user.sql
-- For the policy on `campaigns`. It runs once per statement, and only if some row is not the caller's own and the caller
-- is not an administrator. A sub-select from campaign_participants would be planned, with that table's own policy, by
-- every statement that names a campaign. This suits campaigns, which people make by hand. It would not suit files: a user
-- may be given any number of them, so their policy looks each one up in an index.

create or replace function ddp.campaigns_of_caller() returns uuid[]
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return array(
        select p.campaign_id from public.campaign_participants p
        where p.retailer_id = ddp.active_user_id() and p.participant_state = 'accepted'
    );
end
$$;
comment on function ddp.campaigns_of_caller() is 'The campaigns that the acting user takes part in; none without one.';
revoke all on function ddp.campaigns_of_caller() from public, anon, authenticated, service_role;
grant execute on function ddp.campaigns_of_caller() to authenticated;
