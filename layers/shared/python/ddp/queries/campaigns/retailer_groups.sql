-- A brand's groups of retailers. Row level security decides what is visible; members know only that they are in a group.

-- part: group
g.group_id, g.group_name, g.kind, g.brand_id, g.created_at, g.updated_at,
    case when num_nonnulls(g.rule_regions, g.rule_grades, g.rule_best_rank) > 0 then jsonb_build_object(
        'regions', g.rule_regions, 'grades', g.rule_grades, 'best_rank', g.rule_best_rank
    ) end as rule

-- name: create
-- Makes a group; its rule finds members at once.
select {group} from public.create_retailer_group(%(values)s) g;

-- name: change
-- Changes what is given.
select {group} from public.change_retailer_group(%(group_id)s, %(values)s) g;

-- name: delete
-- Deletes a group with its memberships and blackouts.
select public.delete_retailer_group(%(group_id)s);

-- name: get
-- One group.
select {group} from public.retailer_groups g where g.group_id = %(group_id)s;

-- name: list_own
-- The caller's groups, newest first.
select {group}
from public.retailer_groups g
where g.brand_id = (select ddp.active_user_id())
    and (%(at)s::timestamptz is null or (g.created_at, g.group_id) < (%(at)s, %(id)s))
order by g.created_at desc, g.group_id desc
limit %(limit)s;

-- name: list_joined
-- The groups that the calling retailer is in, by id.
select group_id, group_name, jsonb_build_object('id', brand_id, 'name', brand_name) as brand, added_at
from public.retailer_groups_of_caller(%(id)s, %(limit)s);

-- name: list_members
-- Members by hand, and those by rule who take part in a campaign of the brand, by id.
select group_id, retailer_id, is_explicit, from_rule, added_at
from public.retailer_group_members
where group_id = %(group_id)s and (%(id)s::uuid is null or retailer_id > %(id)s)
order by retailer_id
limit %(limit)s;

-- name: add_member
-- Adds a retailer by hand; harmless when repeated.
select group_id, retailer_id, is_explicit, from_rule, added_at
from public.add_group_member(%(group_id)s, %(retailer_id)s);

-- name: remove_member
-- Takes back what was added by hand.
select public.remove_group_member(%(group_id)s, %(retailer_id)s);

-- name: add_blackout
-- A period without sending.
select blackout_id, group_id, starts_at, ends_at, reason, created_at
from public.add_group_blackout(%(group_id)s, %(starts_at)s, %(ends_at)s, %(reason)s);

-- name: remove_blackout
-- Ends or takes back a blackout.
select public.remove_group_blackout(%(group_id)s, %(blackout_id)s);

-- name: list_blackouts
-- Blackouts of a group, the latest to start first.
select blackout_id, group_id, starts_at, ends_at, reason, created_at
from public.retailer_group_blackouts
where group_id = %(group_id)s
    and (%(at)s::timestamptz is null or (starts_at, blackout_id) < (%(at)s, %(id)s))
order by starts_at desc, blackout_id desc
limit %(limit)s;
