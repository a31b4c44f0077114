-- requires: functions/require.sql
-- What decides who sees a file changes under the file's lock, taken first and in the order of the ids: two that change it
-- wait for each other and do not deadlock, and the second's next statement sees what the first committed.

create or replace function ddp.lock_files(p_file_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.require(
        current_setting('transaction_isolation') = 'read committed', '0A000',
        'Who sees a file is changed in transactions at READ COMMITTED only: any other keeps to what was true when it began, '
        'and would miss what was revoked since.'
    );
    perform from public.files f where f.file_id = any (p_file_ids) order by f.file_id for no key update;
end
$$;
comment on function ddp.lock_files(uuid[]) is 'Locks these files, in the order of their ids; 0A000 above READ COMMITTED.';
revoke all on function ddp.lock_files(uuid[]) from public, anon, authenticated, service_role;
