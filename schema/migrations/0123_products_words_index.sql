-- transaction: none

-- Products by the beginnings of words, and by tags: functions/find_products.sql.
create index concurrently if not exists products_words_idx on public.products using gin (
    to_tsvector('simple', product_title || ' ' || coalesce(vendor, '') || ' ' || coalesce(external_product_id, '')), tags
);
