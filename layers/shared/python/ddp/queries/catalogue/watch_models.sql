-- Watch models. Row level security decides what is visible and what may change; the explicit filters let the planner use
-- an index. Lists continue after the cursor (at, id), newest first; limit is one row more than a page.

-- part: summary
model_id, model_name, collection_name, size, gender, material, mpn, is_active, created_by_user_id, created_at, updated_at

-- part: named
select p.*, jsonb_build_object('id', p.created_by_user_id, 'name', n.name) as brand
from page p
left join ddp.names_of(array(select distinct q.created_by_user_id from page q)) n on n.id = p.created_by_user_id

-- name: create_model
-- Creates a watch model of the acting account.
with page as (
    insert into public.watch_models (
        model_name, collection_name, size, gender, material, mpn, is_active, metadata, created_by_user_id
    )
    select c.model_name, c.collection_name, c.size, c.gender, c.material, c.mpn, c.is_active, c.metadata,
        (select ddp.active_user_id())
    from jsonb_populate_record(null::public.watch_models, %(values)s) c
    returning *
)
{named};

-- name: list_own
-- The acting account's models.
select {summary}, jsonb_build_object('id', created_by_user_id, 'name', (select ddp.name_of_caller())) as brand
from public.watch_models
where created_by_user_id = (select ddp.active_user_id())
    and (%(at)s::timestamptz is null or (created_at, model_id) < (%(at)s, %(id)s))
order by created_at desc, model_id desc
limit %(limit)s;

-- name: list_active
-- Everyone's active models, or those of one brand.
with page as materialized (
    select {summary} from public.watch_models
    where is_active
        and (%(brand_id)s::uuid is null or created_by_user_id = %(brand_id)s)
        and (%(at)s::timestamptz is null or (created_at, model_id) < (%(at)s, %(id)s))
    order by created_at desc, model_id desc
    limit %(limit)s
)
{named}
order by p.created_at desc, p.model_id desc;

-- name: find
-- Models of either scope by the beginnings of words.
with page as materialized (
    select {summary}
    from public.find_watch_models(%(scope)s, %(words)s, %(brand_id)s, %(at)s, %(id)s, %(limit)s)
)
{named}
order by p.created_at desc, p.model_id desc;

-- name: get_model
-- One model, if the caller may see it.
with page as (
    select * from public.watch_models where model_id = %(model_id)s
)
{named};

-- name: update_model
-- Changes the fields that are in `change`, and no others.
with page as (
    update public.watch_models t
    set (model_name, collection_name, size, gender, material, mpn, is_active, metadata) = (
        select c.model_name, c.collection_name, c.size, c.gender, c.material, c.mpn, c.is_active, c.metadata
        from jsonb_populate_record(t, %(change)s) c
    )
    where t.model_id = %(model_id)s
    returning *
)
{named};

-- name: delete_model
-- Deletes a model that nobody wishes for.
with page as (
    delete from public.watch_models where model_id = %(model_id)s
    returning *
)
{named};
