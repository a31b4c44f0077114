-- requires: functions/counters.sql
-- Actions are only ever added; retention removes old ones, which still count.

create or replace trigger download_count after insert on public.file_actions
    referencing new table as changed
    for each statement execute function ddp.add_downloads();
create or replace trigger download_count_insert before insert on public.brand_assets
    for each row execute function ddp.set_download_count();
create or replace trigger download_count_update before update of file_id on public.brand_assets
    for each row execute function ddp.set_download_count();

-- Triggers fire by name: an update adds before it takes away, and so no sum falls below zero in between.
create or replace trigger budget_spent_insert after insert on public.campaign_expenses
    referencing new table as changed
    for each statement execute function ddp.add_expenses('1');
create or replace trigger budget_spent_update_add after update on public.campaign_expenses
    referencing new table as changed
    for each statement execute function ddp.add_expenses('1');
create or replace trigger budget_spent_update_take after update on public.campaign_expenses
    referencing old table as changed
    for each statement execute function ddp.add_expenses('-1');
create or replace trigger budget_spent_delete after delete on public.campaign_expenses
    referencing old table as changed
    for each statement execute function ddp.add_expenses('-1');
