-- requires: functions/require.sql, functions/recipient_not_before.sql
-- The options of a send, checked before they are frozen into the plan.

create or replace function ddp.send_option(
    p_options jsonb, p_key text, p_type text, p_holds boolean, p_sentence text
) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    -- Null counts as absent.
    perform ddp.require(
        coalesce(jsonb_typeof(p_options -> p_key), 'null') = 'null'
        or jsonb_typeof(p_options -> p_key) = p_type and coalesce(p_holds, false),
        'PT422', p_sentence, jsonb_build_object('code', 'invalid-option', 'option', p_key)
    );
end
$$;
comment on function ddp.send_option(jsonb, text, text, boolean, text) is
    'PT422, naming the option, if it is given and has another JSON type or its condition does not hold.';
revoke all on function ddp.send_option(jsonb, text, text, boolean, text) from public, anon, authenticated, service_role;

create or replace function ddp.seconds_between(p_value text, p_least integer, p_most integer) returns boolean
    language sql immutable
    set search_path = ''
as $$
    select p_value ~ '^[0-9]{1,9}$' and p_value::numeric between p_least and p_most
$$;
comment on function ddp.seconds_between(text, integer, integer) is 'Whether this is a whole number within these bounds.';
revoke all on function ddp.seconds_between(text, integer, integer) from public, anon, authenticated, service_role;

drop function if exists ddp.check_send_options(jsonb, timestamptz);
create or replace function ddp.check_send_options(
    p_options jsonb, p_scheduled_at timestamptz, p_more text[] default '{}'
) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_clock constant text := '^([01][0-9]|2[0-3]):[0-5][0-9]$';
    v_unknown text;
begin
    perform ddp.require(
        jsonb_typeof(p_options) = 'object', 'PT422', 'The options are a JSON object.', '{"code": "invalid-option"}'
    );
    select k into v_unknown
    from jsonb_object_keys(p_options) k
    where k <> all (array[
        'max_lateness_seconds', 'time_zone', 'in_recipient_time_zone', 'quiet_from', 'quiet_until', 'unknown_policy',
        'unknown_retry_after_seconds', 'track_conversions', 'spread_over_seconds'
    ] || p_more);
    perform ddp.require(
        v_unknown is null, 'PT422', format('There is no option "%s".', left(v_unknown, 50)),
        jsonb_build_object('code', 'invalid-option', 'option', left(v_unknown, 50))
    );
    perform ddp.send_option(
        p_options, 'max_lateness_seconds', 'number',
        ddp.seconds_between(p_options ->> 'max_lateness_seconds', 60, 2592000),
        'The maximum lateness is between 60 seconds and 30 days (2,592,000 seconds).'
    );
    perform ddp.send_option(
        p_options, 'time_zone', 'string',
        ddp.is_time_zone(p_options ->> 'time_zone'),
        'The time zone is not known: use an IANA name, such as Europe/Zurich.'
    );
    perform ddp.send_option(
        p_options, 'in_recipient_time_zone', 'boolean',
        p_options ->> 'in_recipient_time_zone' = 'false' or p_scheduled_at is not null,
        'Sending by the recipients'' clocks needs a scheduled time.'
    );
    perform ddp.send_option(
        p_options, 'quiet_from', 'string', p_options ->> 'quiet_from' ~ v_clock, 'quiet_from is a time such as 21:00.'
    );
    perform ddp.send_option(
        p_options, 'quiet_until', 'string', p_options ->> 'quiet_until' ~ v_clock, 'quiet_until is a time such as 08:00.'
    );
    perform ddp.require(
        (p_options ->> 'quiet_from' is null) = (p_options ->> 'quiet_until' is null)
        and (p_options ->> 'quiet_from' is null or p_options ->> 'quiet_from' <> p_options ->> 'quiet_until'),
        'PT422', 'Quiet hours need a beginning and a different end.',
        '{"code": "invalid-option", "option": "quiet_until"}'
    );
    perform ddp.send_option(
        p_options, 'unknown_policy', 'string', p_options ->> 'unknown_policy' in ('hold', 'retry'),
        'The policy for unknown results is "hold" or "retry".'
    );
    perform ddp.send_option(
        p_options, 'track_conversions', 'boolean', true, 'track_conversions is true or false.'
    );
    perform ddp.send_option(
        p_options, 'spread_over_seconds', 'number', ddp.seconds_between(p_options ->> 'spread_over_seconds', 60, 259200),
        'Messages are spread over 60 seconds to 72 hours (259,200 seconds).'
    );
    perform ddp.send_option(
        p_options, 'unknown_retry_after_seconds', 'number',
        ddp.seconds_between(p_options ->> 'unknown_retry_after_seconds', 3600, 2592000),
        'Unknown results are retried after one hour (3,600 seconds) to 30 days (2,592,000 seconds) of silence.'
    );
end
$$;
comment on function ddp.check_send_options(jsonb, timestamptz, text[]) is
    'PT422, naming the option, for the first one that is unknown or wrong. p_more: options of the channel, which are not checked here.';
revoke all on function ddp.check_send_options(jsonb, timestamptz, text[]) from public, anon, authenticated, service_role;

create or replace function ddp.check_spread(p_options jsonb, p_scheduled_at timestamptz, p_end_date timestamptz)
    returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_end_date is null or p_options ->> 'spread_over_seconds' is null
        or coalesce(p_scheduled_at, now()) + (p_options ->> 'spread_over_seconds')::integer * interval '1 second' <= p_end_date,
        'PT422',
        format(
            'The campaign ends at %s UTC, before the last of the messages would go: spread them over less time, send earlier, or '
            'end the campaign later.', to_char(p_end_date at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
        ),
        '{"code": "invalid-option", "option": "spread_over_seconds"}'
    );
end
$$;
comment on function ddp.check_spread(jsonb, timestamptz, timestamptz) is
    'PT422 if (checked) options spread the messages beyond the end of their campaign.';
revoke all on function ddp.check_spread(jsonb, timestamptz, timestamptz) from public, anon, authenticated, service_role;

create or replace function ddp.freeze_options(p_send_plan_id uuid, p_options jsonb) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.send_plans p
    set max_lateness = coalesce((p_options ->> 'max_lateness_seconds')::integer, 86400) * interval '1 second',
        time_zone = coalesce(p_options ->> 'time_zone', 'UTC'),
        in_recipient_time_zone = coalesce((p_options ->> 'in_recipient_time_zone')::boolean, false),
        quiet_from = (p_options ->> 'quiet_from')::time,
        quiet_until = (p_options ->> 'quiet_until')::time,
        unknown_policy = coalesce(p_options ->> 'unknown_policy', 'hold')::public.unknown_policy,
        unknown_retry_after = coalesce((p_options ->> 'unknown_retry_after_seconds')::integer, 259200) * interval '1 second',
        tracks_conversions = coalesce((p_options ->> 'track_conversions')::boolean, false),
        spread_over = (p_options ->> 'spread_over_seconds')::integer * interval '1 second'
    where p.send_plan_id = p_send_plan_id
$$;
comment on function ddp.freeze_options(uuid, jsonb) is 'Writes the (checked) options that all channels have into a plan.';
revoke all on function ddp.freeze_options(uuid, jsonb) from public, anon, authenticated, service_role;
