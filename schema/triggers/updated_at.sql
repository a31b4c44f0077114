-- requires: functions/set_updated_at.sql
-- Every table with the column. A statement that changes nothing does not count as a change, nor does one that only sets
-- last_login_at, budget_spent or download_count.

create or replace trigger set_updated_at before update on public.users
    for each row when (old.* is distinct from new.* and old.last_login_at is not distinct from new.last_login_at) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.files
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.campaigns
    for each row when (old.* is distinct from new.* and old.budget_spent = new.budget_spent) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.campaign_items
    for each row when (old.* is distinct from new.* and old.offer_at is not distinct from new.offer_at) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.templates
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.campaign_templates
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.social_accounts
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.products
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.product_variants
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.watch_models
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.wish_list_items
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.regional_wish_lists
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.collections
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.brand_assets
    for each row when (old.* is distinct from new.* and old.download_count = new.download_count) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.retailer_scores
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.uploads
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.retailer_groups
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.notices
    for each row when (old.* is distinct from new.* and old.read_at is not distinct from new.read_at) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.campaign_funds
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
create or replace trigger set_updated_at before update on public.fund_claims
    for each row when (old.* is distinct from new.*) execute function ddp.set_updated_at();
