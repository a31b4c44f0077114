-- transaction: none
-- Published products of a type, the latest first: as products_vendor_idx.
create index concurrently if not exists products_type_idx
    on public.products (product_type, published_at desc, product_id desc) where published_at is not null;
