-- A retailer that leaves and joins again has been there since the first time: else its response times would begin anew.

alter table public.campaign_participants add column first_joined_at timestamptz;
comment on column public.campaign_participants.first_joined_at is
    'When the retailer joined for the first time; leaving does not change it. Null: joined_at. Set by trigger.';
