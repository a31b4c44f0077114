"""The customer's description of the database as data, to compare the live catalogue with.

One block per table, one line per column, in the description's own words: name, type, key. After ENUM come the labels,
if the description names any.
"""

TABLES = """
users
    user_id UUID (PK)
    user_email VARCHAR(255)
    user_name VARCHAR(255)
    user_type ENUM brand retailer admin
    created_at TIMESTAMP
    updated_at TIMESTAMP
    last_login_at TIMESTAMP
    is_active BOOLEAN
    profile_data JSONB
files
    file_id UUID (PK)
    file_name VARCHAR(500)
    file_type ENUM image video pdf document audio other
    file_size BIGINT
    file_path TEXT
    file_url TEXT
    created_by_user_id UUID (FK)
    created_at TIMESTAMP
    updated_at TIMESTAMP
    deleted_at TIMESTAMP
    metadata JSONB
file_actions
    action_id UUID (PK)
    file_id UUID (FK)
    user_id UUID (FK)
    action_type ENUM VIEW DOWNLOAD SHARE DELETE UPLOAD EDIT
    action_timestamp TIMESTAMP
    session_id UUID
    ip_address INET
    user_agent TEXT
    metadata JSONB
campaigns
    campaign_id UUID (PK)
    campaign_name VARCHAR(255)
    campaign_description TEXT
    campaign_status ENUM draft active paused completed archived
    created_by_user_id UUID (FK)
    start_date TIMESTAMP
    end_date TIMESTAMP
    budget_allocated DECIMAL(12,2)
    budget_spent DECIMAL(12,2)
    target_audience JSONB
    campaign_settings JSONB
    created_at TIMESTAMP
    updated_at TIMESTAMP
templates
    template_id UUID (PK)
    template_name VARCHAR(255)
    template_type ENUM email sms social web print
    template_content JSONB
    created_by_user_id UUID (FK)
    is_active BOOLEAN
    version INTEGER
    parent_template_id UUID (FK)
    created_at TIMESTAMP
    updated_at TIMESTAMP
email_campaigns
    email_campaign_id UUID (PK)
    campaign_id UUID (FK)
    email_subject VARCHAR(500)
    email_content TEXT
    sender_email VARCHAR(255)
    sender_name VARCHAR(255)
    created_at TIMESTAMP
    sent_at TIMESTAMP
    total_recipients INTEGER
    metadata JSONB
email_sends
    email_send_id UUID (PK)
    email_campaign_id UUID (FK)
    recipient_email VARCHAR(255)
    recipient_name VARCHAR(255)
    sent_at TIMESTAMP
    delivered_at TIMESTAMP
    opened_at TIMESTAMP
    clicked_at TIMESTAMP
    bounced_at TIMESTAMP
    status ENUM sent delivered opened clicked bounced failed
    bounce_reason TEXT
    metadata JSONB
sms_campaigns
    sms_campaign_id UUID (PK)
    campaign_id UUID (FK)
    sms_content TEXT
    sender_number VARCHAR(20)
    created_at TIMESTAMP
    sent_at TIMESTAMP
    total_recipients INTEGER
    metadata JSONB
sms_sends
    sms_send_id UUID (PK)
    sms_campaign_id UUID (FK)
    recipient_phone VARCHAR(20)
    recipient_name VARCHAR(255)
    sent_at TIMESTAMP
    delivered_at TIMESTAMP
    status ENUM sent delivered failed pending
    failure_reason TEXT
    metadata JSONB
social_accounts
    account_id UUID (PK)
    user_id UUID (FK)
    platform ENUM facebook instagram twitter linkedin tiktok youtube
    account_handle VARCHAR(255)
    account_name VARCHAR(255)
    access_token_encrypted TEXT
    is_active BOOLEAN
    created_at TIMESTAMP
    updated_at TIMESTAMP
    metadata JSONB
social_posts
    post_id UUID (PK)
    account_id UUID (FK)
    campaign_id UUID (FK)
    post_content TEXT
    post_type VARCHAR(50)
    external_post_id VARCHAR(255)
    scheduled_at TIMESTAMP
    published_at TIMESTAMP
    created_at TIMESTAMP
    metadata JSONB
social_engagement
    engagement_id UUID (PK)
    post_id UUID (FK)
    engagement_type VARCHAR(50)
    engagement_count INTEGER
    recorded_at TIMESTAMP
    metadata JSONB
products
    product_id UUID (PK)
    external_product_id VARCHAR(255)
    product_title VARCHAR(500)
    product_description TEXT
    product_type VARCHAR(255)
    vendor VARCHAR(255)
    created_at TIMESTAMP
    updated_at TIMESTAMP
    published_at TIMESTAMP
    status VARCHAR(50)
    tags TEXT[]
    metadata JSONB
product_variants
    variant_id UUID (PK)
    product_id UUID (FK)
    external_variant_id VARCHAR(255)
    variant_title VARCHAR(500)
    sku VARCHAR(255)
    price DECIMAL(12,2)
    compare_at_price DECIMAL(12,2)
    inventory_quantity INTEGER
    weight DECIMAL(10,3)
    created_at TIMESTAMP
    updated_at TIMESTAMP
    metadata JSONB
collections
    collection_id UUID (PK)
    collection_name VARCHAR(255)
    collection_description TEXT
    created_by_user_id UUID (FK)
    is_public BOOLEAN
    created_at TIMESTAMP
    updated_at TIMESTAMP
    metadata JSONB
collection_files
    collection_id UUID (FK)
    file_id UUID (FK)
    added_at TIMESTAMP
    added_by_user_id UUID (FK)
    sort_order INTEGER
sessions
    session_id UUID (PK)
    user_id UUID (FK)
    started_at TIMESTAMP
    ended_at TIMESTAMP
    ip_address INET
    user_agent TEXT
    device_info JSONB
    location_data JSONB
geography
    geography_id UUID (PK)
    country_code VARCHAR(2)
    country_name VARCHAR(100)
    region VARCHAR(100)
    city VARCHAR(100)
    latitude DECIMAL(10,8)
    longitude DECIMAL(11,8)
    timezone VARCHAR(50)
    created_at TIMESTAMP
devices
    device_id UUID (PK)
    device_type VARCHAR(50)
    device_brand VARCHAR(100)
    device_model VARCHAR(100)
    operating_system VARCHAR(100)
    browser VARCHAR(100)
    screen_resolution VARCHAR(20)
    user_agent TEXT
    created_at TIMESTAMP
brand_assets
    asset_id UUID (PK)
    asset_name VARCHAR(500)
    asset_type VARCHAR(50)
    file_id UUID (FK)
    download_count INTEGER
    created_at TIMESTAMP
    updated_at TIMESTAMP
    is_featured BOOLEAN
    metadata JSONB
daily_asset_downloads
    download_date DATE
    asset_type VARCHAR(50)
    download_count INTEGER
    created_at TIMESTAMP
retailer_asset_activity
    activity_id UUID (PK)
    retailer_id UUID (FK)
    asset_id UUID (FK)
    activity_type VARCHAR(20)
    activity_date TIMESTAMP
    unique_files_count INTEGER
campaign_templates
    template_id UUID (PK)
    template_name VARCHAR(255)
    template_type ENUM
    usage_count INTEGER
    unique_retailers_count INTEGER
    unique_recipients_count INTEGER
    conversion_rate DECIMAL(5,2)
    created_at TIMESTAMP
    updated_at TIMESTAMP
    is_active BOOLEAN
    metadata JSONB
template_retailer_usage
    usage_id UUID (PK)
    template_id UUID (FK)
    retailer_id UUID (FK)
    campaign_id UUID (FK)
    campaigns_joined INTEGER
    total_sends INTEGER
    last_active_date TIMESTAMP
    created_at TIMESTAMP
retailer_scores
    score_id UUID (PK)
    retailer_id UUID (FK)
    retailer_name VARCHAR(255)
    email_response_time_hours DECIMAL(4,1)
    social_response_time_hours DECIMAL(4,1)
    social_post_frequency_per_week DECIMAL(3,1)
    response_quality_grade VARCHAR(1)
    first_followup_time_hours DECIMAL(4,1)
    campaign_roi_percentage DECIMAL(5,1)
    overall_rank INTEGER
    calculated_at TIMESTAMP
    updated_at TIMESTAMP
watch_models
    model_id UUID (PK)
    model_name VARCHAR(255)
    collection_name VARCHAR(255)
    size VARCHAR(20)
    gender VARCHAR(20)
    material VARCHAR(255)
    mpn VARCHAR(100)
    created_at TIMESTAMP
    updated_at TIMESTAMP
    is_active BOOLEAN
    metadata JSONB
wish_list_items
    wish_id UUID (PK)
    model_id UUID (FK)
    retailer_id UUID (FK)
    wish_count INTEGER
    created_at TIMESTAMP
    updated_at TIMESTAMP
regional_wish_lists
    regional_wish_id UUID (PK)
    model_id UUID (FK)
    region VARCHAR(50)
    wish_count INTEGER
    rank_in_region INTEGER
    updated_at TIMESTAMP
daily_analytics
    analytics_id UUID (PK)
    date_recorded DATE
    entity_type VARCHAR(50)
    entity_id UUID
    metric_name VARCHAR(100)
    metric_value DECIMAL(15,4)
    created_at TIMESTAMP
    metadata JSONB
audit_logs
    log_id UUID (PK)
    table_name VARCHAR(100)
    record_id UUID
    action VARCHAR(20)
    old_values JSONB
    new_values JSONB
    changed_by UUID (FK)
    changed_at TIMESTAMP
    ip_address INET
    user_agent TEXT
"""

# Labels added to the described enumerations, because a ledger also has states before the result.
ADDED_LABELS = {
    "email_send_status": {"pending", "sending", "complained", "suppressed", "cancelled", "missed", "unknown"},
    "sms_send_status": {"sending", "clicked", "suppressed", "cancelled", "missed", "unknown"},
}

# Columns that the description calls foreign keys, and the tables that they refer to.
REFERENCES = """
files.created_by_user_id -> users
file_actions.file_id -> files
file_actions.user_id -> users
campaigns.created_by_user_id -> users
templates.created_by_user_id -> users
templates.parent_template_id -> templates
email_campaigns.campaign_id -> campaigns
email_sends.email_campaign_id -> email_campaigns
sms_campaigns.campaign_id -> campaigns
sms_sends.sms_campaign_id -> sms_campaigns
social_accounts.user_id -> users
social_posts.account_id -> social_accounts
social_posts.campaign_id -> campaigns
social_engagement.post_id -> social_posts
product_variants.product_id -> products
collections.created_by_user_id -> users
collection_files.collection_id -> collections
collection_files.file_id -> files
collection_files.added_by_user_id -> users
sessions.user_id -> users
brand_assets.file_id -> files
retailer_asset_activity.retailer_id -> users
retailer_asset_activity.asset_id -> brand_assets
template_retailer_usage.template_id -> campaign_templates
template_retailer_usage.retailer_id -> users
template_retailer_usage.campaign_id -> campaigns
retailer_scores.retailer_id -> users
wish_list_items.model_id -> watch_models
wish_list_items.retailer_id -> users
regional_wish_lists.model_id -> watch_models
audit_logs.changed_by -> users
"""

# Columns that the description calls unique or one-to-one.
UNIQUE = {"users.user_email", "brand_assets.file_id"}

VIEWS = """
file_analytics user_analytics campaign_analytics email_campaign_analytics sms_campaign_analytics social_post_analytics
product_analytics session_analytics collection_analytics
top_downloaded_assets top_active_retailers_assets top_templates_coverage top_campaign_performance top_wish_list_items
daily_metrics_summary
"""

# Functions and who may call them: `user` is everyone signed in, `worker` is background work.
FUNCTIONS = """
create_user user worker
update_user_last_login user worker
record_file_action user
soft_delete_file user
calculate_file_engagement_score user
start_session user
end_session user
create_campaign user
update_campaign_budget_spent user
send_email_campaign user
send_sms_campaign user
create_social_post user
update_social_engagement worker
get_user_activity_summary user
refresh_all_analytics worker
cleanup_old_sessions worker
cleanup_old_file_actions worker
cleanup_old_audit_logs worker
"""

# The description's sentences about access, with rows of the matrix: who reads the row and who does not.
ACCESS = """
users can only view their own profiles              users/brand             brand           rival retailer
file access based on ownership                      files/private           brand           rival retailer friend
file access based on sharing permissions            files/shared            brand friend    rival retailer
retailers access brand assets                       brand_assets/published  brand retailer  rival anonymous
campaign access restricted to creators              campaigns/brands        brand           rival
campaign access restricted to participants          campaigns/brands        retailer        friend
retailers manage their own marketing activities     email_campaigns/retailers  retailer     rival friend
retailers' customers are theirs                     email_sends/retailers   retailer        brand rival friend
retailers' customers are theirs                     sms_sends/retailers     retailer        brand rival friend
analytics data filtered by user permissions         daily_analytics/brands  brand           rival retailer
analytics data filtered by user permissions         daily_asset_downloads/brands  brand     rival retailer
audit logs restricted to admin users                audit_logs/one          admin           brand retailer
"""

# Tables that are not in the description.
EXTENSIONS = {
    "account_members",
    "user_invitations",
    "uploads",
    "file_shares",
    "licence_acceptances",
    "retailer_groups",
    "retailer_group_members",
    "retailer_group_blackouts",
    "campaign_participants",
    "campaign_expenses",
    "campaign_funds",
    "fund_claims",
    "fund_claim_files",
    "approvals",
    "campaign_items",
    "campaign_item_responses",
    "send_plans",
    "idempotency_keys",
    "senders",
    "sender_identities",
    "suppressions",
    "email_events",
    "sms_events",
    "email_test_sends",
    "sms_test_sends",
    "send_exports",
    "product_imports",
    "analytics_exports",
    "social_post_media",
    "social_post_parts",
    "social_slots",
    "notices",
    "product_import_rejections",
    "conversions",
    "conversion_keys",
    "sending_windows",
    "origination_identities",
    "sms_prices",
    "phone_consents",
    "inbound_messages",
}
# Views that are not in the description: names, and what a retailer may join.
ADDED_VIEWS = ("profiles", "open_campaigns")
# Columns that are not in the description.
ADDED_COLUMNS = """
files content_type content_sha256 image_width image_height thumbnail_widths is_public is_brand_asset \
    purged_at
brand_assets created_by_user_id unpublished_at available_from available_until licence_version licence_text \
    changes_at group_ids
campaigns is_open group_ids budget_reimbursed approval
templates requires slots is_locked
sessions member_id last_seen_at device_id country_code region
devices is_seen
geography aliases
campaign_templates created_by_user_id
template_retailer_usage brand_id
email_campaigns campaign_owner_id created_by_user_id template_id requested_at text_content attachments ab_test \
    reply_to slots replaces_template
sms_campaigns campaign_owner_id created_by_user_id template_id requested_at message_type dlt_template_id ab_test \
    slots replaces_template
social_posts created_by_user_id campaign_owner_id status group_id title options revision problems error_code \
    error_reason permalink local_time time_zone deleted_on_platform_at sender_profile \
    template_id slots is_composed replaces_template request_id
social_accounts external_account_id account_kind status status_reason scopes token_expires_at reconnect_by time_zone
email_sends created_by_user_id recipient_hash time_zone template_data chunk_no not_before attempt \
    accepted_attempts send_call_id provider_message_id failed_at failure_code failure_reason complained_at \
    machine_opened_at unsubscribed_at unknown_at hard_bounced_at units price bucket erased_at variant
sms_sends created_by_user_id recipient_hash time_zone template_data chunk_no not_before attempt accepted_attempts \
    send_call_id provider_message_id clicked_at unsubscribed_at failed_at failure_code unknown_at units price bucket \
    encoding country clock_id budget_month charges charged unsettled_attempts erased_at carrier_reported_at link_code \
    variant
products created_by_user_id
watch_models created_by_user_id
regional_wish_lists brand_id
daily_asset_downloads brand_id
retailer_asset_activity brand_id
retailer_scores brand_id
daily_analytics owner_user_id
"""

PARTITIONED = {
    "file_actions": "action_timestamp",
    "audit_logs": "changed_at",
    "daily_analytics": "date_recorded",
    "social_engagement": "recorded_at",
    "email_events": "occurred_at",
    "sms_events": "occurred_at",
}

DESCRIBED_AND_EXTENSIONS = {line for line in TABLES.split("\n") if line and line[0] != " "} | EXTENSIONS
