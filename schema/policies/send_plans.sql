-- requires: functions/active_user.sql
-- An outbox: seen by the user who requested the send and by administrators (it may hold a list of recipients). Written
-- through functions; workers record a plan's progress and change nothing that was frozen.

revoke all on public.send_plans from public, anon, authenticated, service_role;
grant select on public.send_plans to authenticated;
grant
    select,
    update (
        queued_at, planned_at, prepared_html, prepared_text, call_size, started_at, resumed_at, completed_at, cost_booked_at,
        failed_at, failure_code, failure_reason, leased_until, lost_leases, lost_after_batch, estimated_cost,
        winner, rest_since
    )
    on public.send_plans to service_role;

drop policy if exists read on public.send_plans;
create policy read on public.send_plans for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.send_plans;
create policy workers on public.send_plans to service_role using (true) with check (true);
