-- transaction: none

-- Assets that end, the next one first.
create index concurrently if not exists brand_assets_until_idx
    on public.brand_assets (available_until, asset_id) where available_until is not null and unpublished_at is null;
