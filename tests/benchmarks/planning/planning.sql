-- What stands before a plan, the plan, and the raw statements that it is compared with. Where the channels differ, parts.

-- name: people
insert into public.users (user_id, user_email, user_name, user_type, is_active)
values (%(user)s, 'brand@example.com', 'Brand', 'brand', true);

-- name: campaign
insert into public.campaigns (campaign_id, campaign_name, campaign_status, created_by_user_id)
values (%(user)s, 'Spring', 'active', %(user)s);

-- part: email_content_columns
email_subject, email_content, sender_email

-- part: email_content_values
'Hello', %(content)s, 'shop@example.com'

-- part: sms_content_columns
sms_content, sender_number

-- part: sms_content_values
%(content)s, 'auto'

-- name: message
insert into public.email_campaigns (email_campaign_id, campaign_id, created_by_user_id, {email_content_columns})
values (%(user)s, %(user)s, %(user)s, {email_content_values});

-- name: file
insert into public.files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, content_sha256)
values (%(user)s, 'list.csv', 'other', %(size)s, 'files/' || %(user)s, %(user)s, %(sha256)s);

-- part: email_plan_columns
subject, sender

-- part: email_plan_values
'Hello', 'shop@example.com'

-- part: sms_plan_columns
sender, consent, max_parts, starts_when_planned, message_type

-- part: sms_plan_values
'auto', 'declared', 4, true, 'promotional'

-- name: plan
insert into public.send_plans (
    send_plan_id, campaign_id, email_campaign_id, created_by_user_id, content, audience, scheduled_at, channel,
    {email_plan_columns}
)
values (%(user)s, %(user)s, %(user)s, %(user)s, %(content)s,
    jsonb_build_object('source', 'file', 'file_id', %(user)s::text, 'content_sha256', encode(%(sha256)s, 'hex')), now(),
    'email', {email_plan_values});

-- name: staging
create temporary table staging (address text, name text, city text, order_number text);

-- name: copy
copy staging from stdin with (format csv, header);

-- part: email_further_columns
not_before

-- part: email_further_values
now()

-- part: sms_further_columns
not_before, clock_id, bucket, units, price, encoding, country

-- part: sms_further_values
now(), 1, 'sms:FROM', 1, 0.00883, 'GSM', 'US'

-- name: insert_all
insert into public.email_sends (
    email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, template_data, chunk_no,
    {email_further_columns}
)
select %(user)s, %(user)s, s.address, s.name, sha256(s.address::bytea),
    jsonb_build_object('city', s.city, 'order_number', s.order_number), 1 + (row_number() over () - 1) / 500,
    {email_further_values}
from staging s;

-- name: recipients
select count(*) as recipients from public.email_sends;

-- name: email_platform
-- E-mail needs nothing more.
select;

-- name: sms_platform
-- What SMS come from and cost in each country, and a budget.
with budget as (
    insert into public.senders (user_id, channel, monthly_budget) select user_id, 'sms', 1e8 from public.users
), identities as (
    insert into public.origination_identities (
        identity, country, kind, message_type, status, parts_per_second, is_shared
    )
    select 'FROM', c.country, 'sender_id', 'promotional', 'active', 100, true
    from unnest(%(countries)s::text[]) c (country)
)
insert into public.sms_prices (country, kind, price_per_part, valid_from, source)
select c.country, 'sender_id', 0.00883, '2020-01-01', 'benchmark' from unnest(%(countries)s::text[]) c (country);

-- name: spread
-- The messages go over six hours.
update public.send_plans set spread_over = '6 hours';
