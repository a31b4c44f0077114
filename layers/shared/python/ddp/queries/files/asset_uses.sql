-- Which e-mails and posts use brand assets that end. Attachments are the publisher's own files; posts, and e-mails that show a
-- hosted image, are of all who see the file. Row level security decides what the caller sees of them.

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
), readers as (
    select array(select distinct k.created_by_user_id from asked k) || (select ddp.active_user_id()) as ids
), showing_drafts as materialized (
    -- Of the newest thousand: each is read.
    select d.email_campaign_id, d.email_subject, d.created_by_user_id, x.file_id
    from (
        select e.email_campaign_id, e.email_subject, e.created_by_user_id, e.template_id, e as message
        from public.email_campaigns e
        where e.requested_at is null and exists (select from asked)
            and (
                e.created_by_user_id = any ((select r.ids from readers r)::uuid[])
                or e.campaign_owner_id = any ((select r.ids from readers r)::uuid[])
            )
        order by e.created_at desc
        limit 1000
    ) d
    cross join lateral unnest(ddp.image_files(
        ddp.text_of_email(
            d.message, case when d.template_id is not null then ddp.email_slots(d.email_campaign_id) -> 'values' end
        )
    )) x (file_id)
), showing_sends as materialized (
    select s.send_plan_id, s.subject, s.scheduled_at, s.created_by_user_id, x.file_id
    from (
        select p.* from public.send_plans p
        where p.created_by_user_id = any ((select r.ids from readers r)::uuid[]) and exists (select from asked)
            and p.completed_at is null and p.cancelled_at is null and p.failed_at is null
        order by p.scheduled_at desc
        limit 1000
    ) s
    join public.email_campaigns e on e.email_campaign_id = s.email_campaign_id
    cross join lateral unnest(ddp.image_files(ddp.text_of_email(e, s.slots))) x (file_id)
)
select k.file_id, u.kind, u.id, u.name, u.status, u.goes_at, u.created_by_user_id
from asked k
cross join lateral (
    (
        select 'email_campaign' as kind, d.email_campaign_id as id, left(d.email_subject, 40) as name, 'draft' as status,
            null::timestamptz as goes_at, d.created_by_user_id
        from (select d.* from drafts d union select i.* from showing_drafts i) d
        where d.file_id = k.file_id
        order by d.email_campaign_id
        limit 3
    )
    union all
    (
        select 'send', s.send_plan_id, left(s.subject, 40), 'requested', s.scheduled_at, s.created_by_user_id
        from (select s.* from sends s union select i.* from showing_sends i) s
        where s.file_id = k.file_id
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
-- What a plan attaches or shows and ends before its last message may have gone.
select a.asset_name, a.available_until
from public.send_plans p
left join public.email_campaigns e on e.email_campaign_id = p.email_campaign_id
join public.brand_assets a on a.file_id = any (
    array(select (x.file ->> 'file_id')::uuid from jsonb_array_elements(p.attachments) x (file))
    || ddp.image_files(ddp.text_of_email(e, p.slots))
)
where p.send_plan_id = %(send_plan_id)s and a.unpublished_at is null
    and a.available_until <= p.scheduled_at + coalesce(p.spread_over, interval '0') + p.max_lateness
order by a.available_until, a.asset_id;
