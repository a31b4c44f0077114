create or replace function ddp.erased_email(p_email_send_id uuid) returns text
    language sql immutable
    set search_path = ''
as $$
    select 'erased@' || p_email_send_id::text || '.invalid'
$$;
comment on function ddp.erased_email(uuid) is 'What stands in place of an erased address: different for each message, and nobody''s.';
revoke all on function ddp.erased_email(uuid) from public, anon, authenticated, service_role;
