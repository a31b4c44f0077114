-- statement_timeout: 1h
-- Checks that the rows of before comply with 0233, without keeping writers out.

alter table public.email_campaigns validate constraint email_campaigns_ab_test_size;
alter table public.sms_campaigns validate constraint sms_campaigns_ab_test_size;
alter table public.send_plans
    validate constraint send_plans_test_share_check,
    validate constraint send_plans_winner_check,
    validate constraint send_plans_rest_check;
alter table public.email_sends validate constraint email_sends_variant_check;
alter table public.sms_sends validate constraint sms_sends_variant_check;
