-- twin: sms (sms_slots)
-- requires: functions/slots.sql, functions/own_email_plan.sql

create or replace function ddp.email_slots(p_email_campaign_id uuid) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.visible_email_campaign(p_email_campaign_id);
    v_template public.templates;
begin
    select t.* into v_template from public.templates t where t.template_id = v_message.template_id;
    return jsonb_build_object(
        'slots', ddp.shown_slots(v_template, v_message.slots), 'values', ddp.filled_slots(v_template, v_message.slots)
    );
end
$$;
comment on function ddp.email_slots(uuid) is
    'The slots of an e-mail that the acting user sees: each with its value and where that is from, and the values as templates see '
    'them (null: its template has none).';
revoke all on function ddp.email_slots(uuid) from public, anon, authenticated, service_role;
grant execute on function ddp.email_slots(uuid) to authenticated;
