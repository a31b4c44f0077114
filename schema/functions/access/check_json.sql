-- requires: functions/require.sql

create or replace function ddp.check_json(p_value jsonb, p_what text) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        ddp.is_metadata(p_value), 'PT422',
        p_what || ' must be a JSON object of at most 8,192 characters and 32 levels, without numbers over 1e300.',
        '{"code": "invalid-json"}'
    );
end
$$;
comment on function ddp.check_json(jsonb, text) is 'PT422 unless the value is a JSON object of bounded size.';
revoke all on function ddp.check_json(jsonb, text) from public, anon, authenticated, service_role;
grant execute on function ddp.check_json(jsonb, text) to service_role;
