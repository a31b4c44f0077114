-- requires: functions/active_user.sql
-- The caller sees only the rows that admit the caller. Policies on `files` and its statistics look here, as the caller.

revoke all on ddp.file_access from public, anon, authenticated, service_role;
grant select on ddp.file_access to authenticated;

drop policy if exists read on ddp.file_access;
create policy read on ddp.file_access for select to authenticated using (
    audience = any ((select ddp.audiences_of_caller())::text[]) and expires_at > now()
);
