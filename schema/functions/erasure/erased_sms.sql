create or replace function ddp.erased_sms(p_sms_send_id uuid) returns text
    language sql immutable
    set search_path = ''
as $$
    select 'erased' || left(replace(p_sms_send_id::text, '-', ''), 14)
$$;
comment on function ddp.erased_sms(uuid) is 'What stands in place of an erased number: different for each message, and no number.';
revoke all on function ddp.erased_sms(uuid) from public, anon, authenticated, service_role;
