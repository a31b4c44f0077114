-- requires: functions/require.sql
-- Changes to who sees a file are made under the file's lock, taken first and in the order of the ids. Two transactions
-- that change the same files wait for each other and do not deadlock, and the next statement of the second sees what the
-- first committed.

create or replace function ddp.lock_files(p_file_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.require(
        current_setting('transaction_isolation') = 'read committed', '0A000',
        'Change who sees a file only at READ COMMITTED: a transaction at any other level sees what was true when it began, '
        'and would miss what was revoked since.'
    );
    perform from public.files f where f.file_id = any (p_file_ids) order by f.file_id for no key update;
end
$$;
comment on function ddp.lock_files(uuid[]) is 'Locks these files, in the order of their ids; 0A000 above READ COMMITTED.';
revoke all on function ddp.lock_files(uuid[]) from public, anon, authenticated, service_role;
