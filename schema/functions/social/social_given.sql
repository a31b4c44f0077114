-- requires: functions/require.sql, functions/recipient_not_before.sql
-- Values inside JSON, as people and pages give them: refused with a sentence, never with PostgreSQL's own.

create or replace function ddp.require_keys(p_value jsonb, p_allowed text[], p_what text) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_unknown text;
begin
    perform ddp.require(
        jsonb_typeof(p_value) = 'object', 'PT422', p_what || ' must be a JSON object.', '{"code": "invalid-json"}'
    );
    select left(k.key, 50) into v_unknown from jsonb_object_keys(p_value) k (key) where k.key <> all (p_allowed) limit 1;
    perform ddp.require(
        v_unknown is null, 'PT422',
        format('%s has no member "%s". It may have %s.', p_what, v_unknown, array_to_string(p_allowed, ', ')),
        '{"code": "unknown-member"}'
    );
end
$$;
comment on function ddp.require_keys(jsonb, text[], text) is 'PT422 unless the value is an object with no other members than these.';

create or replace function ddp.given_text(p_value jsonb, p_key text, p_most integer) returns text
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        coalesce(jsonb_typeof(p_value -> p_key), 'null') in ('null', 'string')
        and length(coalesce(p_value ->> p_key, '')) <= p_most, 'PT422',
        format('%s must be text of at most %s characters.', p_key, to_char(p_most, 'FM999,999')),
        jsonb_build_object('code', 'invalid-text', 'field', p_key, 'limit', p_most)
    );
    return p_value ->> p_key;
end
$$;
comment on function ddp.given_text(jsonb, text, integer) is 'The text of a member, or null; PT422 if it is longer, or no text.';

create or replace function ddp.given_uuid(p_value jsonb, p_key text) returns uuid
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_value ->> p_key is null
        or p_value ->> p_key ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', 'PT422',
        format('%s must be an id (a UUID).', p_key), jsonb_build_object('code', 'invalid-id', 'field', p_key)
    );
    return p_value ->> p_key;
end
$$;
comment on function ddp.given_uuid(jsonb, text) is 'The id of a member, or null; PT422 if it is none.';

create or replace function ddp.given_time(p_value jsonb, p_key text) returns timestamptz
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_value ->> p_key is null or p_value ->> p_key ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$',
        'PT422', format('%s must be a time with an offset, such as 2027-03-01T09:00:00Z.', p_key),
        jsonb_build_object('code', 'invalid-time', 'field', p_key)
    );
    return (p_value ->> p_key)::timestamptz;
exception
    when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
        perform ddp.require(
            false, 'PT422', format('%s is not a time that exists.', p_key),
            jsonb_build_object('code', 'invalid-time', 'field', p_key)
        );
end
$$;
comment on function ddp.given_time(jsonb, text) is 'The time of a member, or null; PT422 if it is none, or has no offset.';

create or replace function ddp.given_local_time(p_value jsonb, p_key text) returns timestamp
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_value ->> p_key is null or p_value ->> p_key ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?$', 'PT422',
        format('%s must be a time without an offset, such as 2027-03-01T09:00.', p_key),
        jsonb_build_object('code', 'invalid-time', 'field', p_key)
    );
    return (p_value ->> p_key)::timestamp;
exception
    when datetime_field_overflow or invalid_datetime_format then
        perform ddp.require(
            false, 'PT422', format('%s is not a time that exists.', p_key),
            jsonb_build_object('code', 'invalid-time', 'field', p_key)
        );
end
$$;
comment on function ddp.given_local_time(jsonb, text) is 'The local time of a member, or null; PT422 if it is none.';

create or replace function ddp.social_instant(p_at timestamptz, p_local timestamp, p_zone text) returns timestamptz
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_at timestamptz := p_at;
begin
    perform ddp.require(
        p_zone is null or ddp.is_time_zone(p_zone), 'PT422', 'time_zone must be the name of a time zone, such as Europe/Zurich.',
        '{"code": "invalid-time-zone"}'
    );
    if p_local is not null then
        perform ddp.require(
            p_zone is not null, 'PT422', 'A local time needs a time_zone, such as Europe/Zurich.', '{"code": "invalid-time-zone"}'
        );
        v_at := p_local at time zone p_zone;
        perform ddp.require(
            v_at at time zone p_zone = p_local, 'PT422',
            format('%s does not exist in %s: the clocks go forward over it. Choose another time.',
                to_char(p_local, 'YYYY-MM-DD HH24:MI'), p_zone),
            '{"code": "nonexistent-local-time"}'
        );
        -- Of an hour that comes twice, the instant says which.
        perform ddp.require(
            p_at is null or p_at at time zone p_zone = p_local, 'PT422',
            'The instant and the local time are not the same moment: give one of them.', '{"code": "times-differ"}'
        );
        v_at := coalesce(p_at, v_at);
    end if;
    perform ddp.require(
        v_at > now() and v_at <= now() + interval '1 year', 'PT422', 'A scheduled time must be within the next year.',
        '{"code": "invalid-schedule"}'
    );
    return v_at;
end
$$;
comment on function ddp.social_instant(timestamptz, timestamp, text) is
    'The instant at which a post goes out: as given, or of a local time in its zone. PT422 for one that is not in the next year, '
    'does not exist, or if the two differ.';

revoke all on function
    ddp.require_keys(jsonb, text[], text), ddp.given_text(jsonb, text, integer), ddp.given_uuid(jsonb, text),
    ddp.given_time(jsonb, text), ddp.given_local_time(jsonb, text), ddp.social_instant(timestamptz, timestamp, text)
    from public, anon, authenticated, service_role;
