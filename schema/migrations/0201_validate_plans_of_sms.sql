-- statement_timeout: 1h
-- Checks what was written before 0194, without keeping writers out.
alter table public.sms_campaigns validate constraint sms_campaigns_message_type_check;
alter table public.send_plans
    validate constraint send_plans_message_type_check,
    validate constraint send_plans_max_parts_check,
    validate constraint send_plans_consent_check;
