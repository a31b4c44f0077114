-- part: summary
template_id, template_name, template_type, created_by_user_id, is_active, is_locked, version, parent_template_id, created_at,
    updated_at

-- name: create_template
-- The first version of a template.
insert into public.templates (
    template_name, template_type, template_content, requires, slots, is_locked, created_by_user_id
)
values (
    %(template_name)s, %(template_type)s, %(template_content)s, %(requires)s, %(slots)s, %(is_locked)s,
    (select ddp.active_user_id())
)
returning *;

-- name: create_version
-- The next version of any template that the caller may see; the new version belongs to the caller.
insert into public.templates (
    template_name, template_type, template_content, requires, slots, is_locked, created_by_user_id, parent_template_id
)
select
    coalesce(%(template_name)s, t.template_name), t.template_type, %(template_content)s, coalesce(%(requires)s, t.requires),
    coalesce(%(slots)s, t.slots), coalesce(%(is_locked)s, t.is_locked),
    (select ddp.active_user_id()), t.template_id
from public.templates t
where t.template_id = %(template_id)s
returning *;

-- name: list_own
-- Templates that the caller created.
select {summary} from public.templates
where created_by_user_id = (select ddp.active_user_id())
    and (%(template_type)s::public.template_type is null or template_type = %(template_type)s)
    and (%(is_active)s::boolean is null or is_active = %(is_active)s)
    and (%(at)s::timestamptz is null or (created_at, template_id) < (%(at)s, %(id)s))
order by created_at desc, template_id desc
limit %(limit)s;

-- name: list_offered
-- For retailers: active templates of the brands whose campaigns the caller takes part in.
select {summary} from public.templates
where created_by_user_id in (
        select p.campaign_owner_id from public.campaign_participants p
        where p.retailer_id = (select ddp.active_user_id()) and p.participant_state = 'accepted'
    )
    and is_active
    and (%(template_type)s::public.template_type is null or template_type = %(template_type)s)
    and (%(is_active)s::boolean is null or is_active = %(is_active)s)
    and (%(at)s::timestamptz is null or (created_at, template_id) < (%(at)s, %(id)s))
order by created_at desc, template_id desc
limit %(limit)s;

-- name: get_template
-- One version, if the caller may see it.
select * from public.templates where template_id = %(template_id)s;

-- name: update_template
-- Changes name, activity, needs and slots, only those named in `given`; the content of a version never changes.
update public.templates set
    template_name = case when 'template_name' = any (%(given)s) then %(template_name)s else template_name end,
    is_active = case when 'is_active' = any (%(given)s) then %(is_active)s else is_active end,
    requires = case when 'requires' = any (%(given)s) then %(requires)s else requires end,
    slots = case when 'slots' = any (%(given)s) then %(slots)s else slots end,
    is_locked = case when 'is_locked' = any (%(given)s) then %(is_locked)s else is_locked end
where template_id = %(template_id)s
returning *;
