-- requires: functions/active_user.sql, functions/kits_of_caller.sql
-- Seen by the creator, by administrators, and while active by the retailers in the creator's campaigns: of a campaign whose kit
-- has templates, only these. The content
-- of a template never changes: a new version is a new row with parent_template_id (triggers/messages.sql).

revoke all on public.templates from public, anon, authenticated, service_role;
grant
    select,
    insert (
        template_name, template_type, template_content, requires, slots, is_locked, created_by_user_id, is_active,
        parent_template_id
    ),
    update (template_name, requires, slots, is_locked, is_active)
    on public.templates to authenticated;
grant select, insert, update, delete on public.templates to service_role;

drop policy if exists read on public.templates;
create policy read on public.templates for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id())
    or (select ddp.active_admin_id()) is not null
    or is_active
    and (
        created_by_user_id = any ((select ddp.brands_shown_to_caller())::uuid[])
        or template_id = any ((select ddp.kit_templates_of_caller())::uuid[])
    )
);
drop policy if exists add on public.templates;
create policy add on public.templates for insert to authenticated with check (
    created_by_user_id = (select ddp.active_editor_id())
);
drop policy if exists change on public.templates;
create policy change on public.templates for update to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);  -- checked for the new row too
drop policy if exists workers on public.templates;
create policy workers on public.templates to service_role using (true) with check (true);
