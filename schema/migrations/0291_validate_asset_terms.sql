-- In a transaction of its own: readers and writers go on meanwhile.

alter table public.brand_assets validate constraint brand_assets_availability_check;
alter table public.brand_assets validate constraint brand_assets_licence_check;
alter table public.brand_assets validate constraint brand_assets_licence_text_size;
