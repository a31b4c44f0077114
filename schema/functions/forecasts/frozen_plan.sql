-- requires: policies/sending.sql, policies/send_plans.sql
-- A plan, or what would be one: forecasts plan with the same SQL as sends, without a row in send_plans. Without `set`, the
-- planner puts this function in its callers' places.

create or replace function ddp.frozen_plan(p_id uuid) returns setof public.send_plans
    language sql stable
as $$
    select p.* from public.send_plans p where p.send_plan_id = p_id
    union all
    select r.*
    from ddp.send_forecasts f
    cross join lateral jsonb_populate_record(null::public.send_plans, f.plan) r
    where f.send_forecast_id = p_id and f.plan is not null
$$;
comment on function ddp.frozen_plan(uuid) is 'The plan of this id, or what the forecast of this id would plan; at most one row.';

create or replace function ddp.variants_of(p_id uuid) returns jsonb
    language sql stable
as $$
    select coalesce(
        (
            select jsonb_agg(jsonb_build_array(v.variant, v.content, v.text_content) order by v.variant)
            from ddp.plan_variants v where v.send_plan_id = p_id
        ),
        (select f.plan -> 'variants' from ddp.send_forecasts f where f.send_forecast_id = p_id),
        '[]'
    )
$$;
comment on function ddp.variants_of(uuid) is
    'What the variants B to E of a plan have of their own, or of what a forecast would plan: [[variant, content, text_content], …].';
revoke all on function ddp.frozen_plan(uuid), ddp.variants_of(uuid) from public, anon, authenticated, service_role;
grant execute on function ddp.frozen_plan(uuid), ddp.variants_of(uuid) to service_role;
