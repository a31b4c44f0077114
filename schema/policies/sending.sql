-- The private side of sending: chunks, planning batches, provider calls, rates, senders' outcomes, clocks, money, and frequency caps. For
-- workers only; users see parts of it through functions.

do $$
declare
    v_table text;
begin
    foreach v_table in array
        '{send_chunks,send_plan_batches,send_plan_rejections,send_calls,rate_buckets,bucket_senders,content_troubles,sender_hours,soft_bounces,clocks,holidays,budgets,plan_origins,plan_links,plan_variants,ab_tests,sms_replies,opt_outs_to_push,opt_out_returns,opt_out_work,frequency_caps,recipient_counters,send_forecasts,forecast_batches,forecast_addresses}'::text[]
    loop
        execute format('revoke all on ddp.%I from public, anon, authenticated, service_role', v_table);
        execute format('grant select, insert, update, delete on ddp.%I to service_role', v_table);
        execute format('drop policy if exists workers on ddp.%I', v_table);
        execute format('create policy workers on ddp.%I to service_role using (true) with check (true)', v_table);
    end loop;
end
$$;
