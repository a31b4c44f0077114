-- transaction: none

-- What the pass of each minute reads: assets whose availability changes by itself.
create index concurrently if not exists brand_assets_changes_idx
    on public.brand_assets (changes_at) where changes_at is not null;
