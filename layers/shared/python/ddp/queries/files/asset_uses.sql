-- Which e-mails and posts use brand assets that end. Attachments are the publisher's own files; posts are of all who see the
-- file. Row level security decides what the caller sees of them.

-- name: uses
-- Drafts, open sends and posts that are not out yet, at most 3 of each kind for each file.
with asked as materialized (
    select a.file_id, a.created_by_user_id
    from public.brand_assets a
    where a.file_id = any (%(file_ids)s::uuid[]) and a.unpublished_at is null
), owners as (
    select array(select distinct k.created_by_user_id from asked k) as ids
), drafts as (
    select e.email_campaign_id, e.email_subject, e.created_by_user_id, x.file_id
    from public.email_campaigns e
    cross join lateral (select v.id::uuid as file_id from jsonb_array_elements_text(e.attachments) v (id)) x
    where e.created_by_user_id = any ((select o.ids from owners o)::uuid[])
        and e.requested_at is null and e.attachments <> '[]'
), sends as (
    select p.send_plan_id, p.subject, p.scheduled_at, p.created_by_user_id, (x.file ->> 'file_id')::uuid as file_id
    from public.send_plans p
    cross join lateral jsonb_array_elements(p.attachments) x (file)
    where p.created_by_user_id = any ((select o.ids from owners o)::uuid[])
        and p.attachments <> '[]' and p.completed_at is null and p.cancelled_at is null and p.failed_at is null
)
select k.file_id, u.kind, u.id, u.name, u.status, u.goes_at, u.created_by_user_id
from asked k
cross join lateral (
    (
        select 'email_campaign' as kind, d.email_campaign_id as id, left(d.email_subject, 40) as name, 'draft' as status,
            null::timestamptz as goes_at, d.created_by_user_id
        from drafts d where d.file_id = k.file_id
        order by d.email_campaign_id
        limit 3
    )
    union all
    (
        select 'send', s.send_plan_id, left(s.subject, 40), 'requested', s.scheduled_at, s.created_by_user_id
        from sends s where s.file_id = k.file_id
        order by s.scheduled_at, s.send_plan_id
        limit 3
    )
    union all
    (
        select 'social_post', p.post_id, left(coalesce(p.title, p.post_content, ''), 40), p.status::text, p.scheduled_at,
            p.created_by_user_id
        from public.social_post_media m
        join public.social_posts p on p.post_id = m.post_id
        where m.file_id = k.file_id and p.status in ('draft', 'scheduled', 'claimed', 'preparing', 'ready')
        order by p.scheduled_at nulls last, p.post_id
        limit 3
    )
) u
order by k.file_id, u.goes_at nulls last, u.id;

-- name: ending_files
-- Of these files, the published assets that have an end.
select a.asset_name, a.available_until
from public.brand_assets a
where a.file_id = any (%(file_ids)s::uuid[]) and a.unpublished_at is null and a.available_until is not null
order by a.available_until, a.asset_id;

-- name: ending_files_of_plan
-- The attachments of a plan that end before its last message may have gone.
select a.asset_name, a.available_until
from public.send_plans p
cross join lateral jsonb_array_elements(p.attachments) x (file)
join public.brand_assets a on a.file_id = (x.file ->> 'file_id')::uuid
where p.send_plan_id = %(send_plan_id)s and a.unpublished_at is null
    and a.available_until <= p.scheduled_at + coalesce(p.spread_over, interval '0') + p.max_lateness
order by a.available_until, a.asset_id;
