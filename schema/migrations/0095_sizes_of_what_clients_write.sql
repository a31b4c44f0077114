-- Every text, JSON and array that a client writes has a size limit, whatever it is written with: a function, the HTTP API or
-- SQL under a client's role. Nobody can fill a list that others read. 0096 checks the rows that are there.

-- 8,192 characters and 32 levels, as for other metadata.
alter table public.campaigns
    add constraint campaigns_description_size check (length(campaign_description) <= 10000) not valid,
    add constraint campaigns_audience_size check (ddp.is_metadata(target_audience)) not valid,
    add constraint campaigns_settings_size check (ddp.is_metadata(campaign_settings)) not valid;
-- Content is measured as JSON, since that is how it is answered: a control character takes six bytes there. Two parts of
-- 1 MiB fit in one answer of Lambda, in which JSON is escaped once more. What is sent has at most 512 KiB per part.
alter table public.email_campaigns
    add constraint email_campaigns_content_size check (octet_length(to_json(email_content)::text) <= 1048576) not valid,
    add constraint email_campaigns_text_size check (octet_length(to_json(text_content)::text) <= 1048576) not valid,
    add constraint email_campaigns_attachments_size check (length(attachments::text) <= 1000) not valid,
    add constraint email_campaigns_metadata_size check (ddp.is_metadata(metadata)) not valid;
alter table public.templates
    add constraint templates_content_size check (octet_length(template_content::text) <= 2097152) not valid;
alter table public.email_test_sends
    add constraint email_test_sends_data_size check (length(template_data::text) <= 65536) not valid;
alter table public.sms_campaigns
    add constraint sms_campaigns_content_size check (length(sms_content) <= 10000) not valid,
    add constraint sms_campaigns_metadata_size check (ddp.is_metadata(metadata)) not valid;
alter table public.send_plans
    add constraint send_plans_audience_size check (octet_length(audience::text) <= 8400000) not valid;
alter table public.send_exports
    add constraint send_exports_statuses_size check (length(statuses::text) <= 500) not valid;
alter table public.social_posts
    add constraint social_posts_content_size check (length(post_content) <= 63206) not valid,
    add constraint social_posts_metadata_size check (ddp.is_metadata(metadata)) not valid;
alter table public.products
    add constraint products_description_size check (length(product_description) <= 50000) not valid,
    add constraint products_tags_size check (length(tags::text) <= 10000) not valid,
    add constraint products_metadata_size check (ddp.is_metadata(metadata)) not valid;
alter table public.product_variants
    add constraint product_variants_metadata_size check (ddp.is_metadata(metadata)) not valid;
alter table public.watch_models
    add constraint watch_models_metadata_size check (ddp.is_metadata(metadata)) not valid;
alter table public.devices
    add constraint devices_user_agent_size check (length(user_agent) <= 1000) not valid;
alter table public.sessions
    add constraint sessions_device_size check (ddp.is_metadata(device_info)) not valid,
    add constraint sessions_location_size check (ddp.is_metadata(location_data)) not valid;
alter table public.file_actions
    add constraint file_actions_metadata_size check (ddp.is_metadata(metadata)) not valid;
alter table public.uploads
    add constraint uploads_storage_upload_size check (length(storage_upload_id) <= 2000) not valid;
-- SES gives three tokens of 32 characters.
alter table public.sender_identities
    add constraint sender_identities_tokens_size check (cardinality(dkim_tokens) <= 5 and length(dkim_tokens::text) <= 400)
    not valid;
