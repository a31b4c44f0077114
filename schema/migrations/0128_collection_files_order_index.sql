-- transaction: none

-- A collection's files in their order.
create index concurrently if not exists collection_files_order_idx
    on public.collection_files (collection_id, sort_order, file_id);
