-- For the release before, which calls it: ddp.start_email_sends takes a last look at each recipient.

create or replace function ddp.start_email_calls(p_calls uuid[], p_lease interval) returns setof uuid
    language sql volatile
    set search_path = ''
as $$
    update ddp.send_calls c
    set started_at = clock_timestamp(), leased_until = clock_timestamp() + p_lease
    where c.send_call_id = any (p_calls) and c.started_at is null and c.ended_at is null
        and c.leased_until > clock_timestamp()
    returning c.send_call_id
$$;
comment on function ddp.start_email_calls(uuid[], interval) is
    'Marks calls as started. Commit it just before calling the provider, and make only the calls that it returns: the '
    'lease of the others has ended, or they were started before. p_lease must be longer than a call can take.';
revoke all on function ddp.start_email_calls(uuid[], interval) from public, anon, authenticated, service_role;
grant execute on function ddp.start_email_calls(uuid[], interval) to service_role;
