-- One row of every kind that somebody may see. @name stands for the id of that name (platform.py).

insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, deleted_at, content_sha256)
values
    (@files/private, 'private.pdf', 'pdf', 1, 'files/1', @brand, null, null),
    (@files/in_trash, 'in_trash.pdf', 'pdf', 1, 'files/2', @brand, now(), sha256('twin')),
    (@files/shared, 'shared.pdf', 'pdf', 1, 'files/3', @brand, null, null),
    (@files/public, 'public.pdf', 'pdf', 1, 'files/4', @brand, null, sha256('twin')),
    (@files/published, 'published.png', 'image', 1, 'files/5', @brand, null, null),
    (@files/withdrawn, 'withdrawn.png', 'image', 1, 'files/6', @brand, null, null),
    (@files/published_in_trash, 'published_in_trash.png', 'image', 1, 'files/7', @brand, now(), sha256('trash')),
    (@files/shared_in_trash, 'shared_in_trash.pdf', 'pdf', 1, 'files/8', @brand, now(), null),
    (@files/share_expired, 'share_expired.pdf', 'pdf', 1, 'files/9', @brand, null, null),
    (@files/share_revoked, 'share_revoked.pdf', 'pdf', 1, 'files/10', @brand, null, null),
    (@files/retailers, 'retailers.pdf', 'pdf', 1, 'files/11', @retailer, null, null),
    (@files/asleeps, 'asleeps.pdf', 'pdf', 1, 'files/12', @asleep, null, null),
    (@files/later, 'later.png', 'image', 1, 'files/13', @brand, null, null),
    (@files/ended, 'ended.png', 'image', 1, 'files/14', @brand, null, null),
    (@files/licensed, 'licensed.png', 'image', 1, 'files/15', @brand, null, null),
    (@files/for_group, 'for_group.png', 'image', 1, 'files/16', @brand, null, null),
    (@files/proof, 'invoice.pdf', 'pdf', 1, 'files/17', @retailer, null, null);
insert into retailer_groups (group_id, brand_id, group_name, kind) values
    (@retailer_groups/brands, @brand, 'South', 'territory'),
    (@retailer_groups/tier, @brand, 'Gold', 'tier'),
    (@retailer_groups/rivals, @rival, 'North', 'territory');
insert into retailer_group_members (group_id, retailer_id, brand_id, is_explicit, from_rule, is_partner) values
    (@retailer_groups/brands, @retailer, @brand, true, false, false),
    (@retailer_groups/tier, @friend, @brand, false, true, false);
insert into retailer_group_blackouts (blackout_id, group_id, brand_id, starts_at, ends_at, reason) values
    (@retailer_group_blackouts/past, @retailer_groups/brands, @brand, now() - interval '2 days', now() - interval '1 day', 'A launch.');
insert into file_shares
    (share_id, file_id, created_by_user_id, shared_with_user_id, created_at, expires_at, revoked_at)
values
    (@file_shares/to_friend, @files/shared, @brand, @friend, now(), now() + interval '1 day', null),
    (@file_shares/to_asleep, @files/shared, @brand, @asleep, now(), now() + interval '1 day', null),
    (@file_shares/in_trash, @files/shared_in_trash, @brand, @friend, now(), now() + interval '1 day', null),
    (@file_shares/expired, @files/share_expired, @brand, @friend, now() - interval '2 days', now() - interval '1 day', null),
    (@file_shares/revoked, @files/share_revoked, @brand, @friend, now(), now() + interval '1 day', now()),
    (@file_shares/link, @files/private, @brand, null, now(), now() + interval '1 day', null);
insert into ddp.share_tokens (share_id, token_hash) values (@file_shares/link, sha256('secret'));
insert into collections (collection_id, collection_name, created_by_user_id, is_public) values
    (@collections/public, 'public', @brand, true),
    (@collections/private, 'private', @brand, false),
    (@collections/friends_public, 'of a friend', @friend, true);
insert into collection_files (collection_id, file_id, added_by_user_id) values
    (@collections/public, @files/public, @brand),
    (@collections/private, @files/private, @brand),
    (@collections/friends_public, @files/shared, @friend);
insert into brand_assets
    (asset_id, asset_name, asset_type, file_id, created_by_user_id, unpublished_at)
values
    (@brand_assets/published, 'published', 'logo', @files/published, @brand, null),
    (@brand_assets/withdrawn, 'withdrawn', 'logo', @files/withdrawn, @brand, now()),
    (@brand_assets/in_trash, 'in trash', 'logo', @files/published_in_trash, @brand, null);
insert into brand_assets
    (asset_id, asset_name, asset_type, file_id, created_by_user_id, available_from, available_until, licence_version, licence_text)
values
    (@brand_assets/later, 'later', 'logo', @files/later, @brand, now() + interval '1 day', null, null, null),
    (@brand_assets/ended, 'ended', 'logo', @files/ended, @brand, null, now() - interval '1 day', null, null),
    (@brand_assets/licensed, 'licensed', 'logo', @files/licensed, @brand, null, now() + interval '1 day', '1', 'Be fair.');
insert into brand_assets (asset_id, asset_name, asset_type, file_id, created_by_user_id, group_ids) values
    (@brand_assets/for_group, 'for some', 'logo', @files/for_group, @brand, array[@retailer_groups/brands::uuid]);
insert into licence_acceptances (asset_id, account_id, licence_version, licence_sha256, brand_id, accepted_by) values
    (@brand_assets/licensed, @retailer, '1', sha256('Be fair.'), @brand, @retailer);
insert into file_actions (action_id, file_id, user_id, action_type) values
    (@file_actions/brands_own, @files/private, @brand, 'VIEW'),
    (@file_actions/retailers, @files/published, @retailer, 'DOWNLOAD'),
    (@file_actions/by_link, @files/private, null, 'VIEW'),
    (@file_actions/asleeps, @files/shared, @asleep, 'VIEW');
insert into uploads
    (upload_id, created_by_user_id, file_name, content_type, file_type, file_size, content_sha256, method, expires_at)
values
    (@uploads/brands, @brand, 'new.png', 'image/png', 'image', 1, sha256('new'), 'single', now() + interval '1 hour');
insert into idempotency_keys (user_id, idempotency_key, route, request_hash) values
    (@brand, 'key', 'POST /uploads', sha256('body'));
insert into sessions (session_id, user_id) values (@sessions/retailers, @retailer);
insert into campaigns (campaign_id, campaign_name, created_by_user_id, campaign_status, is_open) values
    (@campaigns/brands, 'spring', @brand, 'draft', true),
    (@campaigns/active, 'summer', @brand, 'active', true),
    (@campaigns/rivals, 'autumn', @rival, 'active', false);
insert into campaign_participants (campaign_id, retailer_id) values
    (@campaigns/brands, @retailer),
    (@campaigns/active, @retailer);
insert into campaign_participants (campaign_id, retailer_id, participant_state) values
    (@campaigns/rivals, @retailer, 'invited');
insert into campaign_expenses (expense_id, campaign_id, amount, created_by_user_id) values
    (@campaign_expenses/brands, @campaigns/brands, 12.50, @brand);
insert into campaign_funds (fund_id, campaign_id, retailer_id, allotment, share_percent) values
    (@campaign_funds/retailers, @campaigns/active, @retailer, 1000, 50);
insert into fund_claims
    (claim_id, fund_id, campaign_id, retailer_id, covers, cost, share_percent, amount, description, emails_sent, sms_sent,
        posts_published)
values
    (@fund_claims/retailers, @campaign_funds/retailers, @campaigns/active, @retailer, 'other', 200, 50, 100, 'Poster', 0, 0, 0);
insert into fund_claim_files (claim_id, file_id, retailer_id, campaign_owner_id) values
    (@fund_claims/retailers, @files/proof, @retailer, @brand);
insert into templates (template_id, template_name, template_type, created_by_user_id, is_active) values
    (@templates/brands, 'spring', 'email', @brand, true),
    (@templates/brands_inactive, 'old', 'email', @brand, false),
    (@templates/rivals, 'autumn', 'email', @rival, true);
insert into campaign_templates (template_id, template_name, template_type, created_by_user_id) values
    (@campaign_templates/brands, 'spring', 'email', @brand);
insert into template_retailer_usage (usage_id, template_id, retailer_id, brand_id) values
    (@template_retailer_usage/retailers, @campaign_templates/brands, @retailer, @brand);
insert into email_campaigns
    (email_campaign_id, campaign_id, email_subject, email_content, sender_email, created_by_user_id)
values
    (@email_campaigns/retailers, @campaigns/brands, 'Hello', '<p>Hello</p>', 'shop@example.com', @retailer),
    (@email_campaigns/brands, @campaigns/brands, 'News', '<p>News</p>', 'brand@example.com', @brand),
    (@email_campaigns/masked, @campaigns/brands, 'News', '<p>News</p>', 'brand@example.com', @brand),
    (@email_campaigns/ready, @campaigns/active, 'Ready', '<p>Go</p>', 'shop@example.com', @retailer);
insert into campaign_items (item_id, campaign_id, campaign_owner_id, position, title, file_id, available_from) values
    (@campaign_items/brands, @campaigns/active, @brand, 0, 'Logo', @files/published, null),
    (@campaign_items/to_come, @campaigns/active, @brand, 1, 'Picture', @files/published, now() + interval '1 day');
insert into campaign_item_responses (item_id, retailer_id, campaign_owner_id, email_campaign_id) values
    (@campaign_items/brands, @retailer, @brand, @email_campaigns/ready);
insert into email_sends (email_send_id, email_campaign_id, recipient_email, created_by_user_id) values
    (@email_sends/retailers, @email_campaigns/retailers, 'customer@example.com', @retailer),
    (@email_sends/brands, @email_campaigns/brands, 'reader@example.com', @brand);
insert into approvals (approval_id, campaign_id, email_campaign_id, created_by_user_id, campaign_owner_id, content_digest) values
    (@approvals/retailers, @campaigns/brands, @email_campaigns/retailers, @retailer, @brand, sha256('content'));
insert into sms_campaigns
    (sms_campaign_id, campaign_id, sms_content, sender_number, created_by_user_id)
values
    (@sms_campaigns/retailers, @campaigns/brands, 'Hello', '+12025550100', @retailer),
    (@sms_campaigns/brands, @campaigns/brands, 'News', '+12025550110', @brand),
    (@sms_campaigns/masked, @campaigns/brands, 'News', '+12025550110', @brand),
    (@sms_campaigns/ready, @campaigns/active, 'Ready', '+12025550100', @retailer);
insert into sms_sends (sms_send_id, sms_campaign_id, recipient_phone, created_by_user_id) values
    (@sms_sends/retailers, @sms_campaigns/retailers, '+12025550101', @retailer),
    (@sms_sends/brands, @sms_campaigns/brands, '+12025550102', @brand);
insert into send_plans
    (send_plan_id, campaign_id, sms_campaign_id, created_by_user_id, content, sender, audience, scheduled_at)
values
    (@send_plans/retailers, @campaigns/brands, @sms_campaigns/retailers, @retailer, 'Hello', '+12025550100',
        '{"source": "list", "recipients": [{"phone": "+12025550101"}]}', now());
insert into send_plans
    (send_plan_id, campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, audience, scheduled_at,
        recipients_masked)
values
    (@send_plans/masked, @campaigns/brands, @email_campaigns/masked, @brand, 'News', '<p>News</p>', 'brand@example.com',
        '{"source": "target_audience", "criteria": {}}', now(), true);
insert into send_plans
    (send_plan_id, campaign_id, sms_campaign_id, created_by_user_id, content, sender, audience, scheduled_at,
        recipients_masked)
values
    (@send_plans/masked_sms, @campaigns/brands, @sms_campaigns/masked, @brand, 'News', 'auto',
        '{"source": "target_audience", "criteria": {}}', now(), true);
insert into sms_sends (sms_send_id, sms_campaign_id, recipient_phone, created_by_user_id) values
    (@sms_sends/masked, @sms_campaigns/masked, '+12025550106', @brand);
insert into email_sends (email_send_id, email_campaign_id, recipient_email, created_by_user_id) values
    (@email_sends/masked, @email_campaigns/masked, 'friend@example.com', @brand);
insert into email_events (event_id, occurred_at, email_send_id, attempt, event_type) values
    (@email_events/retailers, now(), @email_sends/retailers, 1, 'delivery'),
    (@email_events/masked, now(), @email_sends/masked, 1, 'delivery');
insert into sms_events (event_id, occurred_at, sms_send_id, attempt, event_type) values
    (@sms_events/retailers, now(), @sms_sends/retailers, 1, 'DELIVERED');
insert into email_test_sends (email_test_send_id, email_campaign_id, created_by_user_id, recipient_email) values
    (@email_test_sends/retailers, @email_campaigns/retailers, @retailer, 'retailer@example.com');
insert into sms_test_sends (sms_test_send_id, sms_campaign_id, created_by_user_id, recipient_phone) values
    (@sms_test_sends/retailers, @sms_campaigns/retailers, @retailer, '+12025550103');
insert into send_exports (send_export_id, send_plan_id, created_by_user_id, kind) values
    (@send_exports/retailers, @send_plans/retailers, @retailer, 'recipients');
insert into conversions (conversion_id, campaign_id, retailer_id, order_id, kind, value, currency, occurred_at) values
    (@conversions/retailers, @campaigns/brands, @retailer, 'order 1', 'order', 100, 'EUR', now());
insert into conversion_keys (key_id, retailer_id) values (@conversion_keys/retailers, @retailer);
insert into senders (user_id, channel, monthly_budget) values (@retailer, 'email', null), (@retailer, 'sms', 100);
insert into sender_identities (sender_identity_id, identity, created_by_user_id, is_shared, status) values
    (@sender_identities/retailers, 'shop.example.com', @retailer, false, 'verified'),
    (@sender_identities/shared, 'example.com', @admin, true, 'verified');
insert into suppressions (suppression_id, channel, address_hash, owner_user_id, reason) values
    (@suppressions/retailers, 'email', sha256('a'), @retailer, 'unsubscribe'),
    (@suppressions/everyones, 'email', sha256('b'), null, 'hard_bounce');
insert into inbound_messages (
    inbound_message_id, provider_message_id, identity, phone, shown_phone, phone_hash, body, verdict, owner_user_id,
    is_for_everyone
) values
    (@inbound_messages/retailers, '1', '+13035550100', '+12025550100', '+12025550100', sha256('a'), 'x', 'person', @retailer, false),
    (@inbound_messages/brands, '2', '+13035550100', '+12025550101', '+12***01', sha256('b'), 'x', 'other', @brand, true),
    (@inbound_messages/nobodys, '3', '+13035550100', '+12025550102', '+12025550102', sha256('c'), null, 'stop', null, true);
insert into social_accounts (account_id, user_id, platform, account_handle, access_token_encrypted) values
    (@social_accounts/brands, @brand, 'instagram', 'brand', 'ciphertext'),
    (@social_accounts/retailers, @retailer, 'facebook', 'shop', 'ciphertext');
insert into social_posts (post_id, account_id, campaign_id, status, scheduled_at) values
    (@social_posts/brands, @social_accounts/brands, null, 'draft', null),
    (@social_posts/retailers, @social_accounts/retailers, @campaigns/brands, 'scheduled', now() + interval '1 day');
insert into social_posts (post_id, account_id, campaign_id, status, created_at) values
    (@social_posts/draft, @social_accounts/retailers, @campaigns/brands, 'draft', now() - interval '1 year'),
    (@social_posts/discarded, @social_accounts/retailers, @campaigns/brands, 'cancelled', now() - interval '1 year');
insert into social_post_media (post_id, position, file_id) values
    (@social_posts/brands, 0, @files/private),
    (@social_posts/retailers, 0, @files/retailers),
    (@social_posts/draft, 0, @files/retailers);
insert into social_slots (account_id, weekday, local_time) values (@social_accounts/brands, 1, '09:00');
insert into notices (notice_id, user_id, cause, day) values (@notices/brands, @brand, 'social-post-failed', current_date);
insert into social_engagement (engagement_id, post_id, engagement_type, engagement_count) values
    (@social_engagement/brands, @social_posts/brands, 'like', 1),
    (@social_engagement/retailers, @social_posts/retailers, 'like', 1);
insert into products (product_id, product_title, created_by_user_id, published_at) values
    (@products/draft, 'Watch to come', @brand, null),
    (@products/published, 'Watch', @brand, now());
insert into product_variants (variant_id, product_id, variant_title) values
    (@product_variants/draft, @products/draft, 'Blue'),
    (@product_variants/published, @products/published, 'Blue');
insert into analytics_exports (analytics_export_id, created_by_user_id, requested_by_user_id, list, format, request) values
    (@analytics_exports/brands, @brand, @brand, 'files', 'csv', '{}');
insert into product_imports (product_import_id, file_id, created_by_user_id, requested_by_user_id) values
    (@product_imports/brands, @files/private, @brand, @brand);
insert into product_import_rejections (product_import_id, line, created_by_user_id, code, reason) values
    (@product_imports/brands, 2, @brand, 'quotes', 'The line''s quotes are not balanced.');
insert into watch_models (model_id, model_name, created_by_user_id, is_active) values
    (@watch_models/brands, 'Watch', @brand, true),
    (@watch_models/inactive, 'Old watch', @brand, false);
insert into wish_list_items
    (wish_id, model_id, retailer_id)
values (@wish_list_items/retailers, @watch_models/brands, @retailer);
insert into regional_wish_lists (regional_wish_id, model_id, region, brand_id) values
    (@regional_wish_lists/brands, @watch_models/brands, 'Alps', @brand);
insert into geography
    (geography_id, country_code, country_name)
values (@geography/switzerland, 'CH', 'Switzerland');
insert into geography (country_code, country_name, region, aliases) values
    ('DE', 'Germany', 'Bayern', '{Bavaria}'), ('BE', 'Belgium', 'Limburg', '{}'), ('NL', 'Netherlands', 'Limburg', '{}');
insert into devices (device_id, device_type) values (@devices/phone, 'mobile');
insert into sending_windows (sending_window_id, country, days, opens, closes, on_holidays, status, source) values
    (@sending_windows/france, 'FR', '123456', '08:00', '20:00', false, 'custom', 'what senders keep to');
insert into origination_identities
    (origination_identity_id, identity, country, kind, message_type, status, parts_per_second, is_shared, assigned_to_user_id)
values
    (@origination_identities/retailers, '+12025550188', 'US', 'toll_free', 'promotional', 'active', 3, false, @retailer),
    (@origination_identities/shared, 'Watches', 'FR', 'sender_id', 'promotional', 'active', 10, true, null),
    (@origination_identities/nobodys, '+12025550189', 'US', 'toll_free', 'promotional', 'active', 3, false, null);
insert into sms_prices (sms_price_id, country, kind, price_per_part, valid_from, source) values
    (@sms_prices/past, 'FR', 'sender_id', 0.05, '2026-01-01', 'an example'),
    (@sms_prices/future, 'FR', 'sender_id', 0.06, current_date + 30, 'an example');
insert into phone_consents (phone_consent_id, owner_user_id, phone_hash, source, wording, given_at) values
    (@phone_consents/retailers, @retailer, sha256('p'), 'web-form', 'Yes, send me offers.', now());
insert into daily_asset_downloads (brand_id, download_date, asset_type) values (@brand, current_date, 'logo');
insert into retailer_asset_activity
    (activity_id, retailer_id, asset_id, activity_type, activity_date, brand_id)
values
    (@retailer_asset_activity/retailers, @retailer, @brand_assets/published, 'download', now(), @brand);
insert into retailer_scores (score_id, retailer_id, brand_id) values
    (@retailer_scores/retailers, @retailer, null),
    (@retailer_scores/by_brand, @retailer, @brand);
insert into daily_analytics
    (analytics_id, date_recorded, entity_type, metric_name, metric_value, owner_user_id)
values
    (@daily_analytics/brands, current_date, 'test', 'views', 1, @brand),
    (@daily_analytics/platforms, current_date, 'test', 'views_of_all', 1, null);
insert into audit_logs
    (log_id, table_name, record_id, action)
values (@audit_logs/one, 'files', @files/private, 'UPDATE');

insert into account_members (
    account_member_id, account_id, member_id, invited_email, member_role, invited_by_user_id, accepted_at, ended_at
) values
    (@account_members/editor, @brand, @editor, 'editor@example.com', 'editor', @brand, now(), null),
    (@account_members/viewer, @brand, @viewer, 'viewer@example.com', 'viewer', @brand, now(), null),
    (@account_members/former, @brand, @former, 'former@example.com', 'owner', @brand, now(), now()),
    (@account_members/invited, @brand, null, 'invited@example.com', 'editor', @brand, null, null);
insert into user_invitations (user_invitation_id, invited_email, user_type) values
    (@user_invitations/newcomer, 'newcomer@example.com', 'brand');
