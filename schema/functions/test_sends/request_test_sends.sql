-- requires: functions/own_email_plan.sql, functions/email_content.sql, functions/add_email_tests.sql, functions/locked_templates.sql

create or replace function public.request_test_sends(
    p_email_campaign_id uuid, p_recipients text[], p_template_data jsonb default '{}'
) returns setof public.email_test_sends
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_draft constant public.email_campaigns := ddp.visible_email_campaign(p_email_campaign_id);
    v_template constant public.templates := ddp.share_template(v_draft.template_id);
    v_message constant public.email_campaigns := ddp.composed_email(v_draft, v_template);
begin
    perform ddp.require(
        v_message.created_by_user_id = v_user_id, 'PT403', 'Only the creator of this e-mail campaign may test it.',
        '{"code": "not-owner"}'
    );
    perform ddp.require(
        cardinality(p_recipients) between 1 and 5 and array_position(p_recipients, null) is null
        and (
            select bool_and(length(r) <= 255 and r ~ '^[^@[:space:]]+@[^@[:space:]]+$') and count(*) = count(distinct r)
            from unnest(p_recipients) r
        ),
        'PT422', 'A test send goes to one to five different addresses.', '{"code": "invalid-recipient"}'
    );
    perform ddp.check_email_content(v_message);
    perform ddp.freeze_slots(v_template, v_message.slots);
    perform ddp.require_verified_sender(v_message.sender_email);
    perform ddp.freeze_attachments(v_message.attachments);
    return query select * from ddp.add_email_tests(v_message, p_recipients, p_template_data, 100);
end
$$;
comment on function public.request_test_sends(uuid, text[], jsonb) is
    'Requests test sends of an own e-mail campaign to one to five addresses, outside the ledger; at most 100 per day. '
    'Possible before and after sending is requested.';
revoke all on function public.request_test_sends(uuid, text[], jsonb) from public, anon, authenticated, service_role;
grant execute on function public.request_test_sends(uuid, text[], jsonb) to authenticated;
