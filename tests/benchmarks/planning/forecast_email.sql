-- name: ask
-- A forecast of what the plan of the benchmark of planning would do.
insert into ddp.send_forecasts (
    send_forecast_id, channel, channel_campaign_id, created_by_user_id, is_exact, plan
)
select %(forecast)s, 'email', p.email_campaign_id, p.created_by_user_id, %(is_exact)s,
    to_jsonb(p) || jsonb_build_object('send_plan_id', %(forecast)s::uuid)
from public.send_plans p;

-- name: result
select result from ddp.send_forecasts where send_forecast_id = %(forecast)s;
