-- requires: functions/retention_settings.sql, policies/send_plans.sql

create or replace function ddp.recipients_are_gone(p_send_plan_id uuid) returns boolean
    language sql stable security definer
    set search_path = ''
as $$
    -- Removing them takes a while, and has begun at the earliest when they were old enough.
    select p.recipients_erased_at is not null
        or coalesce(
            coalesce(p.completed_at, p.cancelled_at, p.failed_at) < now() - ddp.kept('recipients'), false
        )
    from public.send_plans p
    where p.send_plan_id = p_send_plan_id
$$;
comment on function ddp.recipients_are_gone(uuid) is
    'Whether retention has removed names and addresses of a send''s recipients, or does so now. For workers.';
revoke all on function ddp.recipients_are_gone(uuid) from public, anon, authenticated, service_role;
grant execute on function ddp.recipients_are_gone(uuid) to service_role;
