-- requires: functions/active_user.sql, policies/products.sql
-- Seen by users who see the product, and written by those who may write it.

revoke all on public.product_variants from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (
        product_id, external_variant_id, variant_title, sku, price, compare_at_price, inventory_quantity, weight, metadata
    ),
    update (
        external_variant_id, variant_title, sku, price, compare_at_price, inventory_quantity, weight, metadata
    )
    on public.product_variants to authenticated;
grant select, insert, update, delete on public.product_variants to service_role;

drop policy if exists read on public.product_variants;
create policy read on public.product_variants for select to authenticated using (
    exists (select from public.products p where p.product_id = product_variants.product_id)
);
drop policy if exists add on public.product_variants;
create policy add on public.product_variants for insert to authenticated with check (
    exists (
        select from public.products p
        where p.product_id = product_variants.product_id
            and (p.created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null)
    )
);
drop policy if exists change on public.product_variants;
create policy change on public.product_variants for update to authenticated using (
    exists (
        select from public.products p
        where p.product_id = product_variants.product_id
            and (p.created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null)
    )
) with check (
    exists (
        select from public.products p
        where p.product_id = product_variants.product_id
            and (p.created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null)
    )
);
drop policy if exists remove on public.product_variants;
create policy remove on public.product_variants for delete to authenticated using (
    exists (
        select from public.products p
        where p.product_id = product_variants.product_id
            and (p.created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null)
    )
);
drop policy if exists workers on public.product_variants;
create policy workers on public.product_variants to service_role using (true) with check (true);
