-- requires: functions/asset_terms.sql
-- By the columns that an update names: counting a download does not look at them.

create or replace trigger set_asset_change_insert before insert on public.brand_assets
    for each row execute function ddp.set_asset_change();
create or replace trigger set_asset_change before update of available_from, available_until, unpublished_at, changes_at
    on public.brand_assets
    for each row execute function ddp.set_asset_change();
