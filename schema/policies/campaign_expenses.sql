-- requires: functions/active_user.sql, policies/campaigns.sql
-- Seen by the campaign's creator and administrators; participants see the sum on the campaign. Rows are only added.

revoke all on public.campaign_expenses from public, anon, authenticated, service_role;
grant select on public.campaign_expenses to authenticated;
grant select, insert on public.campaign_expenses to service_role;

drop policy if exists read on public.campaign_expenses;
create policy read on public.campaign_expenses for select to authenticated using (
    (select ddp.active_admin_id()) is not null
    or exists (
        select from public.campaigns c
        where c.campaign_id = campaign_expenses.campaign_id
            and c.created_by_user_id = (select ddp.active_user_id())
    )
);
drop policy if exists workers on public.campaign_expenses;
create policy workers on public.campaign_expenses to service_role using (true) with check (true);
