-- requires: functions/origin_for.sql, policies/sending.sql, policies/send_plans.sql, functions/frozen_plan.sql
-- What a plan's SMS to each country come from, and what a part of them costs: decided once for each plan, when its planning
-- begins.

create or replace function ddp.plan_origin(p_plan public.send_plans, p_country text) returns public.origination_identities
    language sql stable
    set search_path = ''
as $$
    select i.*
    from (
        select o.*
        from ddp.origin_for(p_plan.created_by_user_id, p_country, p_plan.message_type) o
        where p_plan.sender = 'auto' and o.origination_identity_id is not null
        union all
        select n.*
        from public.origination_identities n
        where p_plan.sender <> 'auto' and n.identity = p_plan.sender and n.country = p_country
            and ddp.may_text_from(n, p_plan.created_by_user_id, p_plan.message_type)
    ) i
    -- Indian messages name a registered template.
    where p_country <> 'IN' or p_plan.dlt_template_id is not null
    limit 1
$$;
comment on function ddp.plan_origin(public.send_plans, text) is
    'The origination identity of a plan''s messages to a country: the one that the draft names, or the best of those that the sender may '
    'use; null: there is none.';

create or replace function ddp.sms_origins(p_plan public.send_plans, p_countries text[]) returns setof ddp.plan_origins
    language sql stable
    set search_path = ''
as $$
    select
        p_plan.send_plan_id, c.country, o.identity, o.kind, o.bucket, o.provider_arn, x.price,
        coalesce(o.opt_out_words, case when o.is_two_way then 'Reply STOP' end, ''), o.is_two_way, o.dlt_entity_id
    from (select distinct u.country from unnest(p_countries) u (country)) c
    cross join lateral ddp.plan_origin(p_plan, c.country) o
    cross join lateral ddp.sms_price_of(c.country, o.kind, now()) x (price)
    where o.origination_identity_id is not null and x.price is not null
$$;
comment on function ddp.sms_origins(public.send_plans, text[]) is
    'What the plan''s messages to these countries come from and cost now; countries without an identity or a price are left out.';

create or replace function ddp.decided_origins(p_send_plan_id uuid, p_countries text[]) returns setof ddp.plan_origins
    language sql stable
    set search_path = ''
as $$
    select o.* from ddp.plan_origins o where o.send_plan_id = p_send_plan_id
    union all
    -- A forecast decides nothing: what would be decided now.
    select o.*
    from ddp.send_forecasts f
    cross join ddp.frozen_plan(p_send_plan_id) p
    cross join lateral ddp.sms_origins(p, p_countries) o
    where f.send_forecast_id = p_send_plan_id
$$;
comment on function ddp.decided_origins(uuid, text[]) is
    'What is decided about a plan''s messages to all countries; of a forecast, what would be decided now about these ones.';

create or replace function ddp.freeze_plan_origins(p_send_plan_id uuid, p_countries text[]) returns setof ddp.plan_origins
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into ddp.plan_origins
    select o.*
    from public.send_plans p
    cross join lateral ddp.sms_origins(p, p_countries) o
    where p.send_plan_id = p_send_plan_id
    order by o.country
    on conflict do nothing;
    return query select o.* from ddp.decided_origins(p_send_plan_id, p_countries) o;
end
$$;
comment on function ddp.freeze_plan_origins(uuid, text[]) is
    'Decides, once, what the plan''s messages to these countries come from and cost; countries without an identity or a price are left '
    'out. Returns all that is decided; of a forecast, what would be decided.';

create or replace function ddp.countries_without_origin(p_send_plan_id uuid, p_countries text[])
    returns table (country text, has_identity boolean)
    language sql stable
    set search_path = ''
as $$
    select c.country, o.origination_identity_id is not null
    from ddp.frozen_plan(p_send_plan_id) p
    cross join unnest(p_countries) c (country)
    cross join lateral ddp.plan_origin(p, c.country) o
    where c.country not in (select d.country from ddp.decided_origins(p_send_plan_id, p_countries) d)
$$;
comment on function ddp.countries_without_origin(uuid, text[]) is
    'Those of these countries to which the plan sends nothing; has_identity: only the price is missing.';
revoke all on function
    ddp.countries_without_origin(uuid, text[]), ddp.plan_origin(public.send_plans, text), ddp.sms_origins(public.send_plans, text[]), ddp.freeze_plan_origins(uuid, text[]),
    ddp.decided_origins(uuid, text[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.countries_without_origin(uuid, text[]), ddp.plan_origin(public.send_plans, text), ddp.sms_origins(public.send_plans, text[]), ddp.freeze_plan_origins(uuid, text[]),
    ddp.decided_origins(uuid, text[])
    to service_role;
