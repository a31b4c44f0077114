-- When a recipient of a plan with an A/B test is due. Without `set`, the planner puts it in its callers' places.

create or replace function ddp.due_from(p_not_before timestamptz, p_variant smallint, p_rest_since timestamptz)
    returns timestamptz
    language sql immutable
    return greatest(p_not_before, case when p_variant is null then p_rest_since end);
comment on function ddp.due_from(timestamptz, smallint, timestamptz) is
    'From when on a recipient is due, and may become late: the rest of an A/B test not before its variant was chosen.';
revoke all on function ddp.due_from(timestamptz, smallint, timestamptz) from public, anon, authenticated, service_role;
grant execute on function ddp.due_from(timestamptz, smallint, timestamptz) to service_role;
