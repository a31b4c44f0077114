-- twin: sms (add_sms_tests)
-- requires: policies/email_campaigns.sql, functions/require.sql, functions/active_user.sql, policies/email_test_sends.sql

create or replace function ddp.add_email_tests(
    p_message public.email_campaigns, p_recipients text[], p_template_data jsonb, p_most_per_day integer
) returns setof public.email_test_sends
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
begin
    perform ddp.require(
        jsonb_typeof(p_template_data) = 'object' and length(p_template_data::text) <= 65536, 'PT422',
        'The template data is a JSON object of at most 65,536 characters.', '{"code": "invalid-json"}'
    );
    -- One request per user at a time, so that two at once cannot both pass the limit.
    perform from public.users u where u.user_id = v_user_id for no key update;
    perform ddp.require(
        (
            select count(*) from public.email_test_sends t
            where t.created_by_user_id = v_user_id and t.created_at > now() - interval '1 day'
        ) + cardinality(p_recipients) <= p_most_per_day,
        'PT429', format('The limit is %s test sends per day: wait, or send to your customers.', p_most_per_day),
        '{"code": "too-many-tests"}'
    );
    return query
    insert into public.email_test_sends (email_campaign_id, created_by_user_id, recipient_email, template_data)
    select p_message.email_campaign_id, v_user_id, r.address, p_template_data
    from unnest(p_recipients) with ordinality r (address, position)
    order by r.position
    returning *;
end
$$;
comment on function ddp.add_email_tests(public.email_campaigns, text[], jsonb, integer) is
    'Adds test sends of an own e-mail campaign to these usable addresses; PT422, PT429.';
revoke all on function ddp.add_email_tests(public.email_campaigns, text[], jsonb, integer)
    from public, anon, authenticated, service_role;
