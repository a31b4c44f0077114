-- twin: sms (erase_sms_tests)
-- requires: functions/erased_email.sql, functions/erased_sms.sql, policies/email_test_sends.sql, policies/sms_test_sends.sql

create or replace function ddp.erase_email_tests(p_address text, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    update public.email_test_sends t
    set recipient_email = ddp.erased_email(t.email_test_send_id), template_data = '{}', failure_reason = null
    where t.email_test_send_id = any (array(
        select o.email_test_send_id from public.email_test_sends o
        where lower(o.recipient_email) = p_address and o.ended_at is not null
        limit p_limit
    ));
    get diagnostics v_count = row_count;
    -- A test send that is being sent is found again.
    return v_count + (
        select count(*) from public.email_test_sends o where lower(o.recipient_email) = p_address and o.ended_at is null
    );
end
$$;
comment on function ddp.erase_email_tests(text, integer) is 'Erases an address, and the data for it, from test sends.';
revoke all on function ddp.erase_email_tests(text, integer) from public, anon, authenticated, service_role;
