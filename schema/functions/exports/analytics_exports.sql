-- requires: functions/require.sql, functions/require_active_user.sql, functions/sender_identities.sql
-- requires: policies/analytics_exports.sql, functions/waiting_work.sql
-- Files of figures. The worker logs in as the HTTP functions do and acts as the person who asked, so that row level
-- security decides what is in the file. What it notes about its work goes through the functions below, which refuse other
-- logins, and anybody but that person: so the worker can also say that a person who has left the account gets no file.

create or replace function public.request_analytics_export(p_list text, p_format text, p_request jsonb)
    returns public.analytics_exports
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_account_id constant uuid := ddp.require_active_user();
    v_export public.analytics_exports;
begin
    perform ddp.require(
        p_list ~ '^[a-z-]{1,50}$' and p_format in ('csv', 'jsonl') and jsonb_typeof(p_request) = 'object'
        and length(p_request::text) <= 4000,
        'PT422', 'An export has a list, a format ("csv" or "jsonl") and a request of at most 4,000 characters.',
        '{"code": "invalid-export"}'
    );
    perform from public.users u where u.user_id = v_account_id for no key update;
    perform ddp.require(
        (
            select count(*) from public.analytics_exports x
            where x.created_by_user_id = v_account_id and x.state = 'pending'
        ) < 5,
        'PT429', 'You already have five exports in progress: wait for one of them.', '{"code": "too-many-exports"}'
    );
    insert into public.analytics_exports (created_by_user_id, requested_by_user_id, list, format, request)
    values (v_account_id, auth.uid(), p_list, p_format, p_request)
    returning * into v_export;
    return v_export;
end
$$;
comment on function public.request_analytics_export(text, text, jsonb) is
    'Requests a file of a list of figures, as the caller sees it. At most five at a time.';

create or replace function ddp.begin_analytics_export(p_analytics_export_id uuid) returns smallint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_attempts smallint;
begin
    perform ddp.require_http_login();
    update public.analytics_exports x set attempts = x.attempts + 1
    where x.analytics_export_id = (
        select f.analytics_export_id from public.analytics_exports f
        where f.analytics_export_id = p_analytics_export_id and f.requested_by_user_id = auth.uid() and f.state = 'pending'
        for update skip locked
    )
    returning x.attempts into v_attempts;
    return v_attempts;
end
$$;
comment on function ddp.begin_analytics_export(uuid) is
    'Counts an attempt to write the file of an own export, and returns which it is. Null: it is settled, or another worker '
    'has it.';

create or replace function ddp.take_analytics_export(p_analytics_export_id uuid) returns setof public.analytics_exports
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_http_login();
    return query
    select x.* from public.analytics_exports x
    where x.analytics_export_id = p_analytics_export_id and x.requested_by_user_id = auth.uid() and x.state = 'pending'
    for update skip locked;
end
$$;
comment on function ddp.take_analytics_export(uuid) is
    'An own export that waits, locked until the transaction ends; no row if it is settled or another worker has it.';

create or replace function ddp.put_off_analytics_export(p_analytics_export_id uuid, p_delay interval) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_http_login();
    update public.analytics_exports x set queued_at = clock_timestamp() + p_delay
    where x.analytics_export_id = p_analytics_export_id and x.requested_by_user_id = auth.uid() and x.state = 'pending';
end
$$;
comment on function ddp.put_off_analytics_export(uuid, interval) is 'A message about the own export comes after the delay.';

create or replace function ddp.settle_analytics_export(
    p_analytics_export_id uuid, p_row_count bigint, p_failure_reason text default null
) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_http_login();
    update public.analytics_exports x
    set state = case when p_row_count is null then 'failed' else 'ready' end, row_count = p_row_count,
        failure_reason = left(p_failure_reason, 500), ended_at = now()
    where x.analytics_export_id = p_analytics_export_id and x.requested_by_user_id = auth.uid() and x.state = 'pending';
end
$$;
comment on function ddp.settle_analytics_export(uuid, bigint, text) is
    'Marks an own export as ready, with its number of rows; without a number as failed, with the reason.';

create or replace function ddp.waiting_analytics_exports() returns table (
        analytics_export_id uuid, created_by_user_id uuid, requested_by_user_id uuid
    )
    language sql volatile
    set search_path = ''
as $$
    -- Whoever writes the file holds the row's lock, which ends with the worker's connection.
    with waiting as materialized (
        select x.analytics_export_id from public.analytics_exports x
        where x.state = 'pending' and not ddp.hint_is_believed(x.queued_at)
        order by x.queued_at nulls first, x.analytics_export_id
        limit 100
        for no key update skip locked
    )
    update public.analytics_exports x set queued_at = now()
    from waiting w
    where x.analytics_export_id = w.analytics_export_id
    returning x.analytics_export_id, x.created_by_user_id, x.requested_by_user_id
$$;
comment on function ddp.waiting_analytics_exports() is
    'Exports (at most 100) that nobody is at work on, noted as queued. Send the messages in the same transaction.';

revoke all on function
    public.request_analytics_export(text, text, jsonb), ddp.begin_analytics_export(uuid), ddp.take_analytics_export(uuid),
    ddp.put_off_analytics_export(uuid, interval), ddp.settle_analytics_export(uuid, bigint, text),
    ddp.waiting_analytics_exports()
    from public, anon, authenticated, service_role;
grant execute on function
    public.request_analytics_export(text, text, jsonb), ddp.begin_analytics_export(uuid), ddp.take_analytics_export(uuid),
    ddp.put_off_analytics_export(uuid, interval), ddp.settle_analytics_export(uuid, bigint, text)
    to authenticated;
grant execute on function ddp.waiting_analytics_exports() to service_role;
