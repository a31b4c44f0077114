-- requires: functions/active_user.sql
-- A catalogue: everyone signed in reads published products; the owner and administrators read and write all of them.

revoke all on public.products from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (
        external_product_id, product_title, product_description, product_type, vendor, published_at, status, tags,
        metadata, created_by_user_id
    ),
    update (
        external_product_id, product_title, product_description, product_type, vendor, published_at, status, tags,
        metadata
    )
    on public.products to authenticated;
grant select, insert, update, delete on public.products to service_role;

drop policy if exists read on public.products;
create policy read on public.products for select to authenticated using (
    case coalesce((select ddp.reader_id()), '00000000-0000-0000-0000-000000000000')
        when '00000000-0000-0000-0000-000000000000' then false
        when created_by_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
        else published_at <= now()
    end
);
drop policy if exists add on public.products;
create policy add on public.products for insert to authenticated with check (
    created_by_user_id = (select ddp.active_editor_id()) and (select ddp.active_user_type()) in ('brand', 'admin')
);
drop policy if exists change on public.products;
create policy change on public.products for update to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
) with check (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists remove on public.products;
create policy remove on public.products for delete to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.products;
create policy workers on public.products to service_role using (true) with check (true);
