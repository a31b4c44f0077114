-- requires: functions/active_user.sql
-- For policies: rows of the caller's own, and nothing else. They run with their owner's rights, so that planning the policy
-- on `file_actions` does not also plan the policy on `files`, which takes longer than many a list.

create or replace view ddp.files_of_caller with (security_barrier = true) as
select f.file_id
from public.files f
where f.created_by_user_id = (select ddp.active_user_id());
comment on view ddp.files_of_caller is 'The acting user''s own files, those in the trash too.';

create or replace view ddp.masked_campaigns_of_caller with (security_barrier = true) as
select p.email_campaign_id
from public.send_plans p
where p.created_by_user_id = (select ddp.active_user_id()) and p.recipients_masked and p.email_campaign_id is not null;
comment on view ddp.masked_campaigns_of_caller is
    'The acting user''s e-mail campaigns to users of the platform, whose addresses it sees only masked.';

create or replace view ddp.masked_sms_of_caller with (security_barrier = true) as
select p.sms_campaign_id
from public.send_plans p
where p.created_by_user_id = (select ddp.active_user_id()) and p.recipients_masked and p.sms_campaign_id is not null;
comment on view ddp.masked_sms_of_caller is
    'The acting user''s SMS campaigns to users of the platform, whose numbers it sees only masked.';

revoke all on ddp.files_of_caller, ddp.masked_campaigns_of_caller, ddp.masked_sms_of_caller
    from public, anon, authenticated, service_role;
grant select on ddp.files_of_caller, ddp.masked_campaigns_of_caller, ddp.masked_sms_of_caller to authenticated;
