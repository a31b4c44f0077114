-- requires: functions/require.sql, functions/sender_fields.sql
-- The slots of a template: what they are, and what may stand in them. A value is data: it is never read as Liquid.

create or replace function ddp.is_date(p_text text) returns boolean
    language sql immutable
    set search_path = ''
as $$
    select case when p_text ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
        then right(p_text, 2)::integer <= extract(
            day from make_date(left(p_text, 4)::integer, substr(p_text, 6, 2)::integer, 1) + interval '1 month' - interval '1 day'
        )
        else false end
$$;
comment on function ddp.is_date(text) is 'Whether a text is a day that exists, such as 2027-03-01.';

create or replace function ddp.slot_rule(p_slot jsonb, p_type public.template_type, p_value jsonb) returns text
    language sql immutable
    set search_path = ''
as $$
    select rule.sentence
    from (
        select p_value #>> '{}' as text, p_slot ->> 'kind' as kind,
            coalesce((p_slot ->> 'limit')::integer, case p_slot ->> 'kind' when 'text' then 200 else 2000 end) as most
    ) given
    cross join lateral (
        select
            case
                when given.kind = 'text' then ddp.is_plain_text(given.text, given.most)
                when given.kind = 'date' then ddp.is_date(given.text)
                -- Posts have files; what is in a message has an address.
                when given.kind = 'image' and p_type = 'social' then given.text ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                when given.kind in ('url', 'image') then length(given.text) <= given.most and ddp.is_web_address(given.text)
            end as holds,
            case
                when given.kind = 'text' then format(
                    'must be one line of 1 to %s characters, without control characters or characters that turn text around',
                    to_char(given.most, 'FM9,999')
                )
                when given.kind = 'date' then 'must be a day that exists, such as 2027-03-01'
                when given.kind = 'image' and p_type = 'social' then 'must be the id of an image'
                else format(
                    'must be a whole http or https address of at most %s ASCII characters, such as https://shop.example/sale',
                    to_char(given.most, 'FM9,999')
                )
            end as sentence
    ) rule
    where jsonb_typeof(p_value) <> 'string' or rule.holds is not true
$$;
comment on function ddp.slot_rule(jsonb, public.template_type, jsonb) is
    'The rule that a value breaks in a slot of a template of this type, as the rest of a sentence; null: none.';

create or replace function ddp.check_slot_definition(p_slot jsonb, p_type public.template_type) returns void
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_name constant text := left(p_slot ->> 'name', 40);
    v_unknown text;
    v_wrong text;
begin
    select left(k, 40) into v_unknown
    from jsonb_object_keys(case jsonb_typeof(p_slot) when 'object' then p_slot else '{}' end) k
    where k <> all ('{name,kind,limit,default,required}'::text[])
    limit 1;
    v_wrong := case
        when jsonb_typeof(p_slot) <> 'object' or jsonb_typeof(p_slot -> 'name') is distinct from 'string'
            or p_slot ->> 'name' !~ '^[a-z][a-z0-9_]{0,39}$'
            then 'Each slot is an object whose name has up to 40 small letters, digits and _, beginning with a letter.'
        when v_unknown is not null
            then format('The slot "%s" has a member "%s": it may have name, kind, limit, default and required.', v_name, v_unknown)
        when coalesce(p_slot ->> 'kind', '') not in ('text', 'url', 'image', 'date')
            then format('The kind of the slot "%s" is text, url, image or date.', v_name)
        when coalesce(jsonb_typeof(p_slot -> 'limit'), 'null') <> 'null'
            and (p_slot ->> 'kind' not in ('text', 'url') or jsonb_typeof(p_slot -> 'limit') <> 'number'
                or p_slot ->> 'limit' !~ '^[1-9][0-9]{0,3}$' or (p_slot ->> 'limit')::integer > 2000)
            then format('The limit of the slot "%s" is a number of characters from 1 to 2,000, of a text or url.', v_name)
        when p_slot ? 'required' and jsonb_typeof(p_slot -> 'required') <> 'boolean'
            then format('"required" of the slot "%s" is true or false.', v_name)
        when coalesce(jsonb_typeof(p_slot -> 'default'), 'null') <> 'null'
            and ddp.slot_rule(p_slot, p_type, p_slot -> 'default') is not null
            then format('The default of the slot "%s" %s.', v_name, ddp.slot_rule(p_slot, p_type, p_slot -> 'default'))
    end;
    perform ddp.require(
        v_wrong is null, 'PT422', v_wrong, jsonb_build_object('code', 'invalid-slots', 'slot', v_name)
    );
end
$$;
comment on function ddp.check_slot_definition(jsonb, public.template_type) is 'PT422, naming the slot, unless it can be one of a template.';

create or replace function ddp.check_template_slots() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_slot jsonb;
begin
    perform ddp.require(
        new.template_type in ('email', 'sms', 'social') or new.slots = '[]' and not new.is_locked, 'PT422',
        'Only templates for email, sms and social posts have slots, or are locked.', '{"code": "invalid-slots"}'
    );
    perform ddp.require(
        jsonb_typeof(new.slots) = 'array' and jsonb_array_length(new.slots) <= 30, 'PT422',
        'slots must be a list of at most 30 slots.', '{"code": "invalid-slots"}'
    );
    for v_slot in select e.value from jsonb_array_elements(new.slots) e (value) loop
        perform ddp.check_slot_definition(v_slot, new.template_type);
    end loop;
    perform ddp.require(
        (select count(*) = count(distinct e.value ->> 'name') from jsonb_array_elements(new.slots) e (value)), 'PT422',
        'Two slots have the same name.', '{"code": "invalid-slots"}'
    );
    return new;
end
$$;
comment on function ddp.check_template_slots() is 'Trigger on templates with slots, or locked: PT422 for what cannot be a slot.';

create or replace function ddp.shown_slots(p_template public.templates, p_values jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'name', s.value ->> 'name', 'kind', s.value ->> 'kind',
        'value', coalesce(nullif(p_values -> (s.value ->> 'name'), 'null'), s.value -> 'default', 'null'),
        'origin', case
            when coalesce(jsonb_typeof(p_values -> (s.value ->> 'name')), 'null') <> 'null' then 'own'
            when coalesce(jsonb_typeof(s.value -> 'default'), 'null') <> 'null' then 'default'
            else 'missing'
        end,
        'required', coalesce((s.value ->> 'required')::boolean, false)
    ) order by s.position), '[]')
    from jsonb_array_elements(p_template.slots) with ordinality s (value, position)
$$;
comment on function ddp.shown_slots(public.templates, jsonb) is
    'Each slot of a template with its value, and where that is from: own, the template''s default, or missing.';

create or replace function ddp.filled_slots(p_template public.templates, p_values jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    select case when p_template.is_locked or p_template.slots <> '[]' then (
        select coalesce(jsonb_object_agg(s.value ->> 'name', s.value -> 'value'), '{}')
        from jsonb_array_elements(ddp.shown_slots(p_template, p_values)) s (value)
        where s.value ->> 'origin' <> 'missing'
    ) end
$$;
comment on function ddp.filled_slots(public.templates, jsonb) is
    'The values of a template''s slots, by name, with its defaults; null for a template without slots that is not locked.';

create or replace function ddp.check_slots(p_template public.templates, p_values jsonb) returns void
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_names constant text[] := array(select s.value ->> 'name' from jsonb_array_elements(p_template.slots) s (value));
    v_name text;
    v_rule text;
begin
    if coalesce(jsonb_typeof(p_values), 'null') = 'null' then
        return;
    end if;
    perform ddp.require(
        jsonb_typeof(p_values) = 'object', 'PT422', 'slots must be an object that has each slot''s value under its name.',
        '{"code": "invalid-slots"}'
    );
    select left(v.key, 40) into v_name
    from jsonb_object_keys(p_values) v (key)
    where v.key <> all (v_names)
    order by v.key
    limit 1;
    perform ddp.require(
        v_name is null, 'PT422',
        format(
            'The template has no slot "%s" (any more): leave it out. %s', v_name,
            case when v_names = '{}' then 'It has none.' else format('It has %s.', array_to_string(v_names, ', ')) end
        ),
        jsonb_build_object('code', 'unknown-slot', 'slot', v_name)
    );
    select s.value ->> 'name', ddp.slot_rule(s.value, p_template.template_type, p_values -> (s.value ->> 'name'))
    into v_name, v_rule
    from jsonb_array_elements(p_template.slots) with ordinality s (value, position)
    where coalesce(jsonb_typeof(p_values -> (s.value ->> 'name')), 'null') <> 'null'
        and ddp.slot_rule(s.value, p_template.template_type, p_values -> (s.value ->> 'name')) is not null
    order by s.position
    limit 1;
    perform ddp.require(
        v_rule is null, 'PT422', format('slots.%s: %s', v_name, v_rule),
        jsonb_build_object('code', 'invalid-slot', 'slot', v_name)
    );
end
$$;
comment on function ddp.check_slots(public.templates, jsonb) is
    'PT422, naming the slot, for a value of a slot that the template does not have, or that breaks its rule. Null counts as not given.';

create or replace function ddp.freeze_slots(p_template public.templates, p_values jsonb) returns jsonb
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_missing text;
begin
    perform ddp.check_slots(p_template, p_values);
    select string_agg(s.value ->> 'name', ', ' order by s.position) into v_missing
    from jsonb_array_elements(ddp.shown_slots(p_template, p_values)) with ordinality s (value, position)
    where s.value ->> 'origin' = 'missing' and (s.value ->> 'required')::boolean;
    perform ddp.require(
        v_missing is null, 'PT409', format('The template needs a value in these slots: %s. Fill them in, then send again.', v_missing),
        jsonb_build_object('code', 'slots-missing', 'missing', to_jsonb(string_to_array(v_missing, ', ')))
    );
    return ddp.filled_slots(p_template, p_values);
end
$$;
comment on function ddp.freeze_slots(public.templates, jsonb) is
    'The values of a template''s slots as a message shows them; PT422 as check_slots, PT409 for required ones that are missing.';

revoke all on function
    ddp.is_date(text), ddp.slot_rule(jsonb, public.template_type, jsonb),
    ddp.check_slot_definition(jsonb, public.template_type), ddp.check_template_slots(),
    ddp.shown_slots(public.templates, jsonb), ddp.filled_slots(public.templates, jsonb),
    ddp.check_slots(public.templates, jsonb), ddp.freeze_slots(public.templates, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function ddp.shown_slots(public.templates, jsonb), ddp.filled_slots(public.templates, jsonb) to service_role;
