-- name: create
-- Creates posts, one for each account.
select * from public.create_social_posts(%(group)s::jsonb, %(posts)s::jsonb);

-- name: change
-- Changes members of a draft or scheduled post.
select * from public.change_social_post(%(post_id)s, %(revision)s, %(changes)s::jsonb);

-- name: compose
-- Gives posts whose template is locked the texts that were composed from it.
select ddp.compose_social_posts(%(posts)s::jsonb);

-- name: schedule
-- Schedules posts.
select * from public.schedule_social_posts(%(post_ids)s::uuid[], %(at)s, %(local_time)s, %(time_zone)s);

-- name: unschedule
-- Makes scheduled posts drafts again.
select * from public.unschedule_social_posts(%(post_ids)s::uuid[]);

-- name: cancel
-- Cancels posts whose publication has not started.
select * from public.cancel_social_posts(%(post_ids)s::uuid[]);

-- name: publish
-- Publishes posts now.
select * from public.publish_social_posts(%(post_ids)s::uuid[]);

-- name: retry
-- Tries posts that failed or were missed again.
select * from public.retry_social_posts(%(post_ids)s::uuid[]);

-- name: settle
-- A person says what became of an unconfirmed post.
select * from public.settle_social_post(%(post_id)s, %(is_published)s, %(external_id)s, %(part_no)s);
