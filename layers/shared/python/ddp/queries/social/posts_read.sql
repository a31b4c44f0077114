-- Posts as people read them. Row level security decides what is visible; the explicit filters let the planner use an index.
-- Lists continue after the cursor (at, id), earliest first; limit is one row more than a page, to detect a next page.

-- part: summary
post_id, group_id, account_id, campaign_id, created_by_user_id, status, post_type, left(post_content, 160) as excerpt, title,
    scheduled_at, local_time, time_zone, published_at, permalink, error_code, error_reason,
    jsonb_array_length(problems) as problem_count, revision, created_at,
    coalesce(scheduled_at, published_at, created_at) as calendar_at

-- part: with_calendar
(select c.*, coalesce(c.scheduled_at, c.published_at, c.created_at) as calendar_at from public.social_posts c) p

-- part: faced
select p.*, f.platform, f.account_handle, f.account_name
from page p
left join ddp.social_faces(array(select distinct q.account_id from page q)) f on f.account_id = p.account_id

-- part: page_summary
post_id, group_id, account_id, campaign_id, created_by_user_id, status, post_type, left(post_content, 160) as excerpt, title,
        scheduled_at, local_time, time_zone, published_at, permalink, error_code, error_reason,
        jsonb_array_length(problems) as problem_count, revision, created_at, calendar_at

-- name: list_own
-- The calendar: posts through the caller's accounts, by the time at which they go or went out; drafts by when they were made.
with page as materialized (
    select {page_summary}
    from {with_calendar}
    where created_by_user_id = (select ddp.active_user_id())
        and (%(account_id)s::uuid is null or account_id = %(account_id)s)
        and (%(status)s::public.social_post_status is null or status = %(status)s)
        and (
            %(platform)s::public.social_platform is null
            or account_id in (select a.account_id from public.social_accounts a where a.platform = %(platform)s)
        )
        and (%(at)s::timestamptz is null or (calendar_at, post_id) > (%(at)s, %(id)s))
    order by calendar_at asc, post_id asc
    limit %(limit)s
)
{faced}
order by p.calendar_at asc, p.post_id asc;

-- name: list_of_campaign
-- As list_own, of all posts of one campaign that the caller may see.
with page as materialized (
    select {page_summary}
    from {with_calendar}
    where campaign_id = %(campaign_id)s
        and (%(account_id)s::uuid is null or account_id = %(account_id)s)
        and (%(status)s::public.social_post_status is null or status = %(status)s)
        and (
            %(platform)s::public.social_platform is null
            or account_id in (
                select s.account_id
                from ddp.social_faces(array(
                    select distinct o.account_id from public.social_posts o where o.campaign_id = %(campaign_id)s
                )) s
                where s.platform = %(platform)s
            )
        )
        and (%(at)s::timestamptz is null or (calendar_at, post_id) > (%(at)s, %(id)s))
    order by calendar_at asc, post_id asc
    limit %(limit)s
)
{faced}
order by p.calendar_at asc, p.post_id asc;

-- name: summaries
-- Posts by id, as lists have them.
with page as materialized (
    select {summary} from public.social_posts where post_id = any (%(post_ids)s::uuid[])
)
{faced}
order by array_position(%(post_ids)s::uuid[], p.post_id);

-- name: of_group
-- The posts of a group that the caller may see, as lists have them.
with page as materialized (
    select {summary} from public.social_posts where group_id = %(group_id)s
)
{faced}
order by p.created_at asc, p.post_id asc;

-- name: get
-- One post with all that it says.
with page as materialized (
    select {summary}, post_content, options, problems, external_post_id, template_id, slots
    from public.social_posts where post_id = %(post_id)s
)
{faced};

-- name: parts
-- What of a post is published by a call of its own.
select part_no, content, status, external_id, permalink, error_code, error_reason, published_at
from public.social_post_parts
where post_id = %(post_id)s
order by part_no;

-- name: media
-- The media of posts, with what the caller sees of their files.
select m.post_id, m.position, m.file_id, m.alt_text, f.file_name, f.content_type, f.file_size, f.image_width, f.image_height,
    f.thumbnail_widths, f.metadata, f.file_id is not null and f.deleted_at is null as is_available
from public.social_post_media m
left join public.files f on f.file_id = m.file_id
where m.post_id = any (%(post_ids)s::uuid[])
order by m.post_id, m.position;

-- name: history
-- The calls that were made for a post, and the next step.
select ddp.social_post_history(%(post_id)s);
