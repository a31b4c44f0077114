-- transaction: none

-- An account's products, the newest first.
create index concurrently if not exists products_owner_idx
    on public.products (created_by_user_id, created_at desc, product_id desc);
