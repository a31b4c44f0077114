-- requires: functions/active_user.sql
-- Seen by the account's owner, by the creator of the campaign that it belongs to, and by administrators; the campaign's
-- creator sees no drafts, nor what was discarded as one. Written through functions; triggers/messages.sql keeps the two
-- owners on the row.

revoke all on public.social_posts from public, anon, authenticated, service_role;
grant select on public.social_posts to authenticated;
grant select, insert, update, delete on public.social_posts to service_role;

drop policy if exists read on public.social_posts;
create policy read on public.social_posts for select to authenticated using (
    case (select ddp.reader_id())
        when created_by_user_id then true
        when campaign_owner_id then status <> 'draft' and (status <> 'cancelled' or scheduled_at is not null)
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.social_posts;
create policy workers on public.social_posts to service_role using (true) with check (true);
