-- transaction: none
-- Published products of a vendor, the latest first: without it, a vendor of few products is looked for among all of them.
create index concurrently if not exists products_vendor_idx
    on public.products (vendor, published_at desc, product_id desc) where published_at is not null;
