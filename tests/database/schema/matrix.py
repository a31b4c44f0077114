# ruff: noqa: E501 - one line for each row, however many callers
"""Who may do what with which row: the row level security of the system, in one table.

Each line is an existing row (see platform.py), each column a caller. A cell says what the caller can do: R read the
row, A add one like it (same owner), U update a column that clients may update, D delete it; `-` nothing.
"""

MATRIX = """
                                   brand editor viewer former rival retailer friend admin asleep stranger claimless anonymous worker
users/brand                        RU    R      R      -      -     -        -      RU    -      -        -         -         RAUD
users/retailer                     -     -      -      -      -     RU       -      RU    -      -        -         -         RAUD
users/asleep                       -     -      -      -      -     -        -      RU    -      -        -         -         RAUD
account_members/editor             R     R      R      -      -     -        -      R     -      -        -         -         RAUD
account_members/viewer             R     R      R      -      -     -        -      R     -      -        -         -         RAUD
account_members/former             R     R      R      R      -     -        -      R     -      -        -         -         RAUD
account_members/invited            R     R      R      -      -     -        -      R     -      -        -         -         RAUD
user_invitations/newcomer          -     -      -      -      -     -        -      R     -      -        -         -         RAUD

files/private                      RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/in_trash                     RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/shared                       RU    RU     R      -      -     -        R      RU    -      -        -         -         RAUD
files/shared_in_trash              RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/share_expired                RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/share_revoked                RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/public                       RU    RU     R      -      R     R        R      RU    -      -        -         -         RAUD
files/published                    RU    RU     R      -      -     R        R      RU    -      -        -         -         RAUD
files/licensed                     RU    RU     R      -      -     R        R      RU    -      -        -         -         RAUD
files/for_group                    RU    RU     R      -      -     R        -      RU    -      -        -         -         RAUD
files/withdrawn                    RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/later                        RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/ended                        RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/published_in_trash           RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
files/retailers                    -     -      -      -      -     RU       -      RU    -      -        -         -         RAUD
files/proof                        R     R      R      -      -     RU       -      RU    -      -        -         -         RAUD
files/asleeps                      -     -      -      -      -     -        -      RU    -      -        -         -         RAUD

file_actions/brands_own            R     R      R      -      -     -        -      R     -      -        -         -         RA
file_actions/retailers             R     R      R      -      -     R        -      R     -      -        -         -         RA
file_actions/by_link               R     R      R      -      -     -        -      R     -      -        -         -         RA
file_actions/asleeps               R     R      R      -      -     -        -      R     -      -        -         -         RA

file_shares/to_friend              R     R      R      -      -     -        R      R     -      -        -         -         RD
file_shares/to_asleep              R     R      R      -      -     -        -      R     -      -        -         -         RD
file_shares/link                   R     R      R      -      -     -        -      R     -      -        -         -         RD

uploads/brands                     R     R      R      -      -     -        -      R     -      -        -         -         RAUD

brand_assets/published             RU    RU     R      -      -     R        R      RU    -      -        -         -         RAUD
brand_assets/withdrawn             RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
brand_assets/later                 RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
brand_assets/ended                 RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD
brand_assets/licensed              RU    RU     R      -      -     R        R      RU    -      -        -         -         RAUD
brand_assets/for_group             RU    RU     R      -      -     R        -      RU    -      -        -         -         RAUD
licence_acceptances/retailers      R     R      R      -      -     R        -      R     -      -        -         -         R
retailer_groups/brands             R     R      R      -      -     -        -      R     -      -        -         -         R
retailer_group_members/by_hand     R     R      R      -      -     R        -      R     -      -        -         -         R
retailer_group_members/stranger    -     -      -      -      -     -        R      R     -      -        -         -         R
retailer_group_blackouts/past      R     R      R      -      -     -        -      R     -      -        -         -         R
brand_assets/in_trash              RU    RU     R      -      -     -        -      RU    -      -        -         -         RAUD

collections/private                RAUD  RAUD   R      -      -     -        -      RUD   -      -        -         -         RAUD
collections/public                 RAUD  RAUD   R      -      R     R        R      RUD   -      -        -         -         RAUD
collections/friends_public         R     R      R      -      R     R        RAUD   RUD   -      -        -         -         RAUD
collection_files/private           RAUD  RAUD   R      -      -     -        -      RUD   -      -        -         -         RAUD
collection_files/public            RAUD  RAUD   R      -      R     R        R      RUD   -      -        -         -         RAUD
collection_files/friends_public    R     R      R      -      R     R        RAUD   RUD   -      -        -         -         RAUD

idempotency_keys/brands            RAU   RAU    RAU    -      -     -        -      -     -      -        -         -         RD

sessions/retailers                 -     -      -      -      -     R        -      R     -      -        -         -         RAUD

conversions/retailers              -     -      -      -      -     R        -      R     -      -        -         -         RAUD
conversion_keys/retailers          -     -      -      -      -     R        -      R     -      -        -         -         RD
campaigns/brands                   RU    RU     R      -      -     R        -      RU    -      -        -         -         RAUD
campaigns/active                   RU    RU     R      -      -     R        -      RU    -      -        -         -         RAUD
campaigns/rivals                   -     -      -      -      RU    -        -      RU    -      -        -         -         RAUD
campaign_participants/retailers    R     R      R      -      -     R        -      R     -      -        -         -         RAUD
campaign_participants/invited      -     -      -      -      R     R        -      R     -      -        -         -         RAUD
campaign_funds/retailers           R     R      R      -      -     R        -      R     -      -        -         -         R
fund_claims/retailers              R     R      R      -      -     R        -      R     -      -        -         -         R
fund_claim_files/retailers         R     R      R      -      -     R        -      R     -      -        -         -         R
campaign_expenses/brands           R     R      R      -      -     -        -      R     -      -        -         -         RA
approvals/retailers                R      R      R      -      -     R        -      R     -      -        -         -         RAUD
campaign_items/brands              R      R      R      -      -     R        -      R     -      -        -         -         RAUD
campaign_items/to_come             R      R      R      -      -     -        -      R     -      -        -         -         RAUD
campaign_item_responses/retailers  R      R      R      -      -     R        -      R     -      -        -         -         RAUD
templates/brands                   RAU   RAU    R      -      -     R        -      RU    -      -        -         -         RAUD
templates/brands_inactive          RAU   RAU    R      -      -     -        -      RU    -      -        -         -         RAUD
templates/rivals                   -     -      -      -      RAU   -        -      RU    -      -        -         -         RAUD
email_campaigns/retailers          R     R      R      -      -     RAUD     -      R     -      -        -         -         RAUD
email_campaigns/brands             RAUD  RAUD   R      -      -     -        -      R     -      -        -         -         RAUD
email_sends/retailers              -     -      -      -      -     R        -      R     -      -        -         -         RAUD
email_sends/brands                 R     R      R      -      -     -        -      R     -      -        -         -         RAUD
sms_campaigns/retailers            R     R      R      -      -     RAUD     -      R     -      -        -         -         RAUD
sms_campaigns/brands               RAUD  RAUD   R      -      -     -        -      R     -      -        -         -         RAUD
sms_sends/retailers                -     -      -      -      -     R        -      R     -      -        -         -         RAUD
sms_sends/brands                   R     R      R      -      -     -        -      R     -      -        -         -         RAUD
send_plans/retailers               -     -      -      -      -     R        -      R     -      -        -         -         RU
send_plans/masked                  R     R      R      -      -     -        -      R     -      -        -         -         RU
email_sends/masked                 -     -      -      -      -     -        -      R     -      -        -         -         RAUD
sms_sends/masked                   -     -      -      -      -     -        -      R     -      -        -         -         RAUD
email_events/retailers             -     -      -      -      -     R        -      R     -      -        -         -         RAD
email_events/masked                -     -      -      -      -     -        -      R     -      -        -         -         RAD
sms_events/retailers               -     -      -      -      -     R        -      R     -      -        -         -         RAD
email_test_sends/retailers         -     -      -      -      -     R        -      R     -      -        -         -         RAUD
sms_test_sends/retailers           -     -      -      -      -     R        -      R     -      -        -         -         RAUD
send_exports/retailers             -     -      -      -      -     R        -      R     -      -        -         -         RAUD
senders/retailers                  -     -      -      -      -     R        -      R     -      -        -         -         RAUD
sender_identities/retailers        -     -      -      -      -     R        -      R     -      -        -         -         RAUD
sender_identities/shared           R     R      R      -      R     R        R      R     -      -        -         -         RAUD
suppressions/retailers             -     -      -      -      -     R        -      R     -      -        -         -         RAUD
suppressions/everyones             -     -      -      -      -     -        -      R     -      -        -         -         RAUD
inbound_messages/retailers         -     -      -      -      -     R        -      R     -      -        -         -         RAUD
inbound_messages/brands            R     R      R      -      -     -        -      R     -      -        -         -         RAUD
inbound_messages/nobodys           -     -      -      -      -     -        -      R     -      -        -         -         RAUD
social_accounts/brands             RU    R      R      -      -     -        -      RU    -      -        -         -         RAUD
social_accounts/retailers          -     -      -      -      -     RU       -      RU    -      -        -         -         RAUD
social_posts/brands                R     R      R      -      -     -        -      R     -      -        -         -         RAUD
social_posts/retailers             R     R      R      -      -     R        -      R     -      -        -         -         RAUD
social_posts/draft                 -     -      -      -      -     R        -      R     -      -        -         -         RAUD
social_posts/discarded             -     -      -      -      -     R        -      R     -      -        -         -         RAUD
social_post_media/brands           R     R      R      -      -     -        -      R     -      -        -         -         RAUD
social_post_media/retailers        R     R      R      -      -     R        -      R     -      -        -         -         RAUD
social_post_media/draft            -     -      -      -      -     R        -      R     -      -        -         -         RAUD
social_post_parts/brands           R     R      R      -      -     -        -      R     -      -        -         -         RAUD
social_post_parts/draft            -     -      -      -      -     R        -      R     -      -        -         -         RAUD
social_slots/brands                R     R      R      -      -     -        -      R     -      -        -         -         RAUD
notices/brands                     R     R      R      -      -     -        -      R     -      -        -         -         RAUD
social_engagement/brands           R     R      R      -      -     -        -      R     -      -        -         -         RAUD
social_engagement/retailers        R     R      R      -      -     R        -      R     -      -        -         -         RAUD

campaign_templates/brands          R     R      R      -      -     R        -      R     -      -        -         -         RAUD
template_retailer_usage/retailers  R     R      R      -      -     R        -      R     -      -        -         -         RAUD
products/draft                     RAUD  RAUD   R      -      -     -        -      RUD   -      -        -         -         RAUD
products/published                 RAUD  RAUD   R      -      R     R        R      RUD   -      -        -         -         RAUD
product_variants/draft             RAUD  RAUD   R      -      -     -        -      RAUD  -      -        -         -         RAUD
product_variants/published         RAUD  RAUD   R      -      R     R        R      RAUD  -      -        -         -         RAUD
product_imports/brands             R     R      R      -      -     -        -      R     -      -        -         -         RAUD
analytics_exports/brands           R     R      R      -      -     -        -      R     -      -        -         -         RAUD
product_import_rejections/brands   R     R      R      -      -     -        -      R     -      -        -         -         RAUD
watch_models/brands                RAUD  RAUD   R      -      R     R        R      RUD   -      -        -         -         RAUD
watch_models/inactive              RAUD  RAUD   R      -      -     -        -      RUD   -      -        -         -         RAUD
wish_list_items/retailers          -     -      -      -      -     RAUD     -      RUD   -      -        -         -         RAUD
regional_wish_lists/brands         R     R      R      -      -     -        -      R     -      -        -         -         RAUD
geography/switzerland              R     R      R      -      R     R        R      RAUD  -      -        -         -         RAUD
sending_windows/france             R     R      R      -      R     R        R      RAUD  -      -        -         -         RAUD
origination_identities/retailers   -     -      -      -      -     R        -      R     -      -        -         -         RAUD
origination_identities/shared      R     R      R      -      R     R        R      R     -      -        -         -         RAUD
origination_identities/nobodys     -     -      -      -      -     -        -      R     -      -        -         -         RAUD
sms_prices/past                    R     R      R      -      R     R        R      RA    -      -        -         -         RAUD
sms_prices/future                  R     R      R      -      R     R        R      RAUD  -      -        -         -         RAUD
phone_consents/retailers           -     -      -      -      -     R        -      R     -      -        -         -         RAUD
devices/phone                      R     R      R      -      R     R        R      RAUD  -      -        -         -         RAUD
daily_asset_downloads/brands       R     R      R      -      -     -        -      R     -      -        -         -         RAUD
retailer_asset_activity/retailers  R     R      R      -      -     R        -      R     -      -        -         -         RAUD
retailer_scores/retailers          -     -      -      -      -     R        -      R     -      -        -         -         RAUD
retailer_scores/by_brand           R     R      R      -      -     R        -      R     -      -        -         -         RAUD
daily_analytics/brands             R     R      R      -      -     -        -      R     -      -        -         -         RAUD
daily_analytics/platforms          -     -      -      -      -     -        -      R     -      -        -         -         RAUD
audit_logs/one                     -     -      -      -      -     -        -      R     -      -        -         -         RA
"""

CALLERS = MATRIX.strip().split("\n")[0].split()

# How to find a row of a table without a single-column key (named ids are written @name).
CONDITIONS = {
    "email_events/retailers": "event_id = @email_events/retailers",
    "email_events/masked": "event_id = @email_events/masked",
    "sms_events/retailers": "event_id = @sms_events/retailers",
    "campaign_item_responses/retailers": "item_id = @campaign_items/brands",
    "collection_files/private": "collection_id = @collections/private",
    "collection_files/public": "collection_id = @collections/public",
    "collection_files/friends_public": "collection_id = @collections/friends_public",
    "idempotency_keys/brands": "user_id = @brand",
    "campaign_participants/retailers": "campaign_id = @campaigns/brands and retailer_id = @retailer",
    "campaign_participants/invited": "campaign_id = @campaigns/rivals and retailer_id = @retailer",
    "fund_claim_files/retailers": "claim_id = @fund_claims/retailers",
    "daily_asset_downloads/brands": "brand_id = @brand",
    "retailer_group_members/by_hand": "group_id = @retailer_groups/brands",
    "retailer_group_members/stranger": "group_id = @retailer_groups/tier",
    "licence_acceptances/retailers": "asset_id = @brand_assets/licensed",
    "senders/retailers": "user_id = @retailer and channel = 'email'",
    "product_import_rejections/brands": "product_import_id = @product_imports/brands",
    "social_post_media/brands": "post_id = @social_posts/brands",
    "social_post_media/retailers": "post_id = @social_posts/retailers",
    "social_post_media/draft": "post_id = @social_posts/draft",
    "social_post_parts/brands": "post_id = @social_posts/brands",
    "social_post_parts/draft": "post_id = @social_posts/draft",
    "social_slots/brands": "account_id = @social_accounts/brands",
}

# The column that clients may update. For other tables, the first column of the key is tried.
UPDATABLE = {
    "users": "user_name",
    "files": "file_name",
    "brand_assets": "asset_name",
    "collections": "collection_name",
    "collection_files": "sort_order",
    "idempotency_keys": "status",
    "geography": "city",
    "sending_windows": "source",
    "sms_prices": "source",
    "devices": "browser",
    "campaigns": "campaign_name",
    "templates": "template_name",
    "email_campaigns": "email_subject",
    "sms_campaigns": "sms_content",
    "send_plans": "queued_at",
    "social_accounts": "account_name",
    "products": "product_title",
    "product_variants": "variant_title",
    "watch_models": "model_name",
    "wish_list_items": "wish_count",
}

# How to add a row like it, if clients may. For other tables, inserting the same row is tried.
ADDITIONS = {
    "geography/switzerland": "(country_code, country_name, city) values ('CH', 'Switzerland', 'Zug')",
    "sending_windows/france": (
        "(country, days, opens, closes, on_holidays, status, source)"
        " values ('FR', '1', '09:00', '10:00', false, 'custom', 'x')"
    ),
    **dict.fromkeys(
        (
            "origination_identities/retailers",
            "origination_identities/shared",
            "origination_identities/nobodys",
        ),
        "(identity, country, kind, message_type, status, parts_per_second)"
        " values ('+12025550187', 'US', 'toll_free', 'promotional', 'active', 3)",
    ),
    "sms_prices/past": (
        "(country, kind, price_per_part, valid_from, source) values ('DE', 'sender_id', 0.07, '2026-01-01', 'x')"
    ),
    "sms_prices/future": (
        "(country, kind, price_per_part, valid_from, source) values ('DE', 'sender_id', 0.07, '2027-01-01', 'x')"
    ),
    "devices/phone": "(device_type) values ('mobile')",
    "collections/private": "(collection_name, created_by_user_id) values ('x', @brand)",
    "collections/public": "(collection_name, created_by_user_id, is_public) values ('x', @brand, true)",
    "collections/friends_public": "(collection_name, created_by_user_id, is_public) values ('x', @friend, true)",
    "collection_files/private": (
        "(collection_id, file_id, added_by_user_id) values (@collections/private, @files/public, @brand)"
    ),
    "collection_files/public": (
        "(collection_id, file_id, added_by_user_id) values (@collections/public, @files/private, @brand)"
    ),
    "collection_files/friends_public": (
        "(collection_id, file_id, added_by_user_id) values (@collections/friends_public, @files/published, @friend)"
    ),
    "idempotency_keys/brands": (
        "(user_id, idempotency_key, route, request_hash) values (@brand, 'other', 'POST /uploads', 'x')"
    ),
    "templates/brands": "(template_name, template_type, created_by_user_id) values ('x', 'email', @brand)",
    "templates/brands_inactive": "(template_name, template_type, created_by_user_id) values ('x', 'email', @brand)",
    "templates/rivals": "(template_name, template_type, created_by_user_id) values ('x', 'email', @rival)",
    "email_campaigns/retailers": (
        "(campaign_id, email_subject, email_content, sender_email, created_by_user_id)"
        " values (@campaigns/brands, 'x', 'x', 'x@example.com', @retailer)"
    ),
    "sms_campaigns/retailers": (
        "(campaign_id, sms_content, sender_number, created_by_user_id)"
        " values (@campaigns/brands, 'x', '+12025550100', @retailer)"
    ),
    "email_campaigns/brands": (
        "(campaign_id, email_subject, email_content, sender_email, created_by_user_id)"
        " values (@campaigns/brands, 'x', 'x', 'x@example.com', @brand)"
    ),
    "sms_campaigns/brands": (
        "(campaign_id, sms_content, sender_number, created_by_user_id)"
        " values (@campaigns/brands, 'x', '+12025550100', @brand)"
    ),
    "products/draft": "(product_title, created_by_user_id) values ('x', @brand)",
    "products/published": "(product_title, created_by_user_id) values ('x', @brand)",
    "product_variants/draft": "(product_id, variant_title) values (@products/draft, 'x')",
    "product_variants/published": "(product_id, variant_title) values (@products/published, 'x')",
    "approvals/retailers": (
        "(campaign_id, email_campaign_id, created_by_user_id, campaign_owner_id, content_digest)"
        " values (@campaigns/brands, @email_campaigns/retailers, @retailer, @brand, sha256('x'))"
    ),
    "conversions/retailers": (
        "(campaign_id, retailer_id, order_id, kind, value, currency, occurred_at)"
        " values (@campaigns/brands, @retailer, 'x', 'order', 1, 'EUR', now())"
    ),
    "watch_models/brands": "(model_name, created_by_user_id) values ('x', @brand)",
    "watch_models/inactive": "(model_name, created_by_user_id) values ('x', @brand)",
    "wish_list_items/retailers": "(model_id, retailer_id) values (@watch_models/brands, @retailer)",
}
