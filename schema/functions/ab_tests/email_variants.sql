-- requires: functions/email_content.sql, functions/check_ab_test.sql, functions/locked_templates.sql
-- What the variants of an e-mail may have of their own: subject, sender's name, and content.

create or replace function ddp.email_variant_fields() returns text[]
    language sql immutable
    set search_path = ''
    return '{email_subject,sender_name,email_content,text_content}'::text[];
comment on function ddp.email_variant_fields() is 'The fields of a variant of an e-mail.';

create or replace function ddp.email_variants(p_message public.email_campaigns, p_test jsonb) returns setof public.email_campaigns
    language sql stable
    set search_path = ''
as $$
    select jsonb_populate_record(
        p_message,
        -- A text goes with its HTML: without one, it is made from that.
        case when v.value ? 'email_content' then '{"text_content": null}'::jsonb else '{}' end || v.value
    )
    from jsonb_array_elements('[{}]' || (p_test -> 'variants')) with ordinality v (value, position)
    order by v.position
$$;
comment on function ddp.email_variants(public.email_campaigns, jsonb) is 'The e-mail as each variant has it, in the order of their letters.';

create or replace function ddp.check_email_variants(p_message public.email_campaigns, p_test jsonb) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_wrong text;
    v_variant public.email_campaigns;
    v_variants text[];
begin
    perform ddp.refuse_own_variants(p_message.template_id, p_test, '{sender_name}');
    select v.value ->> 'variant' into v_wrong
    from jsonb_array_elements(p_test -> 'variants') v (value)
    where v.value ? 'text_content' and not v.value ? 'email_content'
    limit 1;
    perform ddp.ab_test_setting(
        'variants', v_wrong is null, format('Variant %s has a text_content: give its email_content too.', v_wrong)
    );
    select v.value ->> 'variant' into v_wrong
    from jsonb_array_elements(p_test -> 'variants') v (value)
    where length(v.value ->> 'email_subject') > 500 or length(v.value ->> 'sender_name') > 255
    limit 1;
    perform ddp.ab_test_setting(
        'variants', v_wrong is null,
        format('The subject of variant %s may have 500 characters, and its sender''s name 255.', v_wrong)
    );
    for v_variant in select * from ddp.email_variants(p_message, p_test) loop
        perform ddp.check_email_content(v_variant);
        v_variants := v_variants || jsonb_build_array(
            v_variant.email_subject, v_variant.sender_name, v_variant.email_content, v_variant.text_content
        )::text;
        perform ddp.require_link(cardinality(v_variants), v_variant.email_content ~* '<a\s[^>]*href');
    end loop;
    perform ddp.require_different(v_variants);
end
$$;
comment on function ddp.check_email_variants(public.email_campaigns, jsonb) is
    'PT422 if a variant of a (checked) A/B test is no e-mail that can be sent, has no link, or equals another one.';

create or replace function ddp.add_email_variants(p_send_plan_id uuid, p_message public.email_campaigns) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.plan_variants (send_plan_id, variant, subject, sender_name, content, text_content)
    select
        p_send_plan_id, v.position + 1, v.value ->> 'email_subject', v.value ->> 'sender_name', v.value ->> 'email_content',
        v.value ->> 'text_content'
    from jsonb_array_elements(p_message.ab_test -> 'variants') with ordinality v (value, position)
$$;
comment on function ddp.add_email_variants(uuid, public.email_campaigns) is 'Freezes what the variants B to E have of their own.';
revoke all on function
    ddp.email_variant_fields(), ddp.email_variants(public.email_campaigns, jsonb),
    ddp.check_email_variants(public.email_campaigns, jsonb), ddp.add_email_variants(uuid, public.email_campaigns)
    from public, anon, authenticated, service_role;
