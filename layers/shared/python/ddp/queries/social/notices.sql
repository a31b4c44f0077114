-- name: list_own
-- A page of the caller's notices, the latest first.
select notice_id, cause, subject_type, subject_id, day, count, detail, created_at, updated_at, read_at
from public.notices
where user_id = (select ddp.active_user_id())
    and (%(is_unread)s::boolean is null or (read_at is null) = %(is_unread)s)
    and (%(at)s::timestamptz is null or (updated_at, notice_id) < (%(at)s, %(id)s))
order by updated_at desc, notice_id desc
limit %(limit)s;

-- name: unread
-- How many of the caller's notices nobody has read: the entries of an index of those alone.
select count(*) from public.notices where user_id = (select ddp.active_user_id()) and read_at is null;

-- name: add
-- Adds notices, or counts up those of the same account, cause, subject and day.
select ddp.add_notices(%(notices)s::jsonb);

-- name: read
-- Marks own notices as read.
select public.read_notices(%(notice_ids)s::uuid[]);
