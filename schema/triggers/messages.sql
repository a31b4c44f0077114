-- requires: functions/messages.sql, functions/campaign_participation.sql, functions/social_posts.sql
-- requires: functions/locked_templates.sql

create or replace trigger set_campaign_owner before insert or update on public.campaign_participants
    for each row execute function ddp.set_participants_campaign();
create or replace trigger set_post_owners
    before insert or update of account_id, campaign_id, created_by_user_id, campaign_owner_id on public.social_posts
    for each row execute function ddp.set_post_owners();

create or replace trigger set_version before insert on public.templates
    for each row when (new.parent_template_id is not null) execute function ddp.set_template_version();

create or replace trigger check_template before insert or update of template_id on public.email_campaigns
    for each row when (new.template_id is not null) execute function ddp.check_template('email');
create or replace trigger check_template before insert or update of template_id on public.sms_campaigns
    for each row when (new.template_id is not null) execute function ddp.check_template('sms');

create or replace trigger check_slots before insert or update of slots, is_locked, template_type on public.templates
    for each row when (new.slots <> '[]' or new.is_locked) execute function ddp.check_template_slots();

create or replace trigger compose_insert before insert on public.email_campaigns
    for each row when (new.template_id is not null or new.slots is not null) execute function ddp.compose_email();
create or replace trigger compose_update before update on public.email_campaigns
    for each row when (
        (new.template_id is not null or new.slots is not null)
        and (old.email_subject, old.email_content, old.text_content, old.attachments, old.template_id, old.slots)
            is distinct from (new.email_subject, new.email_content, new.text_content, new.attachments, new.template_id, new.slots)
    ) execute function ddp.compose_email();
create or replace trigger compose_insert before insert on public.sms_campaigns
    for each row when (new.template_id is not null or new.slots is not null) execute function ddp.compose_sms();
create or replace trigger compose_update before update on public.sms_campaigns
    for each row when (
        (new.template_id is not null or new.slots is not null)
        and (old.sms_content, old.template_id, old.slots) is distinct from (new.sms_content, new.template_id, new.slots)
    ) execute function ddp.compose_sms();

-- An erased sender's address is the one change of a frozen e-mail that is left: functions/erase_address.sql.
create or replace trigger refuse_frozen before update on public.email_campaigns
    for each row when (
        old.requested_at is not null
        and (
            old.campaign_id, old.email_subject, old.email_content, old.text_content, old.attachments,
            old.sender_email, old.sender_name, old.reply_to, old.template_id, old.slots, old.ab_test, old.created_by_user_id, old.requested_at
        ) is distinct from (
            new.campaign_id, new.email_subject, new.email_content, new.text_content, new.attachments,
            case new.sender_email when 'erased@erased.invalid' then old.sender_email else new.sender_email end,
            new.sender_name, case new.reply_to when 'erased@erased.invalid' then old.reply_to else new.reply_to end,
            new.template_id, new.slots, new.ab_test, new.created_by_user_id, new.requested_at
        )
    ) execute function ddp.refuse_frozen();
create or replace trigger refuse_frozen before update on public.sms_campaigns
    for each row when (
        old.requested_at is not null
        and (
            old.campaign_id, old.sms_content, old.sender_number, old.message_type, old.dlt_template_id,
            old.template_id, old.slots, old.ab_test, old.created_by_user_id, old.requested_at
        ) is distinct from (
            new.campaign_id, new.sms_content, new.sender_number, new.message_type, new.dlt_template_id,
            new.template_id, new.slots, new.ab_test, new.created_by_user_id, new.requested_at
        )
    ) execute function ddp.refuse_frozen();
create or replace trigger refuse_deletion before delete on public.email_campaigns
    for each row when (old.requested_at is not null) execute function ddp.refuse_frozen();
create or replace trigger refuse_deletion before delete on public.sms_campaigns
    for each row when (old.requested_at is not null) execute function ddp.refuse_frozen();
