-- requires: functions/active_user.sql, policies/social_posts.sql
-- Seen by users who see the post. Measured by workers.

revoke all on public.social_engagement from public, anon, authenticated, service_role;
grant select on public.social_engagement to authenticated;
grant select, insert, update, delete on public.social_engagement to service_role;

drop policy if exists read on public.social_engagement;
create policy read on public.social_engagement for select to authenticated using (
    (select ddp.active_admin_id()) is not null
    or exists (select from public.social_posts p where p.post_id = social_engagement.post_id)  -- as the caller sees it
);
drop policy if exists workers on public.social_engagement;
create policy workers on public.social_engagement to service_role using (true) with check (true);
