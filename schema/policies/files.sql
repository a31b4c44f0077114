-- requires: functions/active_user.sql, views/ddp_of_caller.sql
-- Seen by the owner (in the trash too) and administrators; live files also by whom they are shared with, by everyone
-- signed in through a public collection, and by retailers as brand assets: never by a competing brand.
-- functions/visible_file.sql says the same for functions.
-- `offset 0` in a policy's sub-select: it is planned once, as a look into an index for each row. Without, it would be
-- planned a second time, as a hash of all that the caller could see, and lists would at times be given that.

revoke all on public.files from public, anon, authenticated, service_role;
grant select, update (file_name) on public.files to authenticated;
grant select, insert, update, delete on public.files to service_role;

drop policy if exists read on public.files;
create policy read on public.files for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id())
    or case (select ddp.active_user_type())
        when 'admin' then true
        when 'brand' then deleted_at is null and is_public
        when 'retailer' then deleted_at is null and (is_public or is_brand_asset)
    end
    or deleted_at is null
    and exists (select from ddp.files_shared_with_caller s where s.file_id = files.file_id offset 0)
);
drop policy if exists change on public.files;
create policy change on public.files for update to authenticated using (
    created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
) with check (
    created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.files;
create policy workers on public.files to service_role using (true) with check (true);
