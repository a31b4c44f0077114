-- Files of figures: those of the person go, and of others' those that may name the person, or say where and by which device.

create or replace function ddp.exports_naming(p_user_id uuid) returns setof public.analytics_exports
    language sql stable
    set search_path = ''
as $$
    select x.*
    from public.users u
    join public.analytics_exports x on
        x.list in ('users', 'retailer-scores', 'sessions')  -- tests/unit/functions/maintenance/test_names_in_exports.py
        -- Others were read after the name had gone. A file that is ready ended when its reading began; the minute is for
        -- one that began to be read while the name was being taken away.
        and coalesce(x.ended_at, x.created_at) < u.updated_at + interval '1 minute'
    where u.user_id = p_user_id and p_user_id not in (x.created_by_user_id, x.requested_by_user_id)
$$;
comment on function ddp.exports_naming(uuid) is
    'Others'' exports of figures that may name a user, because they were read before the user was erased.';

create or replace function ddp.erase_exports_of_user(p_user_id uuid) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_gone bigint;
begin
    with gone as (
        delete from public.analytics_exports x
        where x.analytics_export_id = any (array(
            select o.analytics_export_id from public.analytics_exports o
            where o.created_by_user_id = p_user_id or o.requested_by_user_id = p_user_id
            for update skip locked
        ))
        returning x.analytics_export_id, x.format
    ), withdrawn as (
        update public.analytics_exports x
        set state = 'failed', row_count = null,
            failure_reason = 'Withdrawn: it may have named a person who was erased. Request it again.'
        where x.state = 'ready'
            and x.analytics_export_id in (select n.analytics_export_id from ddp.exports_naming(p_user_id) n)
        returning x.analytics_export_id, x.format
    ), removed as (
        select g.* from gone g union all select w.* from withdrawn w
    ), noted as (
        insert into ddp.object_removals (object_key)
        select format('exports/%s.%s.gz', r.analytics_export_id, r.format) from removed r
        on conflict do nothing
    )
    select count(*) into v_gone from removed;
    return v_gone;
end
$$;
comment on function ddp.erase_exports_of_user(uuid) is
    'Removes a user''s exports of figures, and withdraws others'' that may name the user, with their objects; returns how '
    'many. One that is being written is left to a later pass.';

create or replace function ddp.is_being_exported(p_user_id uuid) returns boolean
    language sql stable
    set search_path = ''
as $$
    select exists (
        select from public.analytics_exports x where p_user_id in (x.created_by_user_id, x.requested_by_user_id)
    ) or exists (
        select from ddp.exports_naming(p_user_id) n where n.state = 'pending' and n.attempts > 0
    )
$$;
comment on function ddp.is_being_exported(uuid) is
    'Whether a file is being written that may name a user, or is the user''s own: it goes once it is complete.';

revoke all on function ddp.exports_naming(uuid), ddp.erase_exports_of_user(uuid), ddp.is_being_exported(uuid)
    from public, anon, authenticated, service_role;
