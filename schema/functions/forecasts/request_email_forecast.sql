-- twin: sms (request_sms_forecast, get_sms_forecast)
-- requires: functions/send_email_campaign.sql, functions/send_sms_campaign.sql, functions/own_email_plan.sql, functions/frozen_plan.sql
-- requires: policies/sending.sql

create or replace function public.request_email_forecast(
    p_email_campaign_id uuid, p_audience jsonb default null, p_scheduled_at timestamptz default null,
    p_options jsonb default '{}', p_is_exact boolean default false
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_forecast_id constant uuid := gen_random_uuid();
    v_plan public.send_plans;
    v_plan_id uuid;
    v_variants jsonb;
begin
    -- The request itself, whole, and taken back: it refuses what a send refuses, and the variables keep its plan.
    begin
        v_plan_id := public.send_email_campaign(p_email_campaign_id, p_audience, p_scheduled_at, p_options);
        select p.* into strict v_plan from public.send_plans p where p.send_plan_id = v_plan_id;
        v_variants := ddp.variants_of(v_plan_id);
        raise exception using errcode = 'DDP00';
    exception
        when sqlstate 'DDP00' then null;
    end;
    perform from public.users u where u.user_id = v_plan.created_by_user_id for no key update;
    perform ddp.require(
        (
            select count(*) from ddp.send_forecasts f
            where f.created_by_user_id = v_plan.created_by_user_id and f.state = 'pending'
        ) < 3,
        'PT429', 'You already have three forecasts in progress: wait for one of them.', '{"code": "too-many-forecasts"}'
    );
    v_plan.send_plan_id := v_forecast_id;
    insert into ddp.send_forecasts (
        send_forecast_id, channel, channel_campaign_id, created_by_user_id, is_exact, plan
    ) values (
        v_forecast_id, 'email', p_email_campaign_id, v_plan.created_by_user_id, p_is_exact,
        to_jsonb(v_plan) || jsonb_build_object('variants', v_variants)
    );
    return v_forecast_id;
end
$$;
comment on function public.request_email_forecast(uuid, jsonb, timestamptz, jsonb, boolean) is
    'Requests a forecast of a send: takes what send_email_campaign takes, and refuses what it refuses, but sends and freezes '
    'nothing. Returns the forecast''s id. p_is_exact: read all of a large file, however long that takes. At most three at a time.';

create or replace function public.get_email_forecast(p_email_campaign_id uuid, p_send_forecast_id uuid)
    returns table (
        send_forecast_id uuid, created_by_user_id uuid, state text, is_exact boolean, records_read bigint,
        records_expected bigint, result jsonb, failure_code text, failure_reason text, created_at timestamptz,
        ended_at timestamptz
    )
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.own_email_campaign(p_email_campaign_id);
begin
    return query
    select
        f.send_forecast_id, f.created_by_user_id, f.state::text, f.is_exact,
        coalesce((f.result ->> 'records_read')::bigint, (
            select max(b.records_read) from ddp.forecast_batches b where b.send_forecast_id = f.send_forecast_id
        ), 0),
        f.records_expected, f.result, f.failure_code::text, f.failure_reason::text, f.created_at, f.ended_at
    from ddp.send_forecasts f
    where f.send_forecast_id = p_send_forecast_id and f.channel = 'email'
        and f.channel_campaign_id = v_message.email_campaign_id;
end
$$;
comment on function public.get_email_forecast(uuid, uuid) is
    'A forecast of an own e-mail campaign, or of any for an administrator; PT404 or PT403. No row: there is no such forecast.';
revoke all on function
    public.request_email_forecast(uuid, jsonb, timestamptz, jsonb, boolean), public.get_email_forecast(uuid, uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    public.request_email_forecast(uuid, jsonb, timestamptz, jsonb, boolean), public.get_email_forecast(uuid, uuid)
    to authenticated;
