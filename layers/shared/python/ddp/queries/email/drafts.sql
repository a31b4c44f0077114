-- Row level security decides what is visible, and triggers refuse to change a draft that is frozen.

-- part: summary
email_campaign_id, campaign_id, email_subject, sender_email, sender_name, template_id, created_by_user_id, created_at,
    requested_at, sent_at, total_recipients

-- name: create_draft
-- Stores a draft. Content that the request omits was already taken from its template.
insert into public.email_campaigns (
    campaign_id, email_subject, email_content, text_content, attachments, sender_email, sender_name, template_id,
    created_by_user_id
) values (
    %(campaign_id)s, %(email_subject)s, %(email_content)s, %(text_content)s, %(attachments)s, %(sender_email)s,
    %(sender_name)s, %(template_id)s, (select ddp.active_user_id())
)
returning *;

-- name: campaign_is_visible
-- Whether the caller created the campaign or takes part in it.
select 1 as visible from public.campaigns where campaign_id = %(campaign_id)s;

-- name: list_own
-- A page of the caller's e-mails.
select {summary} from public.email_campaigns
where created_by_user_id = (select ddp.active_user_id())
    and (%(at)s::timestamptz is null or (created_at, email_campaign_id) < (%(at)s, %(id)s))
order by created_at desc, email_campaign_id desc
limit %(limit)s;

-- name: list_of_campaign
-- A page of the e-mails of a campaign that the caller may see.
select {summary} from public.email_campaigns
where campaign_id = %(campaign_id)s
    and (%(at)s::timestamptz is null or (created_at, email_campaign_id) < (%(at)s, %(id)s))
order by created_at desc, email_campaign_id desc
limit %(limit)s;

-- name: get
-- One e-mail with its content.
select * from public.email_campaigns where email_campaign_id = %(email_campaign_id)s;

-- name: update_draft
-- Changes only the columns named in `given`.
update public.email_campaigns set
    email_subject = case when 'email_subject' = any (%(given)s) then %(email_subject)s else email_subject end,
    email_content = case when 'email_content' = any (%(given)s) then %(email_content)s else email_content end,
    text_content = case when 'text_content' = any (%(given)s) then %(text_content)s else text_content end,
    attachments = case when 'attachments' = any (%(given)s) then %(attachments)s else attachments end,
    sender_email = case when 'sender_email' = any (%(given)s) then %(sender_email)s else sender_email end,
    sender_name = case when 'sender_name' = any (%(given)s) then %(sender_name)s else sender_name end
where email_campaign_id = %(email_campaign_id)s
returning *;

-- name: delete_draft
-- Deletes a draft of the caller.
delete from public.email_campaigns where email_campaign_id = %(email_campaign_id)s returning email_campaign_id;

-- name: attachments_found
-- How many of these files may be attached, and their total size.
select count(*) as files, coalesce(sum(file_size), 0)::bigint as bytes
from public.files
where file_id = any (%(attachments)s) and created_by_user_id = (select ddp.active_user_id()) and deleted_at is null;

-- name: sender_is_verified
-- Whether the caller may send from an address.
select public.may_send_from(%(sender_email)s) as is_verified;

-- name: audience_size
-- How many users the campaign's target audience has now.
select public.audience_size(%(campaign_id)s) as recipients;

-- name: file_size
-- The size of a file of recipients.
select file_size from public.files
where file_id = %(file_id)s and created_by_user_id = (select ddp.active_user_id()) and deleted_at is null;
