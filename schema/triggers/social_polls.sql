-- requires: functions/social_polls.sql

create or replace trigger start_polls after insert or update of status, external_post_id on public.social_posts
    for each row when (new.status = 'published' and new.external_post_id is not null)
    execute function ddp.start_social_polls();
create or replace trigger hold_polls after update of status on public.social_accounts
    for each row when (old.status is distinct from new.status)
    execute function ddp.hold_social_polls();
