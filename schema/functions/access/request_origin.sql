-- Address and agent of the request, from the headers that the API (or PostgREST) puts into the transaction.
-- A header that cannot be read counts as absent: a malformed header must not make a request fail.

create or replace function ddp.request_header(p_name text) returns text
    language plpgsql stable
    set search_path = ''
as $$
begin
    return nullif(current_setting('request.headers', true), '')::json ->> p_name;
exception
    when invalid_text_representation then return null;
end
$$;
comment on function ddp.request_header(text) is 'A header of the request by its lower-case name, or null.';

create or replace function ddp.request_address() returns inet
    language plpgsql stable
    set search_path = ''
as $$
begin
    return nullif(btrim(split_part(ddp.request_header('x-forwarded-for'), ',', 1)), '')::inet;
exception
    when invalid_text_representation then return null;
end
$$;
comment on function ddp.request_address() is 'The client''s address: the first one in x-forwarded-for, or null.';

create or replace function ddp.request_agent() returns text
    language sql stable
    set search_path = ''
as $$
    select left(ddp.request_header('user-agent'), 1000)
$$;
comment on function ddp.request_agent() is 'The client''s user-agent, cut at 1,000 characters, or null.';

revoke all on function ddp.request_header(text), ddp.request_address(), ddp.request_agent()
    from public, anon, authenticated, service_role;
grant execute on function ddp.request_header(text), ddp.request_address(), ddp.request_agent() to service_role;
