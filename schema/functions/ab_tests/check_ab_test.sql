-- requires: functions/require.sql, functions/send_options.sql
-- The settings of an A/B test, checked before they are stored with a draft, and again before they are frozen with a plan.

create or replace function ddp.variant_letter(p_variant integer) returns text
    language sql immutable
    return chr(64 + p_variant);
comment on function ddp.variant_letter(integer) is 'A for variant 1, B for 2, …';

create or replace function ddp.ab_test_setting(p_field text, p_holds boolean, p_sentence text) returns void
    language plpgsql immutable
    set search_path = ''
as $$
begin
    perform ddp.require(p_holds, 'PT422', p_sentence, jsonb_build_object('code', 'invalid-ab-test', 'field', p_field));
end
$$;
comment on function ddp.ab_test_setting(text, boolean, text) is
    'PT422, naming the field of an A/B test, unless its condition holds; null does not hold.';

create or replace function ddp.require_link(p_variant integer, p_has_link boolean) returns void
    language plpgsql immutable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_has_link, 'PT422',
        format(
            'Variant %s has no link, so that neither clicks nor orders of it can be counted: add one.',
            ddp.variant_letter(p_variant)
        ),
        jsonb_build_object('code', 'no-links', 'variant', ddp.variant_letter(p_variant))
    );
end
$$;
comment on function ddp.require_link(integer, boolean) is 'PT422 for a variant without a link: no metric has a source there.';

create or replace function ddp.require_different(p_variants text[]) returns void
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_equal text;
begin
    select string_agg(ddp.variant_letter(v.position::integer), ' and ' order by v.position) into v_equal
    from unnest(p_variants) with ordinality v (content, position)
    group by v.content
    having count(*) > 1
    limit 1;
    perform ddp.require(
        v_equal is null, 'PT422', format('The variants %s are equal: change one of them, or leave it out.', v_equal),
        '{"code": "equal-variants"}'
    );
end
$$;
comment on function ddp.require_different(text[]) is 'PT422 if two variants, in the order of their letters, have the same content.';

create or replace function ddp.checked_variants(p_variants jsonb, p_fields text[]) returns jsonb
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_wrong text;
begin
    perform ddp.ab_test_setting(
        'variants', jsonb_typeof(p_variants) = 'array' and jsonb_array_length(p_variants) between 1 and 4,
        'An A/B test has 2 to 5 variants: A, which is the draft itself, and one to four others.'
    );
    perform ddp.ab_test_setting(
        'variants',
        (
            select bool_and(jsonb_typeof(v.value) = 'object' and v.value ->> 'variant' = ddp.variant_letter(v.position::integer + 1))
            from jsonb_array_elements(p_variants) with ordinality v (value, position)
        ),
        'Name the variants B, C, D and E: in this order, each once, and none left out. A is the draft itself.'
    );
    select format('%s of variant %s', left(f.key, 50), v.value ->> 'variant') into v_wrong
    from jsonb_array_elements(p_variants) v (value)
    cross join jsonb_each(v.value) f (key, value)
    where f.key <> all (p_fields || array['variant']) or jsonb_typeof(f.value) not in ('string', 'null')
    limit 1;
    perform ddp.ab_test_setting(
        'variants', v_wrong is null,
        format('%s cannot be used: a variant has texts, of the fields %s.', v_wrong, array_to_string(p_fields, ', '))
    );
    return (select jsonb_agg(jsonb_strip_nulls(v.value)) from jsonb_array_elements(p_variants) v (value));
end
$$;
comment on function ddp.checked_variants(jsonb, text[]) is
    'The variants B, C, … without what is null; PT422 unless they are one to four in this order, with these fields.';

create or replace function ddp.checked_ab_test(p_test jsonb, p_fields text[]) returns jsonb
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_unknown text;
begin
    perform ddp.ab_test_setting('variants', jsonb_typeof(p_test) = 'object', 'An A/B test is a JSON object.');
    select k into v_unknown
    from jsonb_object_keys(p_test) k
    where k <> all ('{share_percent,decide_after_seconds,metric,if_unclear,variants}'::text[]);
    perform ddp.ab_test_setting(left(v_unknown, 50), v_unknown is null, format('There is no setting "%s".', left(v_unknown, 50)));
    perform ddp.ab_test_setting(
        'share_percent', ddp.seconds_between(p_test ->> 'share_percent', 1, 99),
        'share_percent is a whole number from 1 to 99: who is not in the test gets the variant that is chosen.'
    );
    perform ddp.ab_test_setting(
        'decide_after_seconds', ddp.seconds_between(p_test ->> 'decide_after_seconds', 60, 259200),
        'decide_after_seconds is between 60 and 259,200 (72 hours).'
    );
    perform ddp.ab_test_setting(
        'metric', p_test ->> 'metric' in ('clicks', 'conversions'),
        'metric is "clicks" or "conversions"; opens are no measure, because machines open messages too.'
    );
    perform ddp.ab_test_setting(
        'if_unclear', p_test ->> 'if_unclear' in ('a', 'best', 'ask'),
        'if_unclear says what happens if the difference is too little to tell: "a" (the rest gets A), "best" (the best so far) or '
        '"ask" (a person chooses).'
    );
    return p_test || jsonb_build_object('variants', ddp.checked_variants(p_test -> 'variants', p_fields));
end
$$;
comment on function ddp.checked_ab_test(jsonb, text[]) is
    'An A/B test that may be stored; PT422, naming the field, if it cannot be. p_fields: what a variant may have of its own.';

revoke all on function
    ddp.variant_letter(integer), ddp.ab_test_setting(text, boolean, text), ddp.checked_variants(jsonb, text[]),
    ddp.checked_ab_test(jsonb, text[]), ddp.require_link(integer, boolean), ddp.require_different(text[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.variant_letter(integer) to service_role;
