-- requires: functions/social_polls.sql

create or replace trigger start_polls after insert or update of status, external_post_id on public.social_posts
    for each row when (new.status = 'published' and new.external_post_id is not null)
    execute function ddp.start_social_polls();
-- Triggers fire by their names: the readings that events bring forward are there by then.
create or replace trigger start_polls_then_match_events after insert or update of status, external_post_id
    on public.social_posts
    for each row when (new.status = 'published' and new.external_post_id is not null)
    execute function ddp.match_early_events();
create or replace trigger hold_polls after update of status on public.social_accounts
    for each row when (old.status is distinct from new.status)
    execute function ddp.hold_social_polls();
