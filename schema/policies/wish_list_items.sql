-- requires: functions/active_user.sql, policies/watch_models.sql
-- Seen by the retailer and by administrators. A brand sees sums by region (regional_wish_lists), never who wishes.

revoke all on public.wish_list_items from public, anon, authenticated, service_role;
grant select, delete, insert (model_id, retailer_id, wish_count), update (wish_count) on public.wish_list_items to authenticated;
grant select, insert, update, delete on public.wish_list_items to service_role;

drop policy if exists read on public.wish_list_items;
create policy read on public.wish_list_items for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists add on public.wish_list_items;
create policy add on public.wish_list_items for insert to authenticated with check (
    retailer_id = (select ddp.active_editor_id())
    and (select ddp.active_user_type()) = 'retailer'
    and exists (select from public.watch_models m where m.model_id = wish_list_items.model_id)
);
drop policy if exists change on public.wish_list_items;
create policy change on public.wish_list_items for update to authenticated using (
    retailer_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
) with check (
    retailer_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists remove on public.wish_list_items;
create policy remove on public.wish_list_items for delete to authenticated using (
    retailer_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.wish_list_items;
create policy workers on public.wish_list_items to service_role using (true) with check (true);
