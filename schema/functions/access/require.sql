-- How every function refuses. The HTTP functions and PostgREST answer SQLSTATE PTnnn with HTTP status nnn; the detail
-- is a JSON object whose `code` is a stable word for programs.

create or replace function ddp.require(p_holds boolean, p_state text, p_message text, p_detail jsonb default null)
    returns void
    language plpgsql
    set search_path = ''
as $$
begin
    if p_holds then
        return;
    elsif p_detail is null then
        raise exception using errcode = p_state, message = p_message;
    end if;
    raise exception using errcode = p_state, message = p_message, detail = p_detail::text;
end
$$;
comment on function ddp.require(boolean, text, text, jsonb) is
    'Raises the error unless the condition holds; null does not hold.';
revoke all on function ddp.require(boolean, text, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function ddp.require(boolean, text, text, jsonb) to service_role;
