-- Row level security shows a request to the account that wants to send and to the campaign's creator.

-- part: request
approval_id, campaign_id, email_campaign_id, sms_campaign_id, post_id, created_by_user_id, campaign_owner_id, state,
    requested_at, reminded_at, decided_at, reason

-- part: excerpt
case
    when email_campaign_id is not null then (
        select left(e.email_subject, 160) from public.email_campaigns e where e.email_campaign_id = a.email_campaign_id
    )
    when sms_campaign_id is not null then (
        select left(s.sms_content, 160) from public.sms_campaigns s where s.sms_campaign_id = a.sms_campaign_id
    )
    else (select left(coalesce(p.title, p.post_content), 160) from public.social_posts p where p.post_id = a.post_id)
end as excerpt

-- name: request_approval
-- Asks for the approval of an own message or post; the open request if there is one.
select {request}, {excerpt} from public.request_approval(%(message_id)s) a;

-- name: list_to_decide
-- What the caller's campaigns are asked for, the oldest first.
select {request}, {excerpt} from public.approvals a
where campaign_owner_id = (select ddp.active_user_id())
    and (%(state)s::public.approval_state is null or state = %(state)s)
    and (%(campaign_id)s::uuid is null or campaign_id = %(campaign_id)s)
    and (%(at)s::timestamptz is null or (requested_at, approval_id) > (%(at)s, %(id)s))
order by requested_at asc, approval_id asc
limit %(limit)s;

-- name: list_own
-- What the caller has asked for, the oldest first.
select {request}, {excerpt} from public.approvals a
where created_by_user_id = (select ddp.active_user_id())
    and (%(state)s::public.approval_state is null or state = %(state)s)
    and (%(campaign_id)s::uuid is null or campaign_id = %(campaign_id)s)
    and (%(at)s::timestamptz is null or (requested_at, approval_id) > (%(at)s, %(id)s))
order by requested_at asc, approval_id asc
limit %(limit)s;

-- name: get
-- One request, with the content that it is about; null if that has changed since.
select {request}, {excerpt}, public.approval_content(a.approval_id) as content
from public.approvals a where approval_id = %(approval_id)s;

-- name: approve
-- The creator of the campaign approves.
select {request}, {excerpt} from public.approve(%(approval_id)s) a;

-- name: refuse
-- The creator of the campaign refuses, with a reason.
select {request}, {excerpt} from public.refuse_approval(%(approval_id)s, %(reason)s) a;

-- name: remind
-- Reminds the creator of the campaign, at most once a day.
select {request}, {excerpt} from public.remind_of_approval(%(approval_id)s) a;

-- part: times
count(*) filter (where state = 'waiting') as waiting,
    extract(epoch from now() - min(requested_at) filter (where state = 'waiting')) as oldest_waiting_seconds,
    count(*) filter (where state in ('approved', 'refused')) as decided,
    percentile_cont(0.5) within group (order by extract(epoch from decided_at - requested_at)) as median_seconds,
    percentile_cont(0.9) within group (order by extract(epoch from decided_at - requested_at)) as p90_seconds

-- name: times_to_decide
-- How long others waited for the caller, of requests of the last days.
select {times} from public.approvals
where campaign_owner_id = (select ddp.active_user_id()) and requested_at >= now() - make_interval(days => %(days)s);

-- name: times_own
-- How long the caller waited for brands, of requests of the last days.
select {times} from public.approvals
where created_by_user_id = (select ddp.active_user_id()) and requested_at >= now() - make_interval(days => %(days)s);
