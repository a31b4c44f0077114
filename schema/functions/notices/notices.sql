-- requires: functions/require_active_user.sql, policies/notices.sql
-- What an account should know without asking. Whoever adds several notices adds them last in its transaction, and all at
-- once: they are locked in one order.

create or replace function ddp.latest_of(p_old jsonb, p_new jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    -- Lists grow at the end, to at most 20; anything else is replaced.
    select coalesce(jsonb_object_agg(k.key, case
        when jsonb_typeof(p_old -> k.key) = 'array' and jsonb_typeof(p_new -> k.key) = 'array' then (
            select coalesce(jsonb_agg(v.value order by v.place), '[]')
            from (
                select e.value, max(e.place) as place
                from jsonb_array_elements((p_old -> k.key) || (p_new -> k.key)) with ordinality e (value, place)
                group by e.value
                order by max(e.place) desc
                limit 20
            ) v
        )
        else coalesce(p_new -> k.key, p_old -> k.key)
    end), '{}')
    from (select jsonb_object_keys(p_old) union select jsonb_object_keys(p_new)) k (key)
$$;
comment on function ddp.latest_of(jsonb, jsonb) is
    'The detail of a notice with that of another occurrence: lists are joined, the latest 20 stay; other values are the new ones.';

create or replace function ddp.add_notices(p_notices jsonb) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint := 0;
    v_notice record;
begin
    for v_notice in
        select n.user_id, n.cause, n.subject_type, n.subject_id, coalesce(n.detail, '{}') as detail
        from jsonb_to_recordset(p_notices) n (user_id uuid, cause text, subject_type text, subject_id uuid, detail jsonb)
        order by n.user_id, n.cause, n.subject_id
    loop
        insert into public.notices as n (user_id, cause, subject_type, subject_id, day, detail)
        values (
            v_notice.user_id, v_notice.cause, v_notice.subject_type, v_notice.subject_id,
            (now() at time zone 'UTC')::date, v_notice.detail
        )
        on conflict (user_id, cause, subject_id, day) do update
        set count = n.count + 1, detail = ddp.latest_of(n.detail, excluded.detail), read_at = null, updated_at = now();
        v_count := v_count + 1;
    end loop;
    return v_count;
end
$$;
comment on function ddp.add_notices(jsonb) is
    'Adds notices: an array of objects with user_id, cause, subject_type and subject_id (both or neither), and detail (ids and '
    'words). One that is there for the same account, cause, subject and day (UTC) is counted up, and unread again.';

create or replace function public.read_notices(p_notice_ids uuid[]) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_count integer;
begin
    perform ddp.require(
        cardinality(p_notice_ids) between 1 and 1000, 'PT422', 'Name 1 to 1,000 notices.', '{"code": "invalid-notices"}'
    );
    -- In the order in which they are added.
    perform from public.notices n
    where n.notice_id = any (p_notice_ids) and n.user_id = v_user_id and n.read_at is null
    order by n.user_id, n.cause, n.subject_id
    for no key update;
    update public.notices n set read_at = now()
    where n.notice_id = any (p_notice_ids) and n.user_id = v_user_id and n.read_at is null;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function public.read_notices(uuid[]) is
    'Marks own notices as read, and returns how many were unread. Others'' notices, and those that are gone, are passed over.';

revoke all on function ddp.latest_of(jsonb, jsonb), ddp.add_notices(jsonb), public.read_notices(uuid[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.latest_of(jsonb, jsonb), ddp.add_notices(jsonb) to service_role;
grant execute on function public.read_notices(uuid[]) to authenticated;
