-- Checked apart from 0040: this reads the table without keeping writers out.

alter table public.send_plans
    validate constraint send_plans_lateness_check,
    validate constraint send_plans_quiet_check,
    validate constraint send_plans_retry_check,
    validate constraint send_plans_call_size_check,
    validate constraint send_plans_attachments_check,
    validate constraint send_plans_failure_check;
