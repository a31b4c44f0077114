-- transaction: none

create index concurrently if not exists campaigns_open_idx on public.campaigns (created_at desc, campaign_id desc)
    where is_open and campaign_status = 'active';
