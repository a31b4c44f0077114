-- requires: functions/messages.sql, functions/campaign_participation.sql, functions/social_posts.sql

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

-- An erased sender's address is the one change of a frozen e-mail that is left: functions/erase_address.sql.
create or replace trigger refuse_frozen before update on public.email_campaigns
    for each row when (
        old.requested_at is not null
        and (
            old.campaign_id, old.email_subject, old.email_content, old.text_content, old.attachments,
            old.sender_email, old.sender_name, old.template_id, old.ab_test, old.created_by_user_id, old.requested_at
        ) is distinct from (
            new.campaign_id, new.email_subject, new.email_content, new.text_content, new.attachments,
            case new.sender_email when 'erased@erased.invalid' then old.sender_email else new.sender_email end,
            new.sender_name, new.template_id, new.ab_test, new.created_by_user_id, new.requested_at
        )
    ) execute function ddp.refuse_frozen();
create or replace trigger refuse_frozen before update on public.sms_campaigns
    for each row when (
        old.requested_at is not null
        and (
            old.campaign_id, old.sms_content, old.sender_number, old.message_type, old.dlt_template_id,
            old.template_id, old.ab_test, old.created_by_user_id, old.requested_at
        ) is distinct from (
            new.campaign_id, new.sms_content, new.sender_number, new.message_type, new.dlt_template_id,
            new.template_id, new.ab_test, new.created_by_user_id, new.requested_at
        )
    ) execute function ddp.refuse_frozen();
create or replace trigger refuse_deletion before delete on public.email_campaigns
    for each row when (old.requested_at is not null) execute function ddp.refuse_frozen();
create or replace trigger refuse_deletion before delete on public.sms_campaigns
    for each row when (old.requested_at is not null) execute function ddp.refuse_frozen();
