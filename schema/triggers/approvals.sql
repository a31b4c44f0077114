-- requires: functions/follow_approvals.sql

create or replace trigger follow_draft after update on public.email_campaigns
    for each row when (old.requested_at is null and new.requested_at is null and old.* is distinct from new.*)
    execute function ddp.follow_draft('email_campaign_id');
create or replace trigger follow_draft after update on public.sms_campaigns
    for each row when (old.requested_at is null and new.requested_at is null and old.* is distinct from new.*)
    execute function ddp.follow_draft('sms_campaign_id');
create or replace trigger follow_sender after update of profile_data on public.users
    for each row when (new.profile_data -> 'sender' is distinct from old.profile_data -> 'sender')
    execute function ddp.follow_sender();
create or replace trigger follow_approval_rule after update on public.campaigns
    for each row when (old.approval <> new.approval) execute function ddp.follow_approval_rule();
