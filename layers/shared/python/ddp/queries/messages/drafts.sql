-- Row level security decides what is visible, and triggers refuse to change a draft that is frozen.

-- part: email_summary
email_campaign_id, campaign_id, email_subject, sender_email, sender_name, template_id, created_by_user_id, created_at,
    requested_at, sent_at, total_recipients

-- part: sms_summary
sms_campaign_id, campaign_id, left(sms_content, 160) as sms_excerpt, sender_number, message_type, template_id,
    created_by_user_id, created_at, requested_at, sent_at, total_recipients

-- part: email_fields
email_subject, email_content, text_content, attachments, sender_email, sender_name, reply_to, slots

-- part: sms_fields
sms_content, sender_number, message_type, dlt_template_id, slots

-- part: email_values
%(email_subject)s, %(email_content)s, %(text_content)s, %(attachments)s, %(sender_email)s, %(sender_name)s, %(reply_to)s,
    %(slots)s

-- part: sms_values
%(sms_content)s, %(sender_number)s, %(message_type)s, %(dlt_template_id)s, %(slots)s

-- part: email_changes
email_subject = case when 'email_subject' = any (%(given)s) then %(email_subject)s else email_subject end,
    email_content = case when 'email_content' = any (%(given)s) then %(email_content)s else email_content end,
    text_content = case when 'text_content' = any (%(given)s) then %(text_content)s else text_content end,
    attachments = case when 'attachments' = any (%(given)s) then %(attachments)s else attachments end,
    sender_email = case when 'sender_email' = any (%(given)s) then %(sender_email)s else sender_email end,
    sender_name = case when 'sender_name' = any (%(given)s) then %(sender_name)s else sender_name end,
    reply_to = case when 'reply_to' = any (%(given)s) then %(reply_to)s else reply_to end,
    slots = case when 'slots' = any (%(given)s) then %(slots)s else slots end

-- part: sms_changes
sms_content = case when 'sms_content' = any (%(given)s) then %(sms_content)s else sms_content end,
    sender_number = case when 'sender_number' = any (%(given)s) then %(sender_number)s else sender_number end,
    message_type = case when 'message_type' = any (%(given)s) then %(message_type)s else message_type end,
    dlt_template_id = case when 'dlt_template_id' = any (%(given)s) then %(dlt_template_id)s else dlt_template_id end,
    slots = case when 'slots' = any (%(given)s) then %(slots)s else slots end

-- name: create_draft
-- Stores a draft. Content that the request omits was already taken from its template.
insert into public.email_campaigns (campaign_id, {email_fields}, template_id, created_by_user_id)
values (%(campaign_id)s, {email_values}, %(template_id)s, (select ddp.active_user_id()))
returning *;

-- name: campaign_is_visible
-- Whether the caller created the campaign or takes part in it.
select 1 as visible from public.campaigns where campaign_id = %(campaign_id)s;

-- name: list_own
-- A page of the caller's e-mails.
select {email_summary} from public.email_campaigns
where created_by_user_id = (select ddp.active_user_id())
    and (%(is_requested)s::boolean is null or (requested_at is not null) = %(is_requested)s)
    and (%(at)s::timestamptz is null or (created_at, email_campaign_id) < (%(at)s, %(id)s))
order by created_at desc, email_campaign_id desc
limit %(limit)s;

-- name: list_of_campaign
-- A page of the e-mails of a campaign that the caller may see.
select {email_summary} from public.email_campaigns
where campaign_id = %(campaign_id)s
    and (%(is_requested)s::boolean is null or (requested_at is not null) = %(is_requested)s)
    and (%(at)s::timestamptz is null or (created_at, email_campaign_id) < (%(at)s, %(id)s))
order by created_at desc, email_campaign_id desc
limit %(limit)s;

-- name: get
-- One e-mail with its content.
select * from public.email_campaigns where email_campaign_id = %(channel_campaign_id)s;

-- name: update_draft
-- Changes only the columns named in `given`.
update public.email_campaigns set {email_changes}
where email_campaign_id = %(channel_campaign_id)s
returning *;

-- name: delete_draft
-- Deletes a draft of the caller.
delete from public.email_campaigns where email_campaign_id = %(channel_campaign_id)s returning email_campaign_id;

-- name: audience_size
-- How many users the campaign's target audience has now.
select public.audience_size(%(campaign_id)s) as recipients;

-- name: group_size
-- How many recipients of an earlier e-mail are in a group now, and what is doubtful about it.
select public.email_group_size(%(earlier_id)s, %(who)s) as size;

-- name: slots
-- The slots of an e-mail's template, with their values.
select ddp.email_slots(%(channel_campaign_id)s) as slots;

-- name: file_size
-- The size of a file of recipients.
select file_size from public.files
where file_id = %(file_id)s and created_by_user_id = (select ddp.active_user_id()) and deleted_at is null;
