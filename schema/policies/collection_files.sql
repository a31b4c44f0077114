-- requires: functions/active_user.sql, policies/collections.sql, policies/files.sql
-- Seen by users who see the collection; changed by the collection's creator, who may add any file that they see (an entry
-- makes no file visible, except the creator's own in a public collection: functions/refresh_file_flags.sql).

revoke all on public.collection_files from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (collection_id, file_id, added_by_user_id, sort_order),
    update (sort_order)
    on public.collection_files to authenticated;
grant select, insert, update, delete on public.collection_files to service_role;

drop policy if exists read on public.collection_files;
create policy read on public.collection_files for select to authenticated using (
    exists (select from public.collections c where c.collection_id = collection_files.collection_id)
);
drop policy if exists add on public.collection_files;
create policy add on public.collection_files for insert to authenticated with check (
    added_by_user_id = (select ddp.active_editor_id())
    and exists (
        select from public.collections c
        where c.collection_id = collection_files.collection_id
            and (
                c.created_by_user_id = (select ddp.active_editor_id())
                or (select ddp.active_admin_id()) is not null
            )
    )
    and exists (select from public.files f where f.file_id = collection_files.file_id)
);
drop policy if exists change on public.collection_files;
create policy change on public.collection_files for update to authenticated using (
    exists (
        select from public.collections c
        where c.collection_id = collection_files.collection_id
            and (
                c.created_by_user_id = (select ddp.active_editor_id())
                or (select ddp.active_admin_id()) is not null
            )
    )
);
drop policy if exists remove on public.collection_files;
create policy remove on public.collection_files for delete to authenticated using (
    exists (
        select from public.collections c
        where c.collection_id = collection_files.collection_id
            and (
                c.created_by_user_id = (select ddp.active_editor_id())
                or (select ddp.active_admin_id()) is not null
            )
    )
);
drop policy if exists workers on public.collection_files;
create policy workers on public.collection_files to service_role using (true) with check (true);
