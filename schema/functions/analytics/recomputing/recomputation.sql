-- requires: functions/require_worker_or_admin.sql
-- Administrators ask for a recomputation and see how far it is. The refresh of each minute does it, so that no request
-- and no function has to last as long.

create or replace function ddp.note_recomputation_began(p_slices integer) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.recomputation as r (began_at, slices) values (now(), p_slices)
    on conflict (is_only) do update set
        began_at = excluded.began_at, slices = excluded.slices, ended_at = null,
        -- Nobody asked since the last one ended: an operator begins it.
        requested_at = case when r.ended_at is null then r.requested_at else now() end,
        requested_by = case when r.ended_at is null then r.requested_by end
$$;
comment on function ddp.note_recomputation_began(integer) is 'Notes that a recomputation was cut into slices.';

create or replace function ddp.note_recomputation_ended() returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.recomputation set ended_at = clock_timestamp()
    where ended_at is null and not exists (select from ddp.recompute_slices)
$$;
comment on function ddp.note_recomputation_ended() is 'Notes that no slice of the recomputation is left, if none is.';

create or replace function public.get_recomputation()
    returns table (
        requested_by uuid, requested_at timestamptz, began_at timestamptz, ended_at timestamptz, slices integer,
        slices_left integer
    )
    language plpgsql stable security definer
    set search_path = ''
    rows 1
as $$
begin
    perform ddp.require_worker_or_admin();
    return query
    select
        r.requested_by, r.requested_at, r.began_at, r.ended_at, r.slices,
        case when r.began_at is not null then (select count(*)::integer from ddp.recompute_slices) end
    from ddp.recomputation r;
end
$$;
comment on function public.get_recomputation() is
    'The recomputation of statistics under way, or the last one; slices are null until it begins. For administrators.';

-- It is begun by the next refresh, as one that a migration asks for: to begin it, a refresh under way must end first.
create or replace function public.request_recomputation()
    returns table (
        requested_by uuid, requested_at timestamptz, began_at timestamptz, ended_at timestamptz, slices integer,
        slices_left integer
    )
    language plpgsql volatile security definer
    set search_path = ''
    rows 1
as $$
begin
    perform ddp.require_worker_or_admin();
    insert into ddp.recomputation as r (requested_by) values (auth.uid())
    on conflict (is_only) do update set
        requested_by = excluded.requested_by, requested_at = now(), began_at = null, slices = null, ended_at = null
    where r.ended_at is not null;
    if found then
        insert into ddp.recompute_slices (position, step, source_name) values (0, 'clear', 'ddp.file_stats')
        on conflict do nothing;
    end if;
    return query select g.* from public.get_recomputation() g;
end
$$;
comment on function public.request_recomputation() is
    'Has all statistics derived from the facts again, by the refreshes of the next minutes; one that is under way goes on '
    'instead. Returns it. For administrators.';

revoke all on function
    ddp.note_recomputation_began(integer), ddp.note_recomputation_ended(), public.get_recomputation(),
    public.request_recomputation()
    from public, anon, authenticated, service_role;
grant execute on function public.get_recomputation(), public.request_recomputation() to authenticated;
