-- statement_timeout: 1h
-- In a transaction of its own: readers and writers go on meanwhile.

alter table public.brand_assets validate constraint brand_assets_group_ids_check;
alter table public.campaigns validate constraint campaigns_group_ids_check;
alter table ddp.file_access validate constraint file_access_audience_check;
