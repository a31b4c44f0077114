-- requires: functions/active_user.sql
-- A catalogue: everyone signed in reads the active models; the owner and administrators read and write all of them.

revoke all on public.watch_models from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (
        model_name, collection_name, size, gender, material, mpn, is_active, metadata, created_by_user_id
    ),
    update (model_name, collection_name, size, gender, material, mpn, is_active, metadata)
    on public.watch_models to authenticated;
grant select, insert, update, delete on public.watch_models to service_role;

drop policy if exists read on public.watch_models;
create policy read on public.watch_models for select to authenticated using (
    case coalesce((select ddp.reader_id()), '00000000-0000-0000-0000-000000000000')
        when '00000000-0000-0000-0000-000000000000' then false
        when created_by_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
        else is_active
    end
);
drop policy if exists add on public.watch_models;
create policy add on public.watch_models for insert to authenticated with check (
    created_by_user_id = (select ddp.active_editor_id()) and (select ddp.active_user_type()) in ('brand', 'admin')
);
drop policy if exists change on public.watch_models;
create policy change on public.watch_models for update to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
) with check (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists remove on public.watch_models;
create policy remove on public.watch_models for delete to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.watch_models;
create policy workers on public.watch_models to service_role using (true) with check (true);
