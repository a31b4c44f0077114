-- requires: policies/sending.sql, policies/senders.sql
-- A worker that composes for a sender alone. Claims pass over the sender until the worker frees it, or does not say for
-- ten seconds that it is still there.

create or replace function ddp.hold_sender(p_bucket text, p_sender uuid, p_worker uuid, p_is_slow boolean) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- Senders before senders of buckets: resuming a sender locks in this order.
    insert into public.senders as s (user_id, channel, slow_until)
    select p_sender, b.channel, now() + interval '1 hour'
    from ddp.rate_buckets b
    where b.bucket = p_bucket and p_is_slow
    on conflict (user_id, channel) do update set slow_until = excluded.slow_until
    where s.slow_until is null or s.slow_until < excluded.slow_until;
    update ddp.bucket_senders b
    set held_by = p_worker, held_until = clock_timestamp() + interval '10 seconds'
    where b.bucket = p_bucket and b.sender_user_id = p_sender
        and (b.held_by = p_worker or b.held_until is null or b.held_until <= clock_timestamp());
    return found;
end
$$;
comment on function ddp.hold_sender(text, uuid, uuid, boolean) is
    'Holds a sender for a worker, or goes on holding it; false: another worker holds it. p_is_slow: its content is slow, so '
    'one worker at a time composes for it for the next hour.';

create or replace function ddp.free_sender(p_bucket text, p_sender uuid, p_worker uuid) returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.bucket_senders b set held_by = null, held_until = null
    where b.bucket = p_bucket and b.sender_user_id = p_sender and b.held_by = p_worker
$$;
comment on function ddp.free_sender(text, uuid, uuid) is 'Ends a worker''s hold on a sender.';

revoke all on function ddp.hold_sender(text, uuid, uuid, boolean), ddp.free_sender(text, uuid, uuid)
    from public, anon, authenticated, service_role;
grant execute on function ddp.hold_sender(text, uuid, uuid, boolean), ddp.free_sender(text, uuid, uuid) to service_role;
