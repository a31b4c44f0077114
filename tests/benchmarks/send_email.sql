-- name: seed
with sender as (
    insert into public.users (user_email, user_name, user_type, is_active)
    values (gen_random_uuid() || '@sender.example', 'Sender', 'retailer', true) returning user_id
), campaign as (
    insert into public.campaigns (campaign_name, campaign_status, created_by_user_id)
    select 'Spring', 'active', user_id from sender returning *
), message as (
    insert into public.email_campaigns
        (campaign_id, email_subject, email_content, sender_email, created_by_user_id, requested_at)
    select campaign_id, 'Hello', '<p>Hello</p>', 'shop@sender.example', created_by_user_id, now() from campaign
    returning *
), plan as (
    insert into public.send_plans (
        campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, audience, scheduled_at,
        prepared_html, prepared_text, queued_at, planned_at
    )
    select campaign_id, email_campaign_id, created_by_user_id, email_subject, email_content, sender_email,
        '{"source": "list", "recipients": []}', now(), email_content, 'Hello', now(), now()
    from message
    returning *
), sends as (
    insert into public.email_sends (
        email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, chunk_no, not_before,
        template_data
    )
    select p.email_campaign_id, p.created_by_user_id, n || '@example.com', 'Recipient ' || n, sha256(n::text::bytea),
        (n - 1) / 500 + 1, now(), jsonb_build_object('city', 'City ' || n)
    from plan p, generate_series(1, %(recipients)s) n
), chunks as (
    insert into ddp.send_chunks (send_plan_id, chunk_no, channel, sender_user_id, due_at)
    select p.send_plan_id, n, 'email', p.created_by_user_id, now()
    from plan p, generate_series(1, (%(recipients)s - 1) / 500 + 1) n
)
select send_plan_id, email_campaign_id from plan

-- name: rate
insert into ddp.rate_buckets (bucket, per_second, tokens, quota_at)
values ('email', 1000000000, 1000000000, now() + interval '1 day')
on conflict (bucket) do update
set per_second = excluded.per_second, tokens = excluded.tokens, quota_at = excluded.quota_at

-- name: pause_others
with changed as (
    update public.send_plans set paused_at = case when send_plan_id = any (%(send_plan_ids)s) then null else now() end
    returning send_plan_id
)
select ddp.call_chunks(array_agg(send_plan_id)) from changed where send_plan_id = any (%(send_plan_ids)s)

-- name: claim
update public.email_sends s set status = 'sending'
where s.email_send_id in (
    select p.email_send_id
    from public.email_sends p
    where p.email_campaign_id = %(email_campaign_id)s and p.chunk_no = %(chunk_no)s and p.status = 'pending'
        and p.not_before <= now()
    order by p.not_before
    limit 500
    for update skip locked
)
returning s.email_send_id, s.recipient_email, s.recipient_name, s.recipient_hash, s.template_data

-- name: mark
update public.email_sends s set status = 'sent', sent_at = now(), provider_message_id = m.message_id
from unnest(%(ids)s::uuid[], %(message_ids)s::text[]) m (email_send_id, message_id)
where s.email_send_id = m.email_send_id
