-- Address, agent and id of the request, from the headers that the API (or PostgREST) puts into the transaction.
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

create or replace function ddp.request_id() returns text
    language sql stable
    set search_path = ''
as $$
    select substring(ddp.request_header('x-request-id') from '^[A-Za-z0-9=_+/.-]{1,100}$')
$$;
comment on function ddp.request_id() is
    'The id of the HTTP request, which its log lines have, or null. A browser that asks the database may say what it likes.';

revoke all on function ddp.request_header(text), ddp.request_address(), ddp.request_agent(), ddp.request_id()
    from public, anon, authenticated, service_role;
grant execute on function ddp.request_header(text), ddp.request_address(), ddp.request_agent(), ddp.request_id()
    to service_role;
