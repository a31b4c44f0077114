-- requires: functions/social_accounts.sql, functions/social_parts.sql, functions/social_texts.sql

create or replace trigger follow_account_status before insert or update on public.social_accounts
    for each row execute function ddp.follow_account_status();
create or replace trigger add_first_part after insert on public.social_posts
    referencing new table as changed
    for each statement execute function ddp.add_first_parts();

create or replace trigger note_own_text before insert on public.social_posts
    for each row when (new.template_id is not null and new.post_content is not null) execute function ddp.note_own_text();
create or replace trigger note_own_text_of_change before update of post_content, is_composed, template_id on public.social_posts
    for each row when (
        new.template_id is not null and new.post_content is not null
        and (old.post_content, old.is_composed, old.template_id)
            is distinct from (new.post_content, new.is_composed, new.template_id)
    ) execute function ddp.note_own_text();
