-- name: people
insert into public.users (user_id, user_email, user_name, user_type, is_active)
values (%(user)s, 'brand@example.com', 'Brand', 'brand', true);

-- name: campaign
insert into public.campaigns (campaign_id, campaign_name, campaign_status, created_by_user_id)
values (%(user)s, 'Spring', 'active', %(user)s);

-- name: message
insert into public.email_campaigns
    (email_campaign_id, campaign_id, email_subject, email_content, sender_email, created_by_user_id)
values (%(user)s, %(user)s, 'Hello', '<p>Hello {{ name }}</p>', 'shop@example.com', %(user)s);

-- name: file
insert into public.files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, content_sha256)
values (%(user)s, 'list.csv', 'other', %(size)s, 'files/' || %(user)s, %(user)s, %(sha256)s);

-- name: plan
insert into public.send_plans
    (send_plan_id, campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, audience, scheduled_at)
values (%(user)s, %(user)s, %(user)s, %(user)s, 'Hello', '<p>Hello {{ name }}</p>', 'shop@example.com',
    jsonb_build_object('source', 'file', 'file_id', %(user)s::text, 'content_sha256', encode(%(sha256)s, 'hex')), now());

-- name: staging
create temporary table staging (email text, name text, city text, order_number text);

-- name: copy
copy staging from stdin with (format csv, header);

-- name: insert_all
insert into public.email_sends (
    email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, template_data, chunk_no,
    not_before
)
select %(user)s, %(user)s, s.email, s.name, sha256(s.email::bytea),
    jsonb_build_object('city', s.city, 'order_number', s.order_number), 1 + (row_number() over () - 1) / 500, now()
from staging s;

-- name: recipients
select count(*) as recipients from public.email_sends;

-- name: planned
select planned_at is not null as planned from public.send_plans;
