-- requires: functions/metric_changes.sql
-- Every table that statistics come from. Actions and sessions are deleted by retention only, which has no trigger:
-- the statistics keep what was, and functions/retention.sql archives what recomputing needs.

create or replace trigger metric_changes_insert after insert on public.file_actions
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.sessions
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.sessions
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.email_sends
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.email_sends
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.email_sends
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.sms_sends
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.sms_sends
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.sms_sends
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.social_posts
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.social_posts
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.social_posts
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.social_engagement
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.social_engagement
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.email_campaigns
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.email_campaigns
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.email_campaigns
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.sms_campaigns
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.sms_campaigns
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.sms_campaigns
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.campaign_participants
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.campaign_participants
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.campaign_participants
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.templates
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.templates
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.templates
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.files
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.collection_files
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.collection_files
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.collection_files
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.brand_assets
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.brand_assets
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.brand_assets
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.product_variants
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.product_variants
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.product_variants
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_insert after insert on public.wish_list_items
    referencing new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.wish_list_items
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.wish_list_items
    referencing old table as before for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_update after update on public.users
    referencing old table as before new table as changed for each statement execute function ddp.record_metric_changes();
create or replace trigger metric_changes_delete after delete on public.social_engagement
    referencing old table as before for each statement execute function ddp.record_metric_changes();
