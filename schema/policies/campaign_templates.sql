-- requires: functions/active_user.sql, policies/template_retailer_usage.sql
-- Seen by the brand whose template it is, by the retailers that have used it, and by administrators. Written by
-- refreshes and workers.

revoke all on public.campaign_templates from public, anon, authenticated, service_role;
grant select on public.campaign_templates to authenticated;
grant select, insert, update, delete on public.campaign_templates to service_role;

drop policy if exists read on public.campaign_templates;
create policy read on public.campaign_templates for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id())
    or (select ddp.active_admin_id()) is not null
    or exists (
        select from public.template_retailer_usage u
        where u.template_id = campaign_templates.template_id and u.retailer_id = (select ddp.active_user_id())
    )
);
drop policy if exists workers on public.campaign_templates;
create policy workers on public.campaign_templates to service_role using (true) with check (true);
