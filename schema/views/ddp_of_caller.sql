-- requires: functions/active_user.sql
-- For the policy on `file_actions`: the caller's own files, and nothing else. It runs with its owner's rights, so that
-- planning that policy does not also plan the policy on `files`, which takes longer than many a list.

create or replace view ddp.files_of_caller with (security_barrier = true) as
select f.file_id
from public.files f
where f.created_by_user_id = (select ddp.active_user_id());
comment on view ddp.files_of_caller is 'The acting user''s own files, those in the trash too.';

revoke all on ddp.files_of_caller from public, anon, authenticated, service_role;
grant select on ddp.files_of_caller to authenticated;
