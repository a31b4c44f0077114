-- transaction: none

-- For administrators: everybody's products, the newest first.
create index concurrently if not exists products_created_idx on public.products (created_at desc, product_id desc);
