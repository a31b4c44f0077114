-- statement_timeout: 1h
-- Checks what was written before 0221, without keeping writers out.
alter table public.send_plans validate constraint send_plans_spread_over_check;
