-- requires: functions/refresh_group_members.sql, functions/retailer_groups.sql, functions/set_updated_at.sql

create or replace trigger touch_new_retailers after insert on public.users
    referencing new table as changed
    for each statement execute function ddp.touch_new_retailers();
create or replace trigger touch_activated_retailers after update on public.users
    referencing old table as before new table as changed
    for each statement execute function ddp.touch_activated_retailers();

create or replace trigger check_group_ids before insert or update of group_ids, created_by_user_id on public.brand_assets
    for each row when (new.group_ids is not null) execute function ddp.check_group_ids();
create or replace trigger check_group_ids before insert or update of group_ids, created_by_user_id on public.campaigns
    for each row when (new.group_ids is not null) execute function ddp.check_group_ids();
