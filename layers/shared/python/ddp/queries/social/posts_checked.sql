-- What is needed to say what is wrong with posts, before they are stored or scheduled.

-- name: accounts
-- Own accounts.
select account_id, user_id, platform, account_handle, account_name, account_kind, status, status_reason, time_zone,
    metadata -> 'is_premium' = 'true' as is_premium,
    exists (select from public.social_slots s where s.account_id = a.account_id) as has_slots
from public.social_accounts a
where account_id = any (%(account_ids)s::uuid[]) and user_id = (select ddp.active_user_id());

-- name: files
-- Files that the caller sees; owners see theirs in the trash too. Of brand assets, until when they may be used, and the asset
-- whose licence the caller's account has not accepted.
select f.file_id, f.file_name, f.content_type, f.file_size, f.image_width, f.image_height, f.thumbnail_widths, f.metadata,
    f.deleted_at is null as is_available, a.available_until as ends_at,
    case
        when a.licence_version is not null and a.created_by_user_id <> (select ddp.active_user_id()) and not exists (
            select from public.licence_acceptances l
            where l.asset_id = a.asset_id and l.account_id = (select ddp.active_user_id())
                and l.licence_version = a.licence_version
        ) then a.asset_id
    end as unlicensed_asset_id
from public.files f
left join public.brand_assets a on a.file_id = f.file_id and a.unpublished_at is null
where f.file_id = any (%(file_ids)s::uuid[]);

-- name: written
-- Posts that the caller may change, as they are, with their accounts.
select p.post_id, p.account_id, p.campaign_id, p.group_id, p.created_by_user_id, p.status, p.revision, p.post_content, p.title,
    p.post_type, p.options, p.scheduled_at, p.local_time, p.time_zone, a.user_id, a.platform, a.account_handle, a.account_name,
    a.account_kind, a.status as account_status, a.status_reason, a.time_zone as account_time_zone,
    a.metadata -> 'is_premium' = 'true' as is_premium,
    exists (select from public.social_slots s where s.account_id = a.account_id) as has_slots, t.content as first_comment,
    t.status as comment_status, p.is_composed,
    case when p.template_id is not null then ddp.social_template(p.post_id) end as template,
    (
        select coalesce(jsonb_agg(jsonb_build_object('file_id', m.file_id, 'alt_text', m.alt_text) order by m.position), '[]')
        from public.social_post_media m where m.post_id = p.post_id
    ) as media
from public.social_posts p
join public.social_accounts a on a.account_id = p.account_id
left join public.social_post_parts t on t.post_id = p.post_id and t.part_no = 1
where (p.post_id = any (%(post_ids)s::uuid[]) or p.group_id = %(group_id)s)
    and (p.created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null)
order by p.created_at, p.post_id;

-- name: same_texts
-- Accounts that have, or had, a post with the same text within a day.
select distinct g.account_id
from jsonb_to_recordset(%(given)s::jsonb) g (account_id uuid, content text, at timestamptz)
join public.social_posts p on p.account_id = g.account_id and p.post_content = g.content
where p.status not in ('draft', 'cancelled', 'failed', 'missed') and p.post_id <> all (%(except)s::uuid[])
    and coalesce(p.published_at, p.scheduled_at) > g.at - interval '24 hours'
    and coalesce(p.published_at, p.scheduled_at) < g.at + interval '24 hours';

-- name: quotas_used
-- What is used of quotas of platforms, and how much there is.
select quota, owner_id, used, cap from ddp.social_quotas_used(%(quotas)s::jsonb);

-- name: blackouts
-- Which posts (campaign_id and at) go out while the brand lets this account post nothing, by their place from 1.
select place, reason, ends_at from ddp.blackouts_of_caller(%(asked)s::jsonb);

-- name: slots_given
-- The slots of a template that the caller sees, with these values.
select ddp.slots_given(%(template_id)s, %(slots)s::jsonb) as slots;

-- name: template_with
-- The template of an own post, with other values of its slots.
select ddp.social_template(%(post_id)s, %(slots)s::jsonb) as template;

-- name: campaign_is_visible
-- Whether the caller sees a campaign.
select from public.campaigns where campaign_id = %(campaign_id)s;
