-- requires: functions/own_email_plan.sql, functions/add_email_tests.sql, functions/locked_templates.sql, functions/sms_options.sql

create or replace function public.request_sms_test_sends(
    p_sms_campaign_id uuid, p_recipients text[], p_template_data jsonb default '{}'
) returns setof public.sms_test_sends
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_draft constant public.sms_campaigns := ddp.visible_sms_campaign(p_sms_campaign_id);
    v_template constant public.templates := ddp.share_template(v_draft.template_id);
    v_message constant public.sms_campaigns := ddp.composed_sms(v_draft, v_template);
begin
    perform ddp.require(
        v_message.created_by_user_id = v_user_id, 'PT403', 'Only the creator of this SMS campaign may test it.',
        '{"code": "not-owner"}'
    );
    perform ddp.require(
        cardinality(p_recipients) between 1 and 5 and array_position(p_recipients, null) is null
        and (
            select bool_and(r ~ '^\+[1-9][0-9]{5,14}$') and count(*) = count(distinct r) from unnest(p_recipients) r
        ),
        'PT422', 'A test send goes to one to five different numbers in international form, such as +12025550101.',
        '{"code": "invalid-recipient"}'
    );
    perform ddp.check_sms_content(v_message);
    perform ddp.freeze_slots(v_template, v_message.slots);
    perform ddp.require_sms_sender(v_message);
    return query select * from ddp.add_sms_tests(v_message, p_recipients, p_template_data, 10);
end
$$;
comment on function public.request_sms_test_sends(uuid, text[], jsonb) is
    'Requests test sends of an own SMS campaign to one to five numbers, outside the ledger; at most 10 per day. They need '
    'no consent, go at any hour, and count in the sender''s month. Possible before and after sending is requested.';
revoke all on function public.request_sms_test_sends(uuid, text[], jsonb) from public, anon, authenticated, service_role;
grant execute on function public.request_sms_test_sends(uuid, text[], jsonb) to authenticated;
