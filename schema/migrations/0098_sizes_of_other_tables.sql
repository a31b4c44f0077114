-- As 0095: tables to which little is written at a time.

alter table public.templates
    add constraint templates_content_size check (octet_length(template_content::text) <= 2097152) not valid;
alter table public.email_test_sends
    add constraint email_test_sends_data_size check (length(template_data::text) <= 65536) not valid;
alter table public.sms_campaigns
    add constraint sms_campaigns_content_size check (length(sms_content) <= 10000) not valid,
    add constraint sms_campaigns_metadata_size check (ddp.is_metadata(metadata)) not valid;
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
    add constraint file_actions_metadata_size check (length(metadata::text) <= 8192) not valid;
alter table public.uploads
    add constraint uploads_storage_upload_size check (length(storage_upload_id) <= 2000) not valid;
-- SES gives three tokens of 32 characters.
alter table public.sender_identities
    add constraint sender_identities_tokens_size check (cardinality(dkim_tokens) <= 5 and length(dkim_tokens::text) <= 400)
    not valid;
