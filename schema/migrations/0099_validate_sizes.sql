-- statement_timeout: 1h
-- Checks what was written before 0095 to 0098, without keeping writers out.

alter table public.email_campaigns
    validate constraint email_campaigns_content_size,
    validate constraint email_campaigns_text_size,
    validate constraint email_campaigns_attachments_size,
    validate constraint email_campaigns_metadata_size;
alter table public.campaigns
    validate constraint campaigns_description_size,
    validate constraint campaigns_audience_size,
    validate constraint campaigns_settings_size;
alter table public.send_plans validate constraint send_plans_audience_size;
alter table public.templates validate constraint templates_content_size;
alter table public.email_test_sends validate constraint email_test_sends_data_size;
alter table public.sms_campaigns
    validate constraint sms_campaigns_content_size,
    validate constraint sms_campaigns_metadata_size;
alter table public.send_exports validate constraint send_exports_statuses_size;
alter table public.social_posts
    validate constraint social_posts_content_size,
    validate constraint social_posts_metadata_size;
alter table public.products
    validate constraint products_description_size,
    validate constraint products_tags_size,
    validate constraint products_metadata_size;
alter table public.product_variants validate constraint product_variants_metadata_size;
alter table public.watch_models validate constraint watch_models_metadata_size;
alter table public.devices validate constraint devices_user_agent_size;
alter table public.sessions
    validate constraint sessions_device_size,
    validate constraint sessions_location_size;
alter table public.file_actions validate constraint file_actions_metadata_size;
alter table public.uploads validate constraint uploads_storage_upload_size;
alter table public.sender_identities validate constraint sender_identities_tokens_size;
