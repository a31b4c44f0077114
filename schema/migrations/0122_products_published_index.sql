-- transaction: none

-- Everyone's published products, the latest first.
create index concurrently if not exists products_published_idx
    on public.products (published_at desc, product_id desc) where published_at is not null;
