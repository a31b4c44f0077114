-- requires: functions/active_user.sql, policies/social_accounts.sql, policies/campaigns.sql
-- Seen by the account's owner, by the creator of the campaign that it belongs to, and by administrators. Written
-- through functions.

revoke all on public.social_posts from public, anon, authenticated, service_role;
grant select on public.social_posts to authenticated;
grant select, insert, update, delete on public.social_posts to service_role;

drop policy if exists read on public.social_posts;
create policy read on public.social_posts for select to authenticated using (
    (select ddp.active_admin_id()) is not null
    or exists (
        select from public.social_accounts a
        where a.account_id = social_posts.account_id and a.user_id = (select ddp.active_user_id())
        offset 0
    )
    or exists (
        select from public.campaigns c
        where c.campaign_id = social_posts.campaign_id
            and c.created_by_user_id = (select ddp.active_user_id())
        offset 0
    )
);
drop policy if exists workers on public.social_posts;
create policy workers on public.social_posts to service_role using (true) with check (true);
