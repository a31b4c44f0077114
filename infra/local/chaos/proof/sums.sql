-- What the platform's own ledgers say at the end.

-- name: emails
-- E-mails: what became of each, whether the ledger says that the provider took it, and the state of its plan.
select
    s.email_send_id::text as send, s.status::text as status, s.accepted_attempts > 0 as is_accepted,
    s.not_before > now() as is_due_later, ddp.plan_state(p) as state
from public.email_sends s
join public.send_plans p on p.email_campaign_id = s.email_campaign_id;

-- name: texts
-- SMS in the same form.
select
    s.sms_send_id::text as send, s.status::text as status, s.accepted_attempts > 0 as is_accepted,
    s.not_before > now() as is_due_later, ddp.plan_state(p) as state
from public.sms_sends s
join public.send_plans p on p.sms_campaign_id = s.sms_campaign_id;

-- name: plans
-- Requested sends: the path of each in the API, its state, and how many recipients of the request are accounted for.
select
    '/' || p.channel::text || '-campaigns/' || coalesce(p.email_campaign_id, p.sms_campaign_id)::text as path,
    ddp.plan_state(p) as state, p.failure_code,
    (
        select count(*) from public.email_sends s where s.email_campaign_id = p.email_campaign_id
    ) + (
        select count(*) from public.sms_sends s where s.sms_campaign_id = p.sms_campaign_id
    ) + coalesce((
        select sum(b.duplicates + b.rejected) from ddp.send_plan_batches b where b.send_plan_id = p.send_plan_id
    ), 0) as recipients
from public.send_plans p;

-- name: posts
-- Posts: the mark in the text, the platform, what became of it, and whether it waits for later.
select
    substring(p.post_content from 'fire-[0-9a-f]+') as mark, a.platform::text as platform, p.status::text as status,
    exists (select from ddp.social_work w where w.post_id = p.post_id and w.due_at > now() + interval '2 minutes') as is_due_later
from public.social_posts p
join public.social_accounts a on a.account_id = p.account_id
where p.post_content ~ 'fire-';

-- name: live
-- Numbers while it burns.
select
    (select count(*) from public.email_sends s) + (select count(*) from public.sms_sends s) as recipients,
    (select count(*) from public.email_sends s where s.status not in ('pending', 'sending', 'unknown'))
    + (select count(*) from public.sms_sends s where s.status not in ('pending', 'sending', 'unknown')) as settled,
    (select count(*) from public.email_sends s where s.status = 'unknown')
    + (select count(*) from public.sms_sends s where s.status = 'unknown') as unknown
