-- transaction: none
create index concurrently if not exists send_plans_open_idx on public.send_plans (created_by_user_id)
    where completed_at is null and cancelled_at is null and failed_at is null;
