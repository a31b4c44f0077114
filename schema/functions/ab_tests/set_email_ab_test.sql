-- twin: sms (set_sms_ab_test)
-- requires: functions/email_variants.sql, functions/sms_variants.sql, functions/send_email_campaign.sql
-- What a draft tests.

create or replace function public.set_email_ab_test(p_email_campaign_id uuid, p_test jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.lock_own_email_campaign(p_email_campaign_id);
    v_test jsonb;
begin
    if p_test is not null then
        v_test := ddp.checked_ab_test(p_test, ddp.email_variant_fields());
        perform ddp.check_email_variants(v_message, v_test);
        perform ddp.require(
            octet_length(v_test::text) <= 2097152, 'PT422',
            'The variants have more than 2 MiB in all: make their content shorter, or leave one out.',
            '{"code": "message-too-large"}'
        );
    end if;
    update public.email_campaigns e set ab_test = v_test where e.email_campaign_id = p_email_campaign_id;
    return v_test;
end
$$;
comment on function public.set_email_ab_test(uuid, jsonb) is
    'Stores what an own draft tests, in place of what it tested before; null: nothing. The object has share_percent (1 to 99), '
    'decide_after_seconds (60 to 259200, from when the last message of the test is out), metric ("clicks" or "conversions", '
    'per delivered), if_unclear ("a", "best" or "ask") and variants: B, C, D and E with what they have of their own. PT422, '
    'naming the field; PT404; PT409 once sending was requested.';
revoke all on function public.set_email_ab_test(uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.set_email_ab_test(uuid, jsonb) to authenticated;
