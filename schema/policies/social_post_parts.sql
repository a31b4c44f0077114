-- requires: functions/active_user.sql, policies/social_posts.sql
-- Seen by users who see the post. Written through functions.

revoke all on public.social_post_parts from public, anon, authenticated, service_role;
grant select on public.social_post_parts to authenticated;
grant select, insert, update, delete on public.social_post_parts to service_role;

drop policy if exists read on public.social_post_parts;
create policy read on public.social_post_parts for select to authenticated using (
    exists (select from public.social_posts p where p.post_id = social_post_parts.post_id)  -- as the caller sees it
);
drop policy if exists workers on public.social_post_parts;
create policy workers on public.social_post_parts to service_role using (true) with check (true);
