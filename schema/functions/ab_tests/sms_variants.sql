-- requires: functions/sms_options.sql, functions/check_ab_test.sql, functions/locked_templates.sql
-- What the variants of an SMS may have of their own: the text.

create or replace function ddp.sms_variant_fields() returns text[]
    language sql immutable
    set search_path = ''
    return '{sms_content}'::text[];
comment on function ddp.sms_variant_fields() is 'The fields of a variant of an SMS.';

create or replace function ddp.check_sms_variants(p_message public.sms_campaigns, p_test jsonb) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_content text;
    v_variant public.sms_campaigns := p_message;
    v_variants text[];
begin
    perform ddp.refuse_own_variants(p_message.template_id, p_test, '{}');
    -- India: each text is registered, with an id of its own.
    perform ddp.ab_test_setting(
        'variants', p_message.dlt_template_id is null,
        'An SMS with a registered template (dlt_template_id) has one text: remove the id, or test nothing.'
    );
    for v_content in
        select coalesce(v.value ->> 'sms_content', p_message.sms_content)
        from jsonb_array_elements('[{}]' || (p_test -> 'variants')) with ordinality v (value, position)
        order by v.position
    loop
        v_variant.sms_content := v_content;
        perform ddp.check_sms_content(v_variant);
        v_variants := v_variants || v_content;
        -- Only short links are followed up.
        perform ddp.require_link(cardinality(v_variants), v_content ~ '\|\s*short_link');
    end loop;
    perform ddp.require_different(v_variants);
end
$$;
comment on function ddp.check_sms_variants(public.sms_campaigns, jsonb) is
    'PT422 if a variant of a (checked) A/B test is no SMS that can be sent, has no link, or equals another one.';

create or replace function ddp.add_sms_variants(p_send_plan_id uuid, p_message public.sms_campaigns) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.plan_variants (send_plan_id, variant, content)
    select p_send_plan_id, v.position + 1, v.value ->> 'sms_content'
    from jsonb_array_elements(p_message.ab_test -> 'variants') with ordinality v (value, position)
$$;
comment on function ddp.add_sms_variants(uuid, public.sms_campaigns) is 'Freezes the texts of the variants B to E.';
revoke all on function
    ddp.sms_variant_fields(), ddp.check_sms_variants(public.sms_campaigns, jsonb),
    ddp.add_sms_variants(uuid, public.sms_campaigns)
    from public, anon, authenticated, service_role;
