-- requires: functions/messages.sql, functions/campaign_participation.sql

create or replace trigger set_campaign_owner before insert or update on public.campaign_participants
    for each row execute function ddp.set_campaign_owner();

create or replace trigger set_version before insert on public.templates
    for each row when (new.parent_template_id is not null) execute function ddp.set_template_version();

create or replace trigger check_template before insert or update of template_id on public.email_campaigns
    for each row when (new.template_id is not null) execute function ddp.check_template('email');
create or replace trigger check_template before insert or update of template_id on public.sms_campaigns
    for each row when (new.template_id is not null) execute function ddp.check_template('sms');

create or replace trigger refuse_frozen before update on public.email_campaigns
    for each row when (
        old.requested_at is not null
        and (
            old.campaign_id, old.email_subject, old.email_content, old.text_content, old.attachments,
            old.sender_email, old.sender_name, old.template_id, old.created_by_user_id, old.requested_at
        ) is distinct from (
            new.campaign_id, new.email_subject, new.email_content, new.text_content, new.attachments,
            new.sender_email, new.sender_name, new.template_id, new.created_by_user_id, new.requested_at
        )
    ) execute function ddp.refuse_frozen();
create or replace trigger refuse_frozen before update on public.sms_campaigns
    for each row when (
        old.requested_at is not null
        and (
            old.campaign_id, old.sms_content, old.sender_number, old.template_id, old.created_by_user_id,
            old.requested_at
        ) is distinct from (
            new.campaign_id, new.sms_content, new.sender_number, new.template_id, new.created_by_user_id,
            new.requested_at
        )
    ) execute function ddp.refuse_frozen();
create or replace trigger refuse_deletion before delete on public.email_campaigns
    for each row when (old.requested_at is not null) execute function ddp.refuse_frozen();
create or replace trigger refuse_deletion before delete on public.sms_campaigns
    for each row when (old.requested_at is not null) execute function ddp.refuse_frozen();
