-- transaction: none

-- An account's products by title.
create index concurrently if not exists products_owner_title_idx
    on public.products (created_by_user_id, product_title, product_id);
