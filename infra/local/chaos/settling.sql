-- What waits for a worker.

-- name: waiting
-- Sends that go on, messages that a worker holds, and posts that are due; not what waits for a person or a platform's quota.
select
    (select count(*) from public.send_plans p where ddp.plan_state(p) in ('planning', 'sending')) as sends,
    (select count(*) from public.email_sends s where s.status = 'sending') as emails,
    (select count(*) from public.sms_sends s where s.status = 'sending') as texts,
    (
        select count(*) from public.social_posts p
        where (
                p.status in ('claimed', 'preparing', 'ready', 'publishing')
                or p.status = 'scheduled' and p.scheduled_at <= now()
            )
            and not exists (
                select from ddp.social_work w where w.post_id = p.post_id and w.due_at > now() + interval '2 minutes'
            )
    ) as posts
