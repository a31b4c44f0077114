-- requires: functions/social_accounts.sql, functions/social_parts.sql

create or replace trigger follow_account_status before insert or update on public.social_accounts
    for each row execute function ddp.follow_account_status();
create or replace trigger add_first_part after insert on public.social_posts
    referencing new table as changed
    for each statement execute function ddp.add_first_parts();
