-- name: add
-- Adds notices, or counts up those of the same account, cause, subject and day.
select ddp.add_notices(%(notices)s::jsonb);

-- name: read
-- Marks own notices as read.
select public.read_notices(%(notice_ids)s::uuid[]);
