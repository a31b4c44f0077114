-- requires: functions/request_origin.sql

create or replace function ddp.log_change(p_table text, p_record_id uuid, p_old jsonb, p_new jsonb) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into public.audit_logs (
        table_name, record_id, action, old_values, new_values, changed_by, ip_address, user_agent
    ) values (
        p_table, p_record_id, case when p_old is null then 'INSERT' when p_new is null then 'DELETE' else 'UPDATE' end,
        p_old, p_new, auth.uid(), ddp.request_address(), ddp.request_agent()
    )
$$;
comment on function ddp.log_change(text, uuid, jsonb, jsonb) is
    'Writes one row to the audit trail about what a person did to a ledger, whose rows are not audited one by one.';
revoke all on function ddp.log_change(text, uuid, jsonb, jsonb) from public, anon, authenticated, service_role;
