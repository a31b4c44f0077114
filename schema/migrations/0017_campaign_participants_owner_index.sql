-- transaction: none

create index concurrently if not exists campaign_participants_owner_idx
    on public.campaign_participants (campaign_owner_id);
