-- Trash goes for good: the row stays, because facts refer to it, and says so; the objects are noted for a worker that
-- deletes them. From then on nobody can restore the file, so nothing ever refers to an object that is gone.

create or replace function ddp.needed_files() returns setof uuid
    language sql stable
    set search_path = ''
as $$
    select (a.attachment ->> 'file_id')::uuid
    from public.send_plans p
    cross join lateral jsonb_array_elements(p.attachments) a (attachment)
    where p.completed_at is null and p.cancelled_at is null and p.failed_at is null
    union all
    select (p.audience ->> 'file_id')::uuid
    from public.send_plans p
    where p.completed_at is null and p.cancelled_at is null and p.failed_at is null and p.audience ->> 'source' = 'file'
    union all
    select i.file_id from public.product_imports i where i.ended_at is null
$$;
comment on function ddp.needed_files() is 'Files that an open send or import still reads.';

create or replace function ddp.old_trash(p_before timestamptz) returns setof public.files
    language sql stable
    set search_path = ''
as $$
    select f.* from public.files f
    where f.deleted_at < p_before and f.purged_at is null
        and f.file_id not in (select n.file_id from ddp.needed_files() n (file_id) where n.file_id is not null)
$$;
comment on function ddp.old_trash(timestamptz) is 'Files that were deleted before a time, and that nothing open needs.';

create or replace function ddp.clean_trash(p_before timestamptz, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_purged bigint;
begin
    with purged as (
        update public.files f set purged_at = now()
        where f.file_id = any (array(
            select l.file_id from public.files l
            where l.file_id in (select o.file_id from ddp.old_trash(p_before) o limit p_limit) and l.deleted_at < p_before
            for update skip locked
        ))
        returning f.file_id, f.thumbnail_widths
    ), noted as (
        insert into ddp.object_removals (object_key)
        select 'files/' || p.file_id from purged p
        union all
        select format('thumbnails/%s/%s.webp', p.file_id, w.width) from purged p cross join unnest(p.thumbnail_widths) w (width)
        on conflict do nothing
    )
    select count(*) into v_purged from purged;
    return v_purged;
end
$$;
comment on function ddp.clean_trash(timestamptz, integer) is
    'Purges old trash, at most p_limit files, and notes their objects in ddp.object_removals; returns how many.';

create or replace function ddp.clean_exports(p_before timestamptz, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_removed bigint;
begin
    with gone as (
        delete from public.send_exports x
        where x.send_export_id = any (array(
            select o.send_export_id from public.send_exports o where o.ended_at < p_before limit p_limit for update skip locked
        ))
        returning x.object_key
    ), figures as (
        delete from public.analytics_exports x
        where x.analytics_export_id = any (array(
            select o.analytics_export_id from public.analytics_exports o
            where o.ended_at < p_before limit p_limit for update skip locked
        ))
        returning format('exports/%s.%s.gz', x.analytics_export_id, x.format) as object_key
    ), removed as (
        select g.object_key from gone g union all select f.object_key from figures f
    ), noted as (
        insert into ddp.object_removals (object_key)
        select r.object_key from removed r where r.object_key is not null
        on conflict do nothing
    )
    select count(*) into v_removed from removed;
    return v_removed;
end
$$;
comment on function ddp.clean_exports(timestamptz, integer) is
    'Removes exports that ended before a time, at most p_limit of each kind, and notes their objects; returns how many.';

create or replace function ddp.objects_to_remove(p_limit integer) returns setof text
    language sql volatile security definer
    set search_path = ''
as $$
    select r.object_key from ddp.object_removals r order by r.object_key limit p_limit
$$;
comment on function ddp.objects_to_remove(integer) is 'Keys of objects that nothing refers to any more. For workers.';

create or replace function ddp.objects_were_removed(p_keys text[]) returns void
    language sql volatile security definer
    set search_path = ''
as $$
    delete from ddp.object_removals r where r.object_key = any (p_keys)
$$;
comment on function ddp.objects_were_removed(text[]) is 'Notes that these objects are deleted. For workers.';

revoke all on function
    ddp.needed_files(), ddp.old_trash(timestamptz), ddp.clean_trash(timestamptz, integer),
    ddp.clean_exports(timestamptz, integer), ddp.objects_to_remove(integer), ddp.objects_were_removed(text[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.objects_to_remove(integer), ddp.objects_were_removed(text[]) to service_role;
