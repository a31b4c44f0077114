-- E-mail and SMS that retailers send in campaigns, with the funnel of delivery, opening and clicking.

-- name: email_campaigns
insert into public.email_campaigns
    (email_campaign_id, campaign_id, email_subject, email_content, sender_email, sender_name, created_at, sent_at,
     total_recipients, created_by_user_id, template_id, requested_at)
select md5('email/' || n)::uuid, campaign_id, 'New at ' || user_name, '<p>Come and see the new models.</p>',
    user_email, user_name, sent_at - interval '2 days', sent_at, %(recipients)s, retailer_id, template_id,
    sent_at - interval '1 day'
from (
    select row_number() over (order by p.joined_at, p.campaign_id, p.retailer_id) as n, p.campaign_id, p.retailer_id,
        u.user_name, u.user_email, least(c.start_date + interval '5 days', %(until)s::timestamptz - interval '5 days')
            as sent_at,
        (select t.template_id from public.templates t
         where t.created_by_user_id = c.created_by_user_id and t.template_type = 'email' and t.created_at < c.start_date
         order by t.created_at desc limit 1) as template_id
    from public.campaign_participants p
    join public.campaigns c on c.campaign_id = p.campaign_id
    join public.users u on u.user_id = p.retailer_id
) numbered
where n <= %(email_campaigns)s;

-- name: email_sends
insert into public.email_sends
    (email_send_id, email_campaign_id, recipient_email, recipient_name, sent_at, delivered_at, opened_at, clicked_at,
     bounced_at, status, bounce_reason, created_by_user_id)
select pg_temp.id('email send', (n - 1) * %(recipients)s + k), e.email_campaign_id,
    'customer' || k || '.' || left(e.created_by_user_id::text, 8) || '@seed.example', 'Customer ' || k, e.sent_at,
    case when luck >= 0.03 then e.sent_at + interval '4 seconds' end,
    case when luck >= 0.55 then e.sent_at + luck * interval '30 hours' end,
    case when luck >= 0.88 then e.sent_at + luck * interval '31 hours' end,
    case when luck < 0.02 then e.sent_at + interval '6 seconds' end,
    (case when luck < 0.02 then 'bounced' when luck < 0.03 then 'failed' when luck < 0.55 then 'delivered'
        when luck < 0.88 then 'opened' else 'clicked' end)::public.email_send_status,
    case when luck < 0.02 then 'The mailbox does not exist.' end, e.created_by_user_id
from generate_series(1, %(email_campaigns)s) n
join public.email_campaigns e on e.email_campaign_id = md5('email/' || n)::uuid
cross join generate_series(1, %(recipients)s) k
cross join lateral (select pg_temp.chance((n - 1) * %(recipients)s + k, 'email luck') as luck) as draw;

-- name: sms_campaigns
insert into public.sms_campaigns
    (sms_campaign_id, campaign_id, sms_content, sender_number, created_at, sent_at, total_recipients, created_by_user_id,
     template_id, requested_at)
select md5('sms/' || n)::uuid, campaign_id, 'New models are in. Reply STOP to end.', '+1202555' || 1000 + n %% 9000,
    sent_at - interval '2 days', sent_at, %(recipients)s, retailer_id, template_id, sent_at - interval '1 day'
from (
    select row_number() over (order by p.joined_at desc, p.campaign_id, p.retailer_id) as n, p.campaign_id, p.retailer_id,
        least(c.start_date + interval '8 days', %(until)s::timestamptz - interval '2 days') as sent_at,
        (select t.template_id from public.templates t
         where t.created_by_user_id = c.created_by_user_id and t.template_type = 'sms' and t.created_at < c.start_date
         order by t.created_at desc limit 1) as template_id
    from public.campaign_participants p
    join public.campaigns c on c.campaign_id = p.campaign_id
) numbered
where n <= %(sms_campaigns)s;

-- name: sms_sends
insert into public.sms_sends
    (sms_send_id, sms_campaign_id, recipient_phone, recipient_name, sent_at, delivered_at, status, failure_reason,
     created_by_user_id)
select pg_temp.id('sms send', (n - 1) * %(recipients)s + k), s.sms_campaign_id, '+1202' || 2000000 + k, 'Customer ' || k,
    s.sent_at, case when luck >= 0.06 then s.sent_at + interval '9 seconds' end,
    (case when luck < 0.04 then 'failed' when luck < 0.06 then 'sent' else 'delivered' end)::public.sms_send_status,
    case when luck < 0.04 then 'The number is not in service.' end, s.created_by_user_id
from generate_series(1, %(sms_campaigns)s) n
join public.sms_campaigns s on s.sms_campaign_id = md5('sms/' || n)::uuid
cross join generate_series(1, %(recipients)s) k
cross join lateral (select pg_temp.chance((n - 1) * %(recipients)s + k, 'sms luck') as luck) as draw;

-- name: send_plans
insert into public.send_plans
    (send_plan_id, campaign_id, email_campaign_id, sms_campaign_id, created_by_user_id, subject, content, sender,
     sender_name, template_id, template_version, audience, scheduled_at, created_at, queued_at, planned_at)
select md5('plan/' || coalesce(m.email_campaign_id, m.sms_campaign_id))::uuid, m.campaign_id, m.email_campaign_id,
    m.sms_campaign_id, m.created_by_user_id, m.subject, m.content, m.sender, m.sender_name, m.template_id, t.version,
    '{"source": "list", "recipients": []}', m.sent_at, m.requested_at, m.requested_at, m.requested_at
from (
    select campaign_id, email_campaign_id, null::uuid as sms_campaign_id, created_by_user_id, email_subject as subject,
        email_content as content, sender_email as sender, sender_name, template_id, sent_at, requested_at
    from public.email_campaigns
    union all
    select campaign_id, null, sms_campaign_id, created_by_user_id, null, sms_content, sender_number, null, template_id,
        sent_at, requested_at
    from public.sms_campaigns
) m
left join public.templates t on t.template_id = m.template_id
where m.requested_at is not null;
