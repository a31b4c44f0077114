-- Drafts, and what their senders do with them. Row level security decides what is visible; functions write the rest.

-- name: create_draft
-- From the template where nothing else is given; a template that is not seen leaves both null.
insert into public.email_campaigns (
    campaign_id, email_subject, email_content, text_content, attachments, sender_email, sender_name, template_id,
    created_by_user_id
) values (
    %(campaign_id)s, %(email_subject)s, %(email_content)s, %(text_content)s, %(attachments)s, %(sender_email)s,
    %(sender_name)s, %(template_id)s, (select auth.uid())
)
returning *;

-- name: campaign_is_visible
select 1 as visible from public.campaigns where campaign_id = %(campaign_id)s;

-- name: list_own
select * from public.email_campaigns
where created_by_user_id = (select auth.uid())
    and (%(at)s::timestamptz is null or (created_at, email_campaign_id) < (%(at)s, %(id)s))
order by created_at desc, email_campaign_id desc
limit %(limit)s;

-- name: list_of_campaign
select * from public.email_campaigns
where campaign_id = %(campaign_id)s
    and (%(at)s::timestamptz is null or (created_at, email_campaign_id) < (%(at)s, %(id)s))
order by created_at desc, email_campaign_id desc
limit %(limit)s;

-- name: get
select * from public.email_campaigns where email_campaign_id = %(email_campaign_id)s;

-- name: update_draft
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
delete from public.email_campaigns where email_campaign_id = %(email_campaign_id)s returning email_campaign_id;

-- name: attachments_found
select count(*) as files, coalesce(sum(file_size), 0)::bigint as bytes
from public.files
where file_id = any (%(attachments)s) and created_by_user_id = (select auth.uid()) and deleted_at is null;

-- name: sender_is_verified
select public.may_send_from(%(sender_email)s) as is_verified;

-- name: participants_of_campaign
select count(*) as recipients from public.campaign_participants where campaign_id = %(campaign_id)s;

-- name: file_size
select file_size from public.files
where file_id = %(file_id)s and created_by_user_id = (select auth.uid()) and deleted_at is null;

-- name: send
select public.send_email_campaign(%(email_campaign_id)s, %(audience)s, %(scheduled_at)s, %(options)s) as send_plan_id;

-- name: plan
select send_plan_id, scheduled_at, audience ->> 'source' as source, scheduled_at <= now() as is_due
from public.send_plans where send_plan_id = %(send_plan_id)s;

-- name: request_test_sends
select * from public.request_test_sends(%(email_campaign_id)s, %(recipients)s, %(template_data)s);

-- name: list_test_sends
select * from public.email_test_sends
where email_campaign_id = %(email_campaign_id)s
order by created_at desc, email_test_send_id desc
limit 50;

-- name: pause
select public.pause_email_campaign(%(email_campaign_id)s) as outcome;

-- name: resume
select public.resume_email_campaign(%(email_campaign_id)s) as outcome;

-- name: cancel
select public.cancel_email_campaign(%(email_campaign_id)s) as outcome;

-- name: retry
select public.retry_email_sends(%(email_campaign_id)s, %(failure_codes)s) as outcome;

-- name: settle
select public.settle_unknown_sends(%(email_campaign_id)s, %(action)s, %(email_send_ids)s) as outcome;

-- name: progress
select public.email_campaign_progress(%(email_campaign_id)s) as outcome;

-- name: list_sends
select * from public.list_email_sends(%(email_campaign_id)s, %(status)s, %(address)s, %(after)s, %(limit)s);

-- name: request_export
select * from public.request_send_export(%(email_campaign_id)s, %(kind)s, %(statuses)s);

-- name: list_exports
select x.* from public.send_exports x
join public.send_plans p on p.send_plan_id = x.send_plan_id
where p.email_campaign_id = %(email_campaign_id)s
order by x.created_at desc, x.send_export_id desc
limit 50;

-- name: get_export
select x.* from public.send_exports x
join public.send_plans p on p.send_plan_id = x.send_plan_id
where p.email_campaign_id = %(email_campaign_id)s and x.send_export_id = %(send_export_id)s;
