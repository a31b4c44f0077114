-- As 0095. Settings and audience: 8,192 characters and 32 levels, as other metadata.

alter table public.campaigns
    add constraint campaigns_description_size check (length(campaign_description) <= 10000) not valid,
    add constraint campaigns_audience_size check (ddp.is_metadata(target_audience)) not valid,
    add constraint campaigns_settings_size check (ddp.is_metadata(campaign_settings)) not valid;
