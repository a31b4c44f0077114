-- requires: policies/upload_arrivals.sql, policies/uploads.sql, functions/waiting_work.sql
-- Who verifies the object of an upload, and which uploads nobody is at work on although their object may be there.

create or replace function ddp.take_upload(p_upload_id uuid, p_etag text, p_scan_verdict text, p_lease interval)
    returns smallint
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.upload_arrivals as a (upload_id, etag, scan_verdict, leased_until)
    select u.upload_id, p_etag, p_scan_verdict, clock_timestamp() + p_lease
    from public.uploads u
    where u.upload_id = p_upload_id and u.state = 'pending'
    on conflict (upload_id) do update
    set etag = excluded.etag, scan_verdict = excluded.scan_verdict, leased_until = excluded.leased_until,
        lost_leases = a.lost_leases + coalesce(a.leased_until < clock_timestamp(), false)::integer
    -- A lease is for one version of the object and one verdict.
    where a.leased_until is null or a.leased_until < clock_timestamp()
        or (a.etag, a.scan_verdict) is distinct from (excluded.etag, excluded.scan_verdict)
    returning a.lost_leases
$$;
comment on function ddp.take_upload(uuid, text, text, interval) is
    'Gives a pending upload, whose object arrived, to one worker until its lease ends; returns how many workers before lost '
    'theirs. No row: another worker verifies it, or it is not pending.';

create or replace function ddp.waiting_uploads(p_may_look boolean, p_limit integer)
    returns table (upload_id uuid, etag text, scan_verdict text)
    language sql stable
    set search_path = ''
as $$
    select u.upload_id, a.etag, a.scan_verdict
    from public.uploads u
    left join ddp.upload_arrivals a on a.upload_id = u.upload_id
    where u.state = 'pending' and not ddp.hint_is_believed(coalesce(a.queued_at, u.created_at))
        and (a.leased_until is null or a.leased_until < clock_timestamp())
        and case
            when a.etag is not null then true
            -- Its event may be lost: look for the object each minute at first, then whenever it is a tenth older.
            when p_may_look and u.expires_at + interval '1 hour' > now() then
                a.looked_at is null or a.looked_at < now() - greatest(interval '50 seconds', (now() - u.created_at) / 10)
            else false
        end
    order by a.etag is null, a.looked_at nulls first, u.created_at
    limit p_limit
$$;
comment on function ddp.waiting_uploads(boolean, integer) is
    'Pending uploads that nobody is at work on: of those whose object arrived, with the ETag and the verdict of its event; '
    'and (p_may_look) those to look for in the bucket, without. At most p_limit. Then call ddp.note_looked().';

create or replace function ddp.note_looked(p_looked uuid[], p_told uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.upload_arrivals as a (upload_id, looked_at, queued_at)
    select u.upload_id, now(), case when u.upload_id = any (p_told) then now() end
    from public.uploads u
    where u.upload_id = any (p_looked || p_told)
    order by u.upload_id
    on conflict (upload_id) do update
    set looked_at = excluded.looked_at, queued_at = coalesce(excluded.queued_at, a.queued_at)
$$;
comment on function ddp.note_looked(uuid[], uuid[]) is
    'Records that reconciliation looked at these uploads, and that the queue has taken messages about those of p_told.';

revoke all on function
    ddp.take_upload(uuid, text, text, interval), ddp.waiting_uploads(boolean, integer), ddp.note_looked(uuid[], uuid[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.take_upload(uuid, text, text, interval), ddp.waiting_uploads(boolean, integer), ddp.note_looked(uuid[], uuid[])
    to service_role;
