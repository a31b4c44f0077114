-- transaction: none

-- A retailer's wishes, the newest first.
create index concurrently if not exists wish_list_items_retailer_idx
    on public.wish_list_items (retailer_id, created_at desc, wish_id desc);
