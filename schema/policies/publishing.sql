-- The private side of publishing: steps that are due, calls, progress of uploads, tokens and connections (ciphertext), and
-- what posts may cost. For workers only; users see parts of it through functions.

do $$
declare
    v_table text;
begin
    foreach v_table in array
        '{social_work,social_calls,social_checkpoints,social_tokens,social_connections,social_budgets,social_quotas}'::text[]
    loop
        execute format('revoke all on ddp.%I from public, anon, authenticated, service_role', v_table);
        execute format('grant select, insert, update, delete on ddp.%I to service_role', v_table);
        execute format('drop policy if exists workers on ddp.%I', v_table);
        execute format('create policy workers on ddp.%I to service_role using (true) with check (true)', v_table);
    end loop;
end
$$;
