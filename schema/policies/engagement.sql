-- The private side of engagement: when posts are read, what platforms told, subscriptions, retired metrics, requests to forget. For
-- workers only; users see parts of it through functions.

do $$
declare
    v_table text;
begin
    foreach v_table in array
        '{social_polls,social_events,social_subscriptions,social_retired_metrics,social_deletions,social_post_days,social_read_budgets}'::text[]
    loop
        execute format('revoke all on ddp.%I from public, anon, authenticated, service_role', v_table);
        execute format('grant select, insert, update, delete on ddp.%I to service_role', v_table);
        execute format('drop policy if exists workers on ddp.%I', v_table);
        execute format('create policy workers on ddp.%I to service_role using (true) with check (true)', v_table);
    end loop;
end
$$;
