-- requires: functions/active_user.sql
-- Seen by the creator and, if public, by everyone signed in.

revoke all on public.collections from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (collection_name, collection_description, created_by_user_id, is_public, metadata),
    update (collection_name, collection_description, is_public, metadata)
    on public.collections to authenticated;
grant select, insert, update, delete on public.collections to service_role;

drop policy if exists read on public.collections;
create policy read on public.collections for select to authenticated using (
    case coalesce((select ddp.reader_id()), '00000000-0000-0000-0000-000000000000')
        when '00000000-0000-0000-0000-000000000000' then false
        when created_by_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
        else is_public
    end
);
drop policy if exists add on public.collections;
create policy add on public.collections for insert to authenticated with check (
    created_by_user_id = (select ddp.active_editor_id())
);
drop policy if exists change on public.collections;
create policy change on public.collections for update to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
) with check (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists remove on public.collections;
create policy remove on public.collections for delete to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.collections;
create policy workers on public.collections to service_role using (true) with check (true);
