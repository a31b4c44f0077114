-- requires: policies/analytics_tables.sql
-- Joins `products`, whose policy decides.

create or replace view public.product_analytics with (security_invoker = true) as
select
    p.product_id,
    p.product_title,
    p.product_type,
    p.vendor,
    p.status,
    p.created_by_user_id,
    p.published_at,
    coalesce(s.variant_count, 0) as variant_count,
    coalesce(s.in_stock_variant_count, 0) as in_stock_variant_count,
    coalesce(s.inventory_quantity, 0) as inventory_quantity,
    coalesce(round(100.0 * least(s.in_stock_variant_count, s.variant_count) / nullif(s.variant_count, 0), 2), 0) as availability_rate,
    s.lowest_price,
    s.highest_price,
    coalesce(s.discounted_variant_count, 0) as discounted_variant_count,
    p.created_at
from public.products p
left join ddp.product_stats s on s.product_id = p.product_id;
comment on view public.product_analytics is
    'Products with what their variants add up to: stock, prices, discounts.';
comment on column public.product_analytics.product_id is 'The product.';
comment on column public.product_analytics.product_title is 'Its title.';
comment on column public.product_analytics.product_type is 'Its category.';
comment on column public.product_analytics.vendor is 'Vendor.';
comment on column public.product_analytics.status is 'Status.';
comment on column public.product_analytics.created_by_user_id is 'The brand.';
comment on column public.product_analytics.published_at is 'When it was published.';
comment on column public.product_analytics.variant_count is 'Variants.';
comment on column public.product_analytics.in_stock_variant_count is 'Variants with stock.';
comment on column public.product_analytics.inventory_quantity is 'Pieces in stock; below zero: oversold.';
comment on column public.product_analytics.availability_rate is 'Variants with stock in percent of all.';
comment on column public.product_analytics.lowest_price is 'Of the variants.';
comment on column public.product_analytics.highest_price is 'Of the variants.';
comment on column public.product_analytics.discounted_variant_count is 'Variants below their original price.';
comment on column public.product_analytics.created_at is 'When it was made.';
revoke all on public.product_analytics from public, anon, authenticated, service_role;
grant select on public.product_analytics to authenticated, service_role;
