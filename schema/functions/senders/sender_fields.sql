-- requires: functions/require.sql
-- What a store says of itself, in users.profile_data.sender. Messages show it as {{ sender.store_name }} and so on.

create or replace function ddp.is_plain_text(p_text text, p_most integer, p_lines integer default 1) returns boolean
    language sql immutable
    set search_path = ''
as $$
    -- No control characters, and nothing that turns the text around it so that it reads as another.
    select length(p_text) <= p_most and btrim(p_text, E' \n\t') <> ''
        and p_text !~ '[\u0001-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]'
        and length(p_text) - length(replace(p_text, E'\n', '')) < p_lines
$$;
comment on function ddp.is_plain_text(text, integer, integer) is
    'Whether a text is not blank, has at most so many characters and lines, and no control characters.';

create or replace function ddp.is_web_address(p_text text) returns boolean
    language sql immutable
    set search_path = ''
as $$
    -- Nothing that could end an attribute, or a line; no user and password, behind which another host hides.
    select length(p_text) <= 2000
        and p_text ~* '^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?([/?#][!#$%&()*+,./:;=?@a-z0-9_~-]*)?$'
$$;
comment on function ddp.is_web_address(text) is 'Whether a text is a whole http or https address, in ASCII.';

create or replace function ddp.sender_field_rule(p_field text, p_value jsonb) returns text
    language sql immutable
    set search_path = ''
as $$
    select rule.sentence
    from (select p_value #>> '{}' as text) given
    cross join lateral (
        select
            case p_field
                when 'store_name' then ddp.is_plain_text(given.text, 120)
                when 'postal_address' then ddp.is_plain_text(given.text, 300, 6) and length(btrim(given.text)) >= 5
                when 'phone' then given.text ~ '^\+?[0-9][0-9 ()./-]{3,28}[0-9]$'
                when 'website' then ddp.is_web_address(given.text)
                when 'opening_hours' then ddp.is_plain_text(given.text, 300, 10)
                when 'logo_file_id' then given.text ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            end as holds,
            case p_field
                when 'store_name' then 'must be one line of at most 120 characters'
                when 'postal_address' then 'must be a postal address of 5 to 300 characters and at most six lines'
                when 'phone' then 'must be a phone number of digits, spaces and ( ) . / -, such as +44 20 7946 0018'
                when 'website' then 'must be a whole address of ASCII characters, such as https://shop.example'
                when 'opening_hours' then 'must have at most 300 characters and ten lines'
                when 'logo_file_id' then 'must be the id of an image of yours'
                else 'is not a field of the sender: it has logo_file_id, store_name, postal_address, phone, website and opening_hours'
            end as sentence
    ) rule
    where jsonb_typeof(p_value) <> 'string' or rule.holds is not true
$$;
comment on function ddp.sender_field_rule(text, jsonb) is
    'The rule that a field of the sender breaks, as the rest of a sentence; null: none.';

create or replace function ddp.sender_fields(p_profile_data jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    -- Profiles are older than the rules: what does not follow them is as if it were not there.
    select coalesce(jsonb_object_agg(f.key, f.value), '{}')
    from jsonb_each(case jsonb_typeof(p_profile_data -> 'sender') when 'object' then p_profile_data -> 'sender' else '{}' end) f
    where ddp.sender_field_rule(f.key, f.value) is null
$$;
comment on function ddp.sender_fields(jsonb) is 'What a profile says of the sender: the fields that follow their rules.';

create or replace function ddp.check_sender_fields() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_sender constant jsonb := new.profile_data -> 'sender';
    v_field text;
    v_rule text;
begin
    perform ddp.require(
        jsonb_typeof(v_sender) = 'object', 'PT422', 'sender: must be a JSON object',
        '{"code": "invalid-sender", "field": "sender"}'
    );
    select left(f.key, 50), ddp.sender_field_rule(f.key, f.value) into v_field, v_rule
    from jsonb_each(v_sender) f
    where ddp.sender_field_rule(f.key, f.value) is not null
    order by f.key
    limit 1;
    perform ddp.require(
        v_field is null, 'PT422', format('sender.%s: %s', v_field, v_rule),
        jsonb_build_object('code', 'invalid-sender', 'field', 'sender.' || v_field)
    );
    perform ddp.require(
        not v_sender ? 'logo_file_id' or exists (
            select from public.files f
            where f.file_id = (v_sender ->> 'logo_file_id')::uuid and f.created_by_user_id = new.user_id
                and f.deleted_at is null and f.file_type = 'image'
        ),
        'PT422', 'sender.logo_file_id: must be the id of an image of yours',
        '{"code": "invalid-sender", "field": "sender.logo_file_id"}'
    );
    return new;
end
$$;
comment on function ddp.check_sender_fields() is
    'Trigger on users whose profile says something new of the sender: PT422, naming the field, for what breaks its rule.';

revoke all on function
    ddp.is_plain_text(text, integer, integer), ddp.is_web_address(text), ddp.sender_field_rule(text, jsonb),
    ddp.sender_fields(jsonb), ddp.check_sender_fields()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.is_plain_text(text, integer, integer), ddp.is_web_address(text), ddp.sender_field_rule(text, jsonb),
    ddp.sender_fields(jsonb)
    to authenticated, service_role;
