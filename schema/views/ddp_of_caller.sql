-- requires: functions/active_user.sql
-- For policies that look into another table: what the caller owns there or was given, and nothing else of it. They are
-- their owner's views, so that planning a policy does not plan the other table's whole policy with it, which takes longer
-- than many a list.

create or replace view ddp.files_of_caller with (security_barrier = true) as
select f.file_id
from public.files f
where f.created_by_user_id = (select ddp.active_user_id());
comment on view ddp.files_of_caller is 'The acting user''s own files, those in the trash too.';

create or replace view ddp.files_shared_with_caller with (security_barrier = true) as
select s.file_id
from public.file_shares s
where s.shared_with_user_id = (select ddp.active_user_id()) and s.revoked_at is null and s.expires_at > now();
comment on view ddp.files_shared_with_caller is 'Files that are shared with the acting user now, once for each share.';

revoke all on ddp.files_of_caller, ddp.files_shared_with_caller from public, anon, authenticated, service_role;
grant select on ddp.files_of_caller, ddp.files_shared_with_caller to authenticated;
