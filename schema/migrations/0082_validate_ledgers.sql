-- Filled and checked apart from 0078 to 0081: this reads the tables without keeping writers out.

update public.send_plans set channel = 'sms', starts_when_planned = true where sms_campaign_id is not null;
-- What was complete was booked in the same statement.
update public.send_plans set cost_booked_at = completed_at where completed_at is not null;
-- squawk-ignore require-concurrent-index-creation
create index send_plans_unbooked_idx on public.send_plans (send_plan_id)
    where completed_at is not null and cost_booked_at is null;

alter table public.sms_sends
    validate constraint sms_sends_units_check,
    validate constraint sms_sends_price_check,
    validate constraint sms_sends_encoding_check,
    validate constraint sms_sends_recipient_phone_check;
alter table public.suppressions validate constraint suppressions_send_check;
