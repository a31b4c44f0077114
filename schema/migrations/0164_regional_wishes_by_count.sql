-- transaction: none

-- A brand's models by region, those wished for most first.
create index concurrently if not exists regional_wish_lists_count_idx
    on public.regional_wish_lists (brand_id, wish_count desc, regional_wish_id desc);
