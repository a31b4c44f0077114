-- requires: functions/account_members.sql

create or replace trigger own_accounts after insert on public.users referencing new table as added
    for each statement execute function ddp.own_accounts();
create or replace trigger end_memberships after update of user_type, is_active on public.users
    for each row when (
        new.user_type = 'admin' and old.user_type <> 'admin' or old.is_active and not new.is_active
    ) execute function ddp.end_memberships();
create or replace trigger end_sessions after update on public.account_members referencing new table as ended
    for each statement execute function ddp.end_sessions_of_memberships();
