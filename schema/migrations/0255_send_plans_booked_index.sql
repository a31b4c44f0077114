-- transaction: none
-- Plans whose cost was booked lately, which is corrected.
create index concurrently if not exists send_plans_booked_idx on public.send_plans (cost_booked_at) where channel = 'sms';
