-- Collections and their files. Row level security decides what is visible and what may change; the explicit filters let
-- the planner use an index. Lists continue after the cursor; limit is one row more than a page, to detect a next page.

-- part: summary
collection_id, collection_name, is_public, created_by_user_id, created_at, updated_at

-- part: named
select p.*, jsonb_build_object('id', p.created_by_user_id, 'name', n.name) as created_by
from page p
left join ddp.names_of(array(select distinct q.created_by_user_id from page q)) n on n.id = p.created_by_user_id

-- name: create_collection
-- Creates a collection of the acting account.
with page as (
    insert into public.collections (
        collection_name, collection_description, is_public, metadata, created_by_user_id
    )
    select c.collection_name, c.collection_description, c.is_public, c.metadata, (select ddp.active_user_id())
    from jsonb_populate_record(null::public.collections, %(values)s) c
    returning *
)
{named};

-- name: list_own
-- The acting account's collections, the newest first.
select {summary}, jsonb_build_object('id', created_by_user_id, 'name', (select ddp.name_of_caller())) as created_by
from public.collections
where created_by_user_id = (select ddp.active_user_id())
    and (%(at)s::timestamptz is null or (created_at, collection_id) < (%(at)s, %(id)s))
order by created_at desc, collection_id desc
limit %(limit)s;

-- name: list_public
-- Everyone's public collections, the newest first.
with page as materialized (
    select {summary} from public.collections
    where is_public
        and (%(at)s::timestamptz is null or (created_at, collection_id) < (%(at)s, %(id)s))
    order by created_at desc, collection_id desc
    limit %(limit)s
)
{named}
order by p.created_at desc, p.collection_id desc;

-- name: get_collection
-- One collection, if the caller may see it.
with page as (
    select * from public.collections where collection_id = %(collection_id)s
)
{named};

-- name: update_collection
-- Changes the fields that are in `change`, and no others.
with page as (
    update public.collections t
    set (collection_name, collection_description, is_public, metadata) = (
        select c.collection_name, c.collection_description, c.is_public, c.metadata
        from jsonb_populate_record(t, %(change)s) c
    )
    where t.collection_id = %(collection_id)s
    returning *
)
{named};

-- name: delete_collection
-- Deletes a collection with its entries; the files remain.
with page as (
    delete from public.collections where collection_id = %(collection_id)s
    returning *
)
{named};

-- name: lock_collection
-- Lets changes of a collection's files wait for each other. No row: the caller may not change it.
select collection_id from public.collections where collection_id = %(collection_id)s for no key update;

-- name: missing_files
-- Those of the given files that do not exist, are in the trash, or that the caller may not see.
select g.file_id from unnest(%(file_ids)s::uuid[]) g (file_id)
where not exists (select from public.files f where f.file_id = g.file_id and f.deleted_at is null);

-- name: add_files
-- Adds files after those that are there; files that are there keep their place.
insert into public.collection_files (collection_id, file_id, added_by_user_id, sort_order)
select %(collection_id)s, g.file_id, (select ddp.active_user_id()), l.last + g.place
from (
    select d.file_id, row_number() over (order by d.place) as place
    from (
        select u.file_id, min(u.place) as place
        from unnest(%(file_ids)s::uuid[]) with ordinality u (file_id, place)
        group by u.file_id
    ) d
) g
cross join (
    select coalesce(max(f.sort_order), 0) as last from public.collection_files f
    where f.collection_id = %(collection_id)s
) l
on conflict do nothing;

-- name: order_files
-- Puts the given files first, in their order; the others follow in theirs. Writes only what moves.
with given as (
    select u.file_id, min(u.place) as place
    from unnest(%(file_ids)s::uuid[]) with ordinality u (file_id, place)
    group by u.file_id
), placed as materialized (
    select f.file_id, row_number() over (order by g.place, f.sort_order, f.file_id) as place
    from public.collection_files f
    left join given g on g.file_id = f.file_id
    where f.collection_id = %(collection_id)s
)
update public.collection_files t set sort_order = p.place
from placed p
where t.collection_id = %(collection_id)s and t.file_id = p.file_id and t.sort_order <> p.place;

-- name: list_files
-- The files of a collection that the caller may see, in their order.
select cf.sort_order, cf.added_at, f.file_id, f.file_name, f.file_type, f.content_type, f.file_size, f.image_width,
    f.image_height
from public.collection_files cf
join public.files f on f.file_id = cf.file_id and f.deleted_at is null
where cf.collection_id = %(collection_id)s
    and (%(at)s::integer is null or (cf.sort_order, cf.file_id) > (%(at)s, %(id)s))
order by cf.sort_order, cf.file_id
limit %(limit)s;

-- name: remove_file
-- Takes a file out of a collection.
delete from public.collection_files where collection_id = %(collection_id)s and file_id = %(file_id)s
returning collection_id, file_id;
