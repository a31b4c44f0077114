-- requires: functions/cleanup_old_rows.sql
-- Removes what ended requests leave behind: stored answers, and uploads that became a file or never will. Rows are
-- removed in portions, so that no call takes long or holds many locks: call again until nothing is removed.

create or replace function public.cleanup_old_idempotency_keys(
    p_keep interval default interval '7 days', p_limit integer default 10000
) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_removed bigint;
begin
    perform ddp.require_portion(p_keep, interval '1 day', p_limit);
    delete from public.idempotency_keys k
    where k.ctid = any (array(
        select o.ctid from public.idempotency_keys o
        where o.created_at < now() - p_keep
        order by o.created_at
        limit p_limit
        for update skip locked
    ));
    get diagnostics v_removed = row_count;
    return v_removed;
end
$$;
comment on function public.cleanup_old_idempotency_keys(interval, integer) is
    'Removes Idempotency-Keys and their answers that are older than p_keep (at least a day), the oldest p_limit of them; '
    'returns how many: fewer than p_limit when none is left. A later repetition of such a request is a new request. For '
    'workers and administrators.';

create or replace function public.cleanup_old_uploads(
    p_keep interval default interval '90 days', p_limit integer default 10000
) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_removed bigint;
begin
    -- A message about an upload can wait 14 days in its queue and 14 in the dead-letter queue, and needs the row then.
    perform ddp.require_portion(p_keep, interval '30 days', p_limit);
    delete from public.uploads u
    where u.ctid = any (array(
        select o.ctid from public.uploads o
        where coalesce(o.settled_at, o.expires_at) < now() - p_keep
        limit p_limit
        for update skip locked
    ));
    get diagnostics v_removed = row_count;
    return v_removed;
end
$$;
comment on function public.cleanup_old_uploads(interval, integer) is
    'Removes uploads that were settled, or expired unsettled, longer ago than p_keep (at least 30 days), at most p_limit; '
    'returns how many: fewer than p_limit when none is left. Their files stay. For workers and administrators.';

create or replace function public.cleanup_old_invitations(
    p_keep interval default interval '90 days', p_limit integer default 10000
) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_removed bigint;
    v_more bigint;
begin
    perform ddp.require_portion(p_keep, interval '1 day', p_limit);
    delete from public.account_members m
    where m.ctid = any (array(
        select o.ctid from public.account_members o
        where o.accepted_at is null and least(o.ended_at, o.expires_at) < now() - p_keep
        limit p_limit
        for update skip locked
    ));
    get diagnostics v_removed = row_count;
    delete from public.user_invitations i
    where i.ctid = any (array(
        select o.ctid from public.user_invitations o
        where least(o.accepted_at, o.ended_at, o.expires_at) < now() - p_keep
        limit p_limit - v_removed
        for update skip locked
    ));
    get diagnostics v_more = row_count;
    return v_removed + v_more;
end
$$;
comment on function public.cleanup_old_invitations(interval, integer) is
    'Removes invitations to accounts that expired or were withdrawn longer ago than p_keep (at least a day), and those to '
    'the platform that ended then, at most p_limit: they hold addresses of people who never came. Returns how many. For workers and administrators.';

create or replace function ddp.require_portion(p_keep interval, p_least interval, p_limit integer) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require_retention(p_keep, p_least);
    perform ddp.require(
        p_limit between 1 and 100000, 'PT422', 'Remove between 1 and 100,000 rows per call.', '{"code": "invalid-limit"}'
    );
end
$$;
comment on function ddp.require_portion(interval, interval, integer) is
    'ddp.require_retention, and PT422 for a portion that is empty or too large.';

revoke all on function
    ddp.require_portion(interval, interval, integer),
    public.cleanup_old_idempotency_keys(interval, integer),
    public.cleanup_old_uploads(interval, integer),
    public.cleanup_old_invitations(interval, integer)
    from public, anon, authenticated, service_role;
grant execute on function
    public.cleanup_old_idempotency_keys(interval, integer),
    public.cleanup_old_uploads(interval, integer),
    public.cleanup_old_invitations(interval, integer)
    to authenticated, service_role;
