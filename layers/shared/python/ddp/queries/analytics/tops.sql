-- Ten rows each, of what the caller sees.

-- name: assets
-- The assets downloaded most.
select position, asset_id, asset_name, asset_type, file_id, brand_id, download_count
from public.top_downloaded_assets order by position;

-- name: retailers
-- The retailers that downloaded most.
select position, retailer_id, retailer_name, download_count, asset_count, last_activity_at
from public.top_active_retailers_assets order by position;

-- name: templates
-- The templates that reach most retailers.
select position, template_id, template_name, template_type, brand_id, usage_count, retailers_reached, retailers_total,
    coverage, conversion_rate
from public.top_templates_coverage order by position;

-- name: campaigns
-- The campaigns with most clicks and engagement.
select position, campaign_id, campaign_name, campaign_status, brand_id, performance, delivered_count, email_open_rate,
    email_click_rate, post_engagement
from public.top_campaign_performance order by position;

-- name: wishes
-- The models wished for most.
select position, model_id, model_name, collection_name, mpn, brand_id, wish_count, retailer_count
from public.top_wish_list_items order by position;
